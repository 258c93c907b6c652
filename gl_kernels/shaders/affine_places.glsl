// Where pixel (row, column) of a result is read in its picture. FILL_WRAP, FILL_REFLECT, else the nearest one.
int ll_modulo(int i, int n) { return i >= 0 ? i % n : n - 1 - (-1 - i) % n; } // GLSL leaves % of negative numbers open

int ll_fixed(int i, int n) {
#if FILL_WRAP
    return ll_modulo(i, n);
#elif FILL_REFLECT
    int turned = ll_modulo(i, 2 * n);
    return turned < n ? turned : 2 * n - 1 - turned;
#else
    return clamp(i, 0, n - 1);
#endif
}

bool ll_inside(int i, int n) { return i >= 0 && i < n; }

// Row and column; the same sums in the same order as the NumPy reference, so that both round alike.
vec2 ll_place(uint picture, uint row, uint column) {
    uint t = picture * 6u;
    precise float across = transform[t] * float(column);
    across = across + transform[t + 1u] * float(row);
    across = across + transform[t + 2u];
    precise float down = transform[t + 3u] * float(column);
    down = down + transform[t + 4u] * float(row);
    down = down + transform[t + 5u];
    return vec2(down, across);
}
