// A depthwise convolution or its gradient with unit steps along the last length: neighbouring results of a row share what
// they see. One channel, or (QUADS) four neighbouring ones at once.
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

#if QUADS
#define keep emit4
#else
#define keep emit
#endif

void main() {
    uint e = thread_id() * WIDTH;
    if (e >= STRIPS) return;
    #pragma section PLACE
#define factor(tap) load_w(((tap) * FILTERS + channel) / WIDTH)
    #pragma section OPEN
    #pragma section ROW
    #pragma section CLOSE
    #pragma section STORE
}
