// Row numbers in order: where a number begins, all gradients of that row are added up, always in the same order. Where there
// are many numbers, those of each BLOCK are added up first (PARTS), and then their sums (WHOLE).
#pragma include common

void main() {
    uint e = thread_id();
    if (e >= THREADS) return;
    uint place = e / INNER;
    uint column = e % INNER;
    uint row = sorted[place];
#if PARTS
    bool first = place % BLOCK == 0u;
#else
    bool first = place == 0u;
#endif
    if (!first && sorted[place - 1u] == row) return;
    precise float sum = 0.0;
#if WHOLE
    sum = parts[e];
    for (uint i = (place / BLOCK + 1u) * BLOCK; i < COUNT && sorted[i] == row; i += BLOCK) sum += parts[i * INNER + column];
#else
    uint end = min((place / BLOCK + 1u) * BLOCK, COUNT);
    for (uint i = place; i < end && sorted[i] == row; ++i) sum += grad[uint(items[i]) * INNER + column];
#endif
#if PARTS
    parts[e] = sum;
#else
    y[row * INNER + column] = sum;
#endif
}
