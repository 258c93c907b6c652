// Each element adds up what the windows over it hand back: all of the gradient where it is the first maximum (LARGEST), or
// an equal share.
#pragma include common
#pragma include numerics
#pragma include wide
#pragma section APPLY
#pragma section EMIT
#pragma section SHARE

void main() {
    uint e = thread_id() * WIDTH;
    if (e >= RESULTS) return;
    #pragma section PLACE
    precise NUMBER sum = NUMBER(0.0);
    #pragma section OPEN
        NUMBER slope = load_grad(there / WIDTH);
#if LARGEST
        sum += mix(NUMBER(0.0), slope, SAME(load_first(there / WIDTH), tap));
#else
        sum += slope / float(SEEN);
#endif
    #pragma section CLOSE
#if QUADS
    emit4(e, sum);
#else
    emit(e, sum);
#endif
}
