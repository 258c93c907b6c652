// Second part: for each value, the counts become those of all workers before; the sums go to `totals`.
#pragma include common

void main() {
    uint task = thread_id();
    if (task >= THREADS) return;
    int before = 0;
    for (uint worker = 0u; worker < WORKERS; ++worker) {
        int own = counts[task * WORKERS + worker];
        counts[task * WORKERS + worker] = before;
        before += own;
    }
    totals[task] = before;
}
