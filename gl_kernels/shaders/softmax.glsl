// exp(x - m) / sum(exp(x - m)), or its logarithm, for each of ROWS rows of COUNT; LANES invocations of a group share a row.
#pragma include common
#pragma include numerics
#pragma place FRONTS

#define JOIN(a, b, largest) ((largest) ? max(a, b) : (a) + (b))
#pragma include lanes

void main() {
    uint row = slot_thread() / LANES;
    uint lane = slot_thread() % LANES;
    uint base = row * COUNT;
    uint end = row < ROWS ? COUNT : 0u; // invocations without a row still take part in the barriers
    float largest = -ll_infinity();
    for (uint i = lane; i < end; i += LANES) largest = max(largest, load_x(base + i));
    largest = folded(largest, true);
    precise float sum = 0.0;
    for (uint i = lane; i < end; i += LANES) sum += exp(load_x(base + i) - largest);
    sum = folded(sum, false);
#if LOG
    precise float shift = log(sum);
    for (uint i = lane; i < end; i += LANES) y[base + i] = (load_x(base + i) - largest) - shift;
#else
    for (uint i = lane; i < end; i += LANES) y[base + i] = exp(load_x(base + i) - largest) / sum;
#endif
}
