// A product through shared memory: 16 x 16 invocations compute 16 TALL x 16 WIDE results, TALL x WIDE each. While one slice
// of STEP terms is used, the next one is on its way; two buffers, so one barrier a slice.
//
// For a GPU: neighbouring invocations load neighbouring quads (coalesced); the columns of a slice are PITCH apart, so that
// the scattered writes of a side along k fall into different banks; 16 invocations read 16 neighbouring quads of the right
// side and one of two quads of the left side, which is a broadcast. 8 x 8 need 64 registers for sums and 16 for a term,
// below the 128 at which two groups still run on a multiprocessor of 64 K registers, and 17 KB of shared memory: two groups
// in the 48 KB that some drivers give a multiprocessor, one in the 32 KB that all of them give a group.
#pragma include product

const uint TALL_SIDE = 16u * TALL, WIDE_SIDE = 16u * WIDE;
const uint TALL_PITCH = TALL_SIDE + 4u, WIDE_PITCH = WIDE_SIDE + 4u;
// A side that is not along k comes and goes four neighbours at a time; the other one is turned around on its way in.
#if A_ALONG_K
shared float a_slice[2u * STEP * TALL_PITCH];
#define A_QUAD(i) vec4(a_slice[i], a_slice[(i) + 1u], a_slice[(i) + 2u], a_slice[(i) + 3u])
#else
shared vec4 a_slice[2u * STEP * TALL_PITCH / 4u];
#define A_QUAD(i) a_slice[(i) / 4u]
#endif
#if B_ALONG_K
shared float b_slice[2u * STEP * WIDE_PITCH];
#define B_QUAD(i) vec4(b_slice[i], b_slice[(i) + 1u], b_slice[(i) + 2u], b_slice[(i) + 3u])
#else
shared vec4 b_slice[2u * STEP * WIDE_PITCH / 4u];
#define B_QUAD(i) b_slice[(i) / 4u]
#endif

// Each invocation moves four elements of a side, as long as there are so many. Along k: one row, four terms. Else: one
// term, four rows.
const uint PER_ROW = STEP / 4u;
const uint A_MOVERS = TALL_SIDE * STEP / 4u, B_MOVERS = WIDE_SIDE * STEP / 4u;

void main() {
    uint task = group_id();
    if (task >= GROUPS) return;
    uint n = (task % COLUMNS) * WIDE_SIDE;
    uint m = (task / COLUMNS % ROWS) * TALL_SIDE;
    uint split = task / (COLUMNS * ROWS) % SPLITS;
    uint z = task / (COLUMNS * ROWS * SPLITS);
    uint self = gl_LocalInvocationIndex;
    uint x = self % 16u, y = self / 16u;
    uint begin = split * LENGTH;
    uint end = min(begin + LENGTH, K);

#if A_ALONG_K
    uint a_term = self % PER_ROW * 4u, a_row = self / PER_ROW;
    ivec4 a_fixed = a_outer(z, m + a_row);
#else
    uint a_term = self / (TALL_SIDE / 4u), a_row = self % (TALL_SIDE / 4u) * 4u;
    ivec4 a_fixed0 = a_inner(m + a_row), a_fixed1 = a_inner(m + a_row + 1u);
    ivec4 a_fixed2 = a_inner(m + a_row + 2u), a_fixed3 = a_inner(m + a_row + 3u);
#endif
#if B_ALONG_K
    uint b_term = self % PER_ROW * 4u, b_row = self / PER_ROW;
    ivec4 b_fixed = b_outer(z, n + b_row);
#else
    uint b_term = self / (WIDE_SIDE / 4u), b_row = self % (WIDE_SIDE / 4u) * 4u;
    ivec4 b_fixed0 = b_inner(n + b_row), b_fixed1 = b_inner(n + b_row + 1u);
    ivec4 b_fixed2 = b_inner(n + b_row + 2u), b_fixed3 = b_inner(n + b_row + 3u);
#endif

    // What is kept in registers is written out: an array that a loop counts through lies in memory on some drivers.
    vec4 total[TALL][WIDE_QUADS];
    #pragma each i: TALL
    #pragma each j: WIDE_QUADS
    total[$i][$j] = vec4(0.0);
    #pragma done j
    #pragma done i

#if TOTALS
    vec4 column[WIDE_QUADS];
    #pragma each j: WIDE_QUADS
    column[$j] = vec4(0.0);
    #pragma done j
#endif

    uint current = 0u;
    for (uint next = begin; next < end + STEP; next += STEP) {
        vec4 a_moved = vec4(0.0), b_moved = vec4(0.0);
        if (next < end) {
            uint k = next + a_term;
#if A_ALONG_K
            bvec4 a_live = lessThan(uvec4(k, k + 1u, k + 2u, k + 3u), uvec4(self < A_MOVERS ? end : 0u));
            a_moved = mix(a_moved, a_get(a_fixed, a_inner(k), a_inner(k + 1u), a_inner(k + 2u), a_inner(k + 3u)), a_live);
#else
            if (k < end && self < A_MOVERS) a_moved = a_get(a_outer(z, k), a_fixed0, a_fixed1, a_fixed2, a_fixed3);
#endif
            k = next + b_term;
#if B_ALONG_K
            bvec4 b_live = lessThan(uvec4(k, k + 1u, k + 2u, k + 3u), uvec4(self < B_MOVERS ? end : 0u));
            b_moved = mix(b_moved, b_get(b_fixed, b_inner(k), b_inner(k + 1u), b_inner(k + 2u), b_inner(k + 3u)), b_live);
#else
            if (k < end && self < B_MOVERS) b_moved = b_get(b_outer(z, k), b_fixed0, b_fixed1, b_fixed2, b_fixed3);
#endif
        }
        if (next > begin) {
            uint a_base = current * STEP * TALL_PITCH + y * 4u, b_base = current * STEP * WIDE_PITCH + x * 4u;
            for (uint k = 0u; k < STEP; ++k) {
                uint a_first = a_base + k * TALL_PITCH, b_first = b_base + k * WIDE_PITCH;
                #pragma each j: WIDE_QUADS
                vec4 right$j = B_QUAD(b_first + 64u * $ju);
                #pragma done j
#if TOTALS
                if (m == 0u) { // all of a group, or none
                    #pragma each j: WIDE_QUADS
                    column[$j] += right$j;
                    #pragma done j
                }
#endif
                #pragma each i: TALL_QUADS
                {
                    vec4 left = A_QUAD(a_first + 64u * $iu);
                    #pragma each c: 0 1 2 3
                    #pragma each j: WIDE_QUADS
                    total[4 * $i + $c][$j] = fma(vec4(left[$c]), right$j, total[4 * $i + $c][$j]);
                    #pragma done j
                    #pragma done c
                }
                #pragma done i
            }
            current = 1u - current;
        }
        if (next < end) {
            uint a_base = (next > begin ? current : 0u) * STEP * TALL_PITCH;
            uint b_base = (next > begin ? current : 0u) * STEP * WIDE_PITCH;
            if (self < A_MOVERS) {
                uint place = a_base + a_term * TALL_PITCH + a_row;
#if A_ALONG_K
                #pragma each c: 0 1 2 3
                a_slice[place + $cu * TALL_PITCH] = a_moved[$c];
                #pragma done c
#else
                a_slice[place / 4u] = a_moved;
#endif
            }
            if (self < B_MOVERS) {
                uint place = b_base + b_term * WIDE_PITCH + b_row;
#if B_ALONG_K
                #pragma each c: 0 1 2 3
                b_slice[place + $cu * WIDE_PITCH] = b_moved[$c];
                #pragma done c
#else
                b_slice[place / 4u] = b_moved;
#endif
            }
            memoryBarrierShared();
            barrier();
        }
    }

    #pragma each i: TALL
    #pragma each j: WIDE_QUADS
    put(z, split, m + $iu / 4u * 64u + y * 4u + $iu % 4u, n + 64u * $ju + x * 4u, total[$i][$j]);
    #pragma done j
    #pragma done i
#if TOTALS
    if (m == 0u && y == 0u) {
        #pragma each j: WIDE_QUADS
        put_totals(split, n + 64u * $ju + x * 4u, column[$j]);
        #pragma done j
    }
#endif
    emit_late();
}
