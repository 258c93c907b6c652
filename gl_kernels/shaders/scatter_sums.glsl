// The first index of each row number walks its chain and writes the row: one writer per element, always the same order.
#pragma include common

void main() {
    uint e = thread_id();
    if (e >= THREADS) return;
    uint i = e / INNER;
    uint column = e % INNER;
    if (links[COUNT + i] == 0) return;
    precise float sum = 0.0;
    for (int j = int(i); j >= 0; j = links[j]) sum += grad[uint(j) * INNER + column];
    y[uint(clamp(numbers[i], 0, int(ROWS) - 1)) * INNER + column] = sum;
}
