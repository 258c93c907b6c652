// The largest (LARGEST) or the mean element of each window; padding is left out of both.
#pragma include common
#pragma include numerics

void main() {
    uint e = thread_id();
    if (e >= THREADS) return;
    uint channel = e % CHANNELS;
    int column = int((e / CHANNELS) % COLUMNS);
    int row = int((e / (CHANNELS * COLUMNS)) % ROWS);
    uint picture = e / (CHANNELS * COLUMNS * ROWS);
    int top = row * int(STRIDE_Y) - int(TOP);
    int left = column * int(STRIDE_X) - int(LEFT);
    float largest = -ll_infinity();
    precise float sum = 0.0;
    float count = 0.0;
    for (int i = 0; i < int(SIZE_Y); ++i) {
        for (int j = 0; j < int(SIZE_X); ++j) {
            if (uint(top + i) >= HEIGHT || uint(left + j) >= WIDTH) continue;
            float value = x[((picture * HEIGHT + uint(top + i)) * WIDTH + uint(left + j)) * CHANNELS + channel];
            largest = max(largest, value);
            sum += value;
            count += 1.0;
        }
    }
#if LARGEST
    y[e] = largest;
#else
    y[e] = sum / count;
#endif
}
