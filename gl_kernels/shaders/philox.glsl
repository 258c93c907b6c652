// Philox4x32 (Salmon et al. 2011): the counter (i, step, stream, 0) under the key (seed, 0) gives four words.
uvec4 philox(uint counter, uint step, uint stream, uint seed) {
    uvec4 c = uvec4(counter, step, stream, 0u);
    uvec2 key = uvec2(seed, 0u);
    for (uint r = 0u; r < ROUNDS; ++r) {
        uint high0, low0, high1, low1;
        umulExtended(c.x, MULTIPLIER0, high0, low0);
        umulExtended(c.z, MULTIPLIER1, high1, low1);
        c = uvec4(high1 ^ c.y ^ key.x, low1, high0 ^ c.w ^ key.y, low0);
        key += uvec2(WEYL0, WEYL1);
    }
    return c;
}
