// exp(x - m) / sum(exp(x - m)), or its logarithm, for each of ROWS rows of COUNT; LANES invocations of a group share a row.
#pragma include common
#pragma include numerics

#if SHARED
shared float partial[gl_WorkGroupSize.x];

float folded(float own, uint lane, bool largest) {
    uint slot = gl_LocalInvocationIndex;
    barrier(); // the results of the fold before have been read
    partial[slot] = own;
    barrier();
    for (uint distance = LANES / 2u; distance > 0u; distance /= 2u) {
        if (lane < distance) {
            float a = partial[slot], b = partial[slot + distance];
            partial[slot] = largest ? max(a, b) : a + b;
        }
        barrier();
    }
    return partial[slot - lane];
}
#else
float folded(float own, uint lane, bool largest) { return own; }
#endif

void main() {
    uint row = thread_id() / LANES;
    uint lane = thread_id() % LANES;
    uint base = row * COUNT;
    uint end = row < ROWS ? COUNT : 0u; // invocations without a row still take part in the barriers
    float largest = -ll_infinity();
    for (uint i = lane; i < end; i += LANES) largest = max(largest, load_x(base + i));
    largest = folded(largest, lane, true);
    precise float sum = 0.0;
    for (uint i = lane; i < end; i += LANES) sum += exp(load_x(base + i) - largest);
    sum = folded(sum, lane, false);
#if LOG
    precise float shift = log(sum);
    for (uint i = lane; i < end; i += LANES) y[base + i] = (load_x(base + i) - largest) - shift;
#else
    for (uint i = lane; i < end; i += LANES) y[base + i] = exp(load_x(base + i) - largest) / sum;
#endif
}
