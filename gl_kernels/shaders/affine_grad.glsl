// One invocation per picture and channel hands the gradient back pixel by pixel: one writer per plane, always the same
// order. Augmentation stands right behind the data as a rule, where nobody asks for this gradient. A launch is for STRETCH
// rows: drivers end long loops.
#pragma include common
#pragma include affine_places

layout(location = 0) uniform uint stretch;

void ll_give(uint picture, int row, int column, uint channel, float share) {
#if FILL_CONSTANT
    if (!ll_inside(row, int(HEIGHT)) || !ll_inside(column, int(WIDTH))) return;
#endif
    uint r = uint(ll_fixed(row, int(HEIGHT))), c = uint(ll_fixed(column, int(WIDTH)));
    y[((picture * HEIGHT + r) * WIDTH + c) * CHANNELS + channel] += share;
}

void main() {
    uint e = thread_id();
    if (e >= THREADS) return;
    uint channel = e % CHANNELS;
    uint picture = e / CHANNELS;
    uint end = min((stretch + 1u) * STRETCH, ROWS);
    for (uint row = stretch * STRETCH; row < end; ++row) {
        for (uint column = 0u; column < COLUMNS; ++column) {
            float g = grad[((picture * ROWS + row) * COLUMNS + column) * CHANNELS + channel];
            vec2 place = ll_place(picture, row, column);
#if BILINEAR
            precise vec2 lower = floor(place);
            precise vec2 upper_share = place - lower;
            precise vec2 lower_share = 1.0 - upper_share;
            int r = int(lower.x), c = int(lower.y);
            ll_give(picture, r, c, channel, g * (lower_share.x * lower_share.y));
            ll_give(picture, r, c + 1, channel, g * (lower_share.x * upper_share.y));
            ll_give(picture, r + 1, c, channel, g * (upper_share.x * lower_share.y));
            ll_give(picture, r + 1, c + 1, channel, g * (upper_share.x * upper_share.y));
#else
            ll_give(picture, int(roundEven(place.x)), int(roundEven(place.y)), channel, g);
#endif
        }
    }
}
