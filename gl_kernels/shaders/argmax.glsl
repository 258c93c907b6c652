// Position of the largest of COUNT neighbours, or of CHUNK of them; the first of equals, or the first NaN, as NumPy has it.
// A second launch (CANDIDATES) chooses among the positions that were found in the CHUNKS of a row.
#pragma include common
#pragma include numerics

#if CANDIDATES
#define PLACE(row, i) uint(places[(row) * CHUNKS + (i)])
#else
#define PLACE(row, i) (i)
#endif

void main() {
    uint task = thread_id();
    if (task >= THREADS) return;
#if CANDIDATES
    uint row = task, begin = 0u, end = CHUNKS;
#else
    uint row = task / CHUNKS, begin = task % CHUNKS * CHUNK, end = min(begin + CHUNK, COUNT);
#endif
    uint best = PLACE(row, begin);
    float largest = load_x(row * COUNT + best);
    for (uint i = begin + 1u; i < end; ++i) {
        uint place = PLACE(row, i);
        float value = load_x(row * COUNT + place);
        if (!ll_isnan(largest) && (value > largest || ll_isnan(value))) {
            largest = value;
            best = place;
        }
    }
    y[task] = int(best);
}
