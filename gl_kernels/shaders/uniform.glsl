// Elements 4 i .. 4 i + 3 are the words of counter i.
#pragma include common
#pragma include philox

void main() {
    uint i = thread_id();
    if (i >= THREADS) return;
    uvec4 c = philox(i, uint(step_number[0]), STREAM, uint(seed[0]));
    for (uint k = 0u; k < 4u; ++k) {
        if (4u * i + k < SIZE) y[4u * i + k] = float(c[k] >> 8u) * 5.9604644775390625e-8; // 2^-24
    }
}
