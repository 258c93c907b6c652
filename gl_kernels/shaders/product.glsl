// What both ways to compute a product share: its sides, and where its results go.
#pragma include common
#pragma include numerics
#pragma section MATRICES
#pragma section APPLY
#pragma section EMIT

// Results (z, m, n) .. (z, m, n + 3) of part `split` of the sum; those outside the product are dropped.
void put(uint z, uint split, uint m, uint n, vec4 value) {
    if (m >= M) return;
    uint e = split * OUT_SPLIT + z * OUT_Z + m * OUT_M + n;
#if QUADS
    if (n < N) emit4(e, value);
#else
    if (n < N) emit(e, value.x);
    if (n + 1u < N) emit(e + 1u, value.y);
    if (n + 2u < N) emit(e + 2u, value.z);
    if (n + 3u < N) emit(e + 3u, value.w);
#endif
}
