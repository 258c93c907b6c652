// Position of the largest of COUNT neighbours; the first of equals, or the first NaN, as NumPy has it.
#pragma include common
#pragma include numerics

void main() {
    uint row = thread_id();
    if (row >= THREADS) return;
    uint best = 0u;
    float largest = load_x(row * COUNT);
    for (uint i = 1u; i < COUNT; ++i) {
        float value = load_x(row * COUNT + i);
        if (!ll_isnan(largest) && (value > largest || ll_isnan(value))) {
            largest = value;
            best = i;
        }
    }
    y[row] = int(best);
}
