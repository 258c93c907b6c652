// The largest (LARGEST) or the mean element of each window; padding is left out of both.
#pragma include common
#pragma include numerics

void main() {
    uint e = thread_id();
    if (e >= THREADS) return;
    #pragma section PLACE
    float largest = -ll_infinity();
    precise float sum = 0.0;
    float count = 0.0;
    #pragma section OPEN
        float value = x[there];
        largest = max(largest, value);
        sum += value;
        count += 1.0;
    #pragma section CLOSE
#if LARGEST
    y[e] = largest;
#else
    y[e] = sum / count;
#endif
}
