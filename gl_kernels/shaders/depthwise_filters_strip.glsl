// The gradient of one row of depthwise filters with unit steps along the last length: neighbouring windows share what they
// see, and the taps of the row share the gradient. One filter, or (QUADS) four neighbouring ones at once.
#pragma include common
#pragma include numerics
#pragma include wide
#pragma place FRONTS
#pragma section APPLY
#pragma section EMIT

NUMBER seen(bool inside, uint offset) {
    NUMBER value = load_x(inside ? offset / WIDTH : 0u);
    return inside ? value : NUMBER(0.0);
}

NUMBER slope_at(bool inside, uint offset) {
    NUMBER value = load_grad(inside ? offset / WIDTH : 0u);
    return inside ? value : NUMBER(0.0);
}

#define slope(inside, position) slope_at(inside, (position) * FILTERS + channel)
#if QUADS
#define keep(tap, sum) emit4(split * RESULTS + (uint(row) * TAPS + tap) * FILTERS + channel, sum)
#else
#define keep(tap, sum) emit(split * RESULTS + (uint(row) * TAPS + tap) * FILTERS + channel, sum)
#endif

void main() {
    uint task = thread_id() * WIDTH;
    if (task >= SPLITS * ROWS * FILTERS) return;
    uint channel = task % FILTERS, split = task / (FILTERS * ROWS);
    int row = int(task / FILTERS % ROWS);
    #pragma section TAP
    #pragma section SUMS
    uint end = min((split + 1u) * LENGTH, POSITIONS);
    for (uint e = split * LENGTH; e < end; ++e) {
        #pragma section PLACE
        #pragma section SEEN
        #pragma section ROW
    }
    #pragma section STORE
}
