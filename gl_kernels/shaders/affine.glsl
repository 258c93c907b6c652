// Each pixel of the result is read at an affine place of its picture.
#pragma include common
#pragma include affine_places

float ll_value(uint picture, int row, int column, uint channel) {
#if FILL_CONSTANT
    if (!ll_inside(row, int(HEIGHT)) || !ll_inside(column, int(WIDTH))) return
        #pragma section FILL_VALUE
        ;
#endif
    uint r = uint(ll_fixed(row, int(HEIGHT))), c = uint(ll_fixed(column, int(WIDTH)));
    return x[((picture * HEIGHT + r) * WIDTH + c) * CHANNELS + channel];
}

void main() {
    uint e = thread_id();
    if (e >= THREADS) return;
    uint channel = e % CHANNELS;
    uint column = (e / CHANNELS) % COLUMNS;
    uint row = (e / (CHANNELS * COLUMNS)) % ROWS;
    uint picture = e / (CHANNELS * COLUMNS * ROWS);
    vec2 place = ll_place(picture, row, column);
#if BILINEAR
    precise vec2 lower = floor(place);
    precise vec2 upper_share = place - lower;
    precise vec2 lower_share = 1.0 - upper_share;
    int r = int(lower.x), c = int(lower.y);
    precise float sum = ll_value(picture, r, c, channel) * (lower_share.x * lower_share.y);
    sum = sum + ll_value(picture, r, c + 1, channel) * (lower_share.x * upper_share.y);
    sum = sum + ll_value(picture, r + 1, c, channel) * (upper_share.x * lower_share.y);
    sum = sum + ll_value(picture, r + 1, c + 1, channel) * (upper_share.x * upper_share.y);
    y[e] = sum;
#else
    y[e] = ll_value(picture, int(roundEven(place.x)), int(roundEven(place.y)), channel);
#endif
}
