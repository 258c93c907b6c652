// Third part: each worker puts its keys, in their order, where the counts say.
#pragma include common

void main() {
    uint task = thread_id();
    if (task >= THREADS) return;
    uint line = task / WORKERS;
    uint worker = task % WORKERS;
    uint next[16];
    uint smaller = 0u;
    for (uint d = 0u; d < 16u; ++d) {
        next[d] = smaller + uint(counts[(line * 16u + d) * WORKERS + worker]);
        smaller += uint(totals[line * 16u + d]);
    }
    uint begin = worker * STRETCH;
    uint end = min(begin + STRETCH, LENGTH);
    for (uint i = begin; i < end; ++i) {
        uint e = line * LENGTH + i;
        uint key = keys[e];
        uint digit = (key >> SHIFT) & 15u;
        uint place = line * LENGTH + next[digit];
        next[digit] += 1u;
        sorted[place] = key;
#if FIRST
        items[place] = int(i);
#else
        items[place] = before[e];
#endif
    }
}
