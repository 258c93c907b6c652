// Each element adds up what the windows over it hand back: all of the gradient to the first maximum (LARGEST), or equal
// shares.
#pragma include common
#pragma section INSIDE

void main() {
    uint e = thread_id();
    if (e >= THREADS) return;
    #pragma section PLACE
    precise float sum = 0.0;
    #pragma section OPEN
#if LARGEST
        float largest = pooled[there];
        bool first = x[e] == largest;
        for (int k = 0; k < tap && first; ++k) first = !holds(e, tap, k, largest, PLACES);
        if (first) sum += grad[there];
#else
        sum += grad[there] / float(seen(PLACES));
#endif
    #pragma section CLOSE
    y[e] = sum;
}
