// A product without shared memory: each invocation keeps 8 x 8 results in registers and reads four terms at a time.
#pragma include product

#if TAIL
#define LIVE(v) mix(vec4(0.0), v, live)
#else
#define LIVE(v) v
#endif

void main() {
    uint task = thread_id();
    if (task >= BLOCKS) return;
    uint n = (task % COLUMNS) * 8u;
    uint m = (task / COLUMNS % ROWS) * 8u;
    uint split = task / (COLUMNS * ROWS) % SPLITS;
    uint z = task / (COLUMNS * ROWS * SPLITS);

    #pragma each i: 0 1 2 3 4 5 6 7
    vec4 low$i = vec4(0.0), high$i = vec4(0.0);
#if A_ALONG_K
    ivec4 a_fixed$i = a_outer(z, m + $iu);
#else
    ivec4 a_fixed$i = a_inner(m + $iu);
#endif
#if B_ALONG_K
    ivec4 b_fixed$i = b_outer(z, n + $iu);
#else
    ivec4 b_fixed$i = b_inner(n + $iu);
#endif
    #pragma done i

    uint end = min((split + 1u) * LENGTH, K);
    for (uint k = split * LENGTH; k < end; k += 4u) {
#if TAIL
        bvec4 live = lessThan(uvec4(k, k + 1u, k + 2u, k + 3u), uvec4(K));
#endif
#if A_ALONG_K
        ivec4 k0 = a_inner(k), k1 = a_inner(k + 1u), k2 = a_inner(k + 2u), k3 = a_inner(k + 3u);
    #pragma each i: 0 1 2 3 4 5 6 7
        vec4 a$i = LIVE(a_get(a_fixed$i, k0, k1, k2, k3));
    #pragma done i
#endif
#if B_ALONG_K
        ivec4 l0 = b_inner(k), l1 = b_inner(k + 1u), l2 = b_inner(k + 2u), l3 = b_inner(k + 3u);
    #pragma each i: 0 1 2 3 4 5 6 7
        vec4 b$i = LIVE(b_get(b_fixed$i, l0, l1, l2, l3));
    #pragma done i
#endif
    #pragma each t: 0 1 2 3
        if (!bool(TAIL) || k + $tu < K) {
#if B_ALONG_K
            vec4 b_low = vec4(b0[$t], b1[$t], b2[$t], b3[$t]);
            vec4 b_high = vec4(b4[$t], b5[$t], b6[$t], b7[$t]);
#else
            ivec4 b_row = b_outer(z, k + $tu);
            vec4 b_low = b_get(b_row, b_fixed0, b_fixed1, b_fixed2, b_fixed3);
            vec4 b_high = b_get(b_row, b_fixed4, b_fixed5, b_fixed6, b_fixed7);
#endif
#if A_ALONG_K
            vec4 a_low = vec4(a0[$t], a1[$t], a2[$t], a3[$t]);
            vec4 a_high = vec4(a4[$t], a5[$t], a6[$t], a7[$t]);
#else
            ivec4 a_row = a_outer(z, k + $tu);
            vec4 a_low = a_get(a_row, a_fixed0, a_fixed1, a_fixed2, a_fixed3);
            vec4 a_high = a_get(a_row, a_fixed4, a_fixed5, a_fixed6, a_fixed7);
#endif
            float left[8] = float[8](a_low.x, a_low.y, a_low.z, a_low.w, a_high.x, a_high.y, a_high.z, a_high.w);
        #pragma each i: 0 1 2 3 4 5 6 7
            low$i = fma(vec4(left[$i]), b_low, low$i);
            high$i = fma(vec4(left[$i]), b_high, high$i);
        #pragma done i
        }
    #pragma done t
    }

    #pragma each i: 0 1 2 3 4 5 6 7
    put(z, split, m + $iu, n, low$i);
    put(z, split, m + $iu, n + 4u, high$i);
    #pragma done i
    emit_late();
}
