// A depthwise convolution (each element of the result from the elements under its window) or its gradient (from the
// windows over it), for one channel or (QUADS) four neighbouring ones at once. MULTIPLIER filters share a channel.
#pragma include common
#pragma include numerics
#pragma include wide
#pragma place FRONTS
#pragma section APPLY
#pragma section EMIT

void main() {
    uint e = thread_id() * WIDTH;
    if (e >= RESULTS) return;
    #pragma section PLACE
    NUMBER sum = NUMBER(0.0);
    #pragma section OPEN
#if SPREAD
        for (uint m = 0u; m < MULTIPLIER; ++m)
            sum = fma(load_x((there + m) / WIDTH), load_w((uint(tap) * FILTERS + channel * MULTIPLIER + m) / WIDTH), sum);
#else
        sum = fma(load_x(there / WIDTH), load_w((uint(tap) * FILTERS + channel) / WIDTH), sum);
#endif
    #pragma section CLOSE
#if QUADS
    emit4(e, sum);
#else
    emit(e, sum);
#endif
}
