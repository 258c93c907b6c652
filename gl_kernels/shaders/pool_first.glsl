// Which tap of each window holds its largest element, the first one of equals: there its gradient goes.
#pragma include common
#pragma include wide

void main() {
    uint e = thread_id() * WIDTH;
    if (e >= RESULTS) return;
    #pragma section PLACE
    NUMBER largest = load_pooled(e / WIDTH);
    WHOLE first = WHOLE(-1);
    #pragma section OPEN
        NUMBER value = load_x(there / WIDTH);
#if QUADS
        #pragma each c: x y z w
        if (first.$c < 0 && value.$c == largest.$c) first.$c = tap;
        #pragma done c
#else
        if (first < 0 && value == largest) first = tap;
#endif
    #pragma section CLOSE
    y[e / WIDTH] = first;
}
