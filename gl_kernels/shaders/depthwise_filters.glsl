// The gradient of depthwise filters: for one tap and filter, or (QUADS) four neighbouring filters, the sum over a stretch
// of window positions of gradient times what the tap saw there.
#pragma include common
#pragma include numerics
#pragma include wide
#pragma place FRONTS
#pragma section APPLY
#pragma section EMIT

void main() {
    uint task = thread_id() * WIDTH;
    if (task >= SPLITS * ROWS * FILTERS) return;
    uint result = task % RESULTS, split = task / RESULTS;
    uint channel = result % FILTERS;
    int tap = int(result / FILTERS);
    #pragma section TAP
    uint end = min((split + 1u) * LENGTH, POSITIONS);
    NUMBER sum = NUMBER(0.0);
    for (uint position = split * LENGTH; position < end; ++position) {
        uint e = position;
        #pragma section PLACE
        #pragma section SEEN
        sum = fma(load_x(there / WIDTH), load_grad((position * FILTERS + channel) / WIDTH), sum);
    }
#if QUADS
    emit4(task, sum);
#else
    emit(task, sum);
#endif
}
