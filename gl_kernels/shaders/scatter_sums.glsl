// Row numbers in order: where a number begins, all gradients of that row are added up, always in the same order.
#pragma include common

void main() {
    uint e = thread_id();
    if (e >= THREADS) return;
    uint place = e / INNER;
    uint column = e % INNER;
    uint row = sorted[place];
    if (place > 0u && sorted[place - 1u] == row) return;
    precise float sum = 0.0;
    for (uint i = place; i < COUNT && sorted[i] == row; ++i) sum += grad[uint(items[i]) * INNER + column];
    y[row * INNER + column] = sum;
}
