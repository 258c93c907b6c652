// A product without shared memory: each invocation keeps TALL x WIDE results in registers. A group is LANES_M x LANES_N of
// them, for one matrix after the other. Neighbouring invocations take neighbouring groups of four rows or columns, so that
// what they read together lies together; groups below each other follow one another, so that their columns of the right
// side stay in a cache.
#pragma include product

#define SPREAD(base, lane, lanes, i) ((base) + (i) / 4u * 4u * lanes + (lane) * 4u + (i) % 4u)
#if TAIL
#define LIVE(v) mix(vec4(0.0), v, live)
#define TERM(t, v) (k + t < K ? (v) : vec4(0.0))
#else
#define LIVE(v) v
#define TERM(t, v) v
#endif
#if A_ALONG_K
#define LEFT(i, t) a[i][t]
#else
#define LEFT(i, t) a[t][(i) / 4u][(i) % 4u]
#endif

void main() {
    uint task = group_id(), lane = gl_LocalInvocationIndex;
    uint across = lane % LANES_N, down = lane / LANES_N % LANES_M;
    uint top = task % ROWS * LANES_M * TALL, right = task / ROWS % COLUMNS * LANES_N * WIDE;
    uint split = task / (COLUMNS * ROWS) % SPLITS;
    uint z = task / (COLUMNS * ROWS * SPLITS) * LANES_Z + lane / (LANES_N * LANES_M);
    if (z >= COUNT) return;

    vec4 sum[TALL][WIDE_QUADS];
    ivec4 a_fixed[TALL], b_fixed[WIDE];
    #pragma each i: TALL
#if A_ALONG_K
    a_fixed[$i] = a_outer(z, SPREAD(top, down, LANES_M, $iu));
#else
    a_fixed[$i] = a_inner(SPREAD(top, down, LANES_M, $iu));
#endif
    #pragma each j: WIDE_QUADS
    sum[$i][$j] = vec4(0.0);
    #pragma done j
    #pragma done i
#if TOTALS
    vec4 column[WIDE_QUADS];
    #pragma each j: WIDE_QUADS
    column[$j] = vec4(0.0);
    #pragma done j
#endif
    #pragma each i: WIDE
#if B_ALONG_K
    b_fixed[$i] = b_outer(z, SPREAD(right, across, LANES_N, $iu));
#else
    b_fixed[$i] = b_inner(SPREAD(right, across, LANES_N, $iu));
#endif
    #pragma done i

    uint end = min((split + 1u) * LENGTH, K);
    for (uint k = split * LENGTH; k < end; k += 4u) {
#if TAIL
        bvec4 live = lessThan(uvec4(k, k + 1u, k + 2u, k + 3u), uvec4(K));
#endif
        vec4 b[4][WIDE_QUADS];
#if B_ALONG_K
        ivec4 l0 = b_inner(k), l1 = b_inner(k + 1u), l2 = b_inner(k + 2u), l3 = b_inner(k + 3u);
        #pragma each j: WIDE_QUADS
        #pragma each c: 0 1 2 3
        {
            vec4 terms = LIVE(b_get(b_fixed[4 * $j + $c], l0, l1, l2, l3));
            b[0][$j][$c] = terms.x, b[1][$j][$c] = terms.y, b[2][$j][$c] = terms.z, b[3][$j][$c] = terms.w;
        }
        #pragma done c
        #pragma done j
#else
        ivec4 b_first = b_outer(z, k);
        #pragma each t: 0 1 2 3
        {
            ivec4 row = b_later(z, k, b_first, $t);
        #pragma each j: WIDE_QUADS
            b[$t][$j] = TERM($tu, b_get(row, b_fixed[4 * $j], b_fixed[4 * $j + 1], b_fixed[4 * $j + 2], b_fixed[4 * $j + 3]));
        #pragma done j
        }
        #pragma done t
#endif
#if TOTALS
        #pragma each j: WIDE_QUADS
        column[$j] += (b[0][$j] + b[1][$j]) + (b[2][$j] + b[3][$j]);
        #pragma done j
#endif
#if A_ALONG_K
        vec4 a[TALL];
        ivec4 k0 = a_inner(k), k1 = a_inner(k + 1u), k2 = a_inner(k + 2u), k3 = a_inner(k + 3u);
#else
        vec4 a[4][TALL_QUADS];
        ivec4 a_first = a_outer(z, k);
        #pragma each t: 0 1 2 3
        {
            ivec4 row = a_later(z, k, a_first, $t);
        #pragma each j: TALL_QUADS
            a[$t][$j] = TERM($tu, a_get(row, a_fixed[4 * $j], a_fixed[4 * $j + 1], a_fixed[4 * $j + 2], a_fixed[4 * $j + 3]));
        #pragma done j
        }
        #pragma done t
#endif
        #pragma each i: TALL
#if A_ALONG_K
        a[$i] = LIVE(a_get(a_fixed[$i], k0, k1, k2, k3));
#endif
        #pragma each t: 0 1 2 3
        #pragma each j: WIDE_QUADS
        sum[$i][$j] = fma(vec4(LEFT($i, $t)), b[$t][$j], sum[$i][$j]);
        #pragma done j
        #pragma done t
        #pragma done i
    }

    #pragma each i: TALL
    #pragma each j: WIDE_QUADS
    put(z, split, SPREAD(top, down, LANES_M, $iu), SPREAD(right, across, LANES_N, 4u * $ju), sum[$i][$j]);
    #pragma done j
    #pragma done i
#if TOTALS
    if (top == 0u && down == 0u) {
        #pragma each j: WIDE_QUADS
        put_totals(split, SPREAD(right, across, LANES_N, 4u * $ju), column[$j]);
        #pragma done j
    }
#endif
    emit_late();
}
