// Each element is the one of the sequence that its number says.
#pragma include common
#pragma include philox

void main() {
    uint i = thread_id();
    if (i >= THREADS) return;
    uint number = uint(load_numbers(i));
    uvec4 c = philox(number / 4u, uint(step_number[0]), STREAM, uint(seed[0]));
    y[i] = float(c[number % 4u] >> 8u) * 5.9604644775390625e-8; // 2^-24
}
