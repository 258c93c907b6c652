// Each picture element adds up what the windows over it hand back: all of the gradient to the first maximum (LARGEST), or
// equal shares. Windows are visited from the last to the first, which is the order of their taps.
#pragma include common

uint place(uint picture, int row, int column, uint channel) {
    return ((picture * ROWS + uint(row)) * COLUMNS + uint(column)) * CHANNELS + channel;
}

#if LARGEST
uint element(uint picture, int y_, int x_, uint channel) {
    return ((picture * HEIGHT + uint(y_)) * WIDTH + uint(x_)) * CHANNELS + channel;
}

// Whether no tap before (i, j) of the window at (top, left) holds the maximum already.
bool is_first(uint picture, int top, int left, int i, int j, uint channel, float largest) {
    for (int k = 0; k < int(SIZE_Y * SIZE_X); ++k) {
        if (k >= i * int(SIZE_X) + j) break;
        int row = top + k / int(SIZE_X), column = left + k % int(SIZE_X);
        if (uint(row) < HEIGHT && uint(column) < WIDTH && x[element(picture, row, column, channel)] == largest) return false;
    }
    return true;
}
#endif

void main() {
    uint e = thread_id();
    if (e >= THREADS) return;
    uint channel = e % CHANNELS;
    int own_x = int((e / CHANNELS) % WIDTH);
    int own_y = int((e / (CHANNELS * WIDTH)) % HEIGHT);
    uint picture = e / (CHANNELS * WIDTH * HEIGHT);
    precise float sum = 0.0;
    for (int v = 0; v < int(WINDOWS_Y); ++v) {
        int row = (own_y + int(TOP)) / int(STRIDE_Y) - v;
        int i = own_y + int(TOP) - row * int(STRIDE_Y);
        if (uint(row) >= ROWS || i >= int(SIZE_Y)) continue;
        for (int h = 0; h < int(WINDOWS_X); ++h) {
            int column = (own_x + int(LEFT)) / int(STRIDE_X) - h;
            int j = own_x + int(LEFT) - column * int(STRIDE_X);
            if (uint(column) >= COLUMNS || j >= int(SIZE_X)) continue;
            uint p = place(picture, row, column, channel);
#if LARGEST
            float largest = pooled[p];
            if (x[e] == largest && is_first(picture, own_y - i, own_x - j, i, j, channel, largest)) sum += grad[p];
#else
            int top = own_y - i, left = own_x - j;
            int tall = min(top + int(SIZE_Y), int(HEIGHT)) - max(top, 0);
            int wide = min(left + int(SIZE_X), int(WIDTH)) - max(left, 0);
            sum += grad[p] / float(tall * wide);
#endif
        }
    }
    y[e] = sum;
}
