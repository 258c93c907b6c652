// One pass of a stable radix sort, first part: how many keys of each worker's stretch have each value of four bits.
#pragma include common

void main() {
    uint task = thread_id();
    if (task >= THREADS) return;
    uint line = task / WORKERS;
    uint worker = task % WORKERS;
    uint count[16];
    for (int d = 0; d < 16; ++d) count[d] = 0u;
    uint begin = worker * STRETCH;
    uint end = min(begin + STRETCH, LENGTH);
    for (uint i = begin; i < end; ++i) count[(keys[line * LENGTH + i] >> SHIFT) & 15u] += 1u;
    for (uint d = 0u; d < 16u; ++d) counts[(line * 16u + d) * WORKERS + worker] = int(count[d]);
}
