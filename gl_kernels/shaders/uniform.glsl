// Philox4x32 (Salmon et al. 2011): counter (i, step, stream, 0) under the key (seed, 0) gives elements 4 i .. 4 i + 3.
#pragma include common

void main() {
    uint i = thread_id();
    if (i >= THREADS) return;
    uvec4 c = uvec4(i, uint(step_number[0]), STREAM, 0u);
    uvec2 key = uvec2(uint(seed[0]), 0u);
    for (uint r = 0u; r < ROUNDS; ++r) {
        uint high0, low0, high1, low1;
        umulExtended(c.x, MULTIPLIER0, high0, low0);
        umulExtended(c.z, MULTIPLIER1, high1, low1);
        c = uvec4(high1 ^ c.y ^ key.x, low1, high0 ^ c.w ^ key.y, low0);
        key += uvec2(WEYL0, WEYL1);
    }
    for (uint k = 0u; k < 4u; ++k) {
        if (4u * i + k < SIZE) y[4u * i + k] = float(c[k] >> 8u) * 5.9604644775390625e-8; // 2^-24
    }
}
