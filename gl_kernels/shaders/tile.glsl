// A product through shared memory: 16 x 16 invocations compute a square of 16 T x 16 T results, T x T each. While one
// slice of STEP terms is used, the next one is on its way; two buffers, so one barrier a slice.
#pragma include product

const uint SIDE = 16u * T;
const uint PITCH = SIDE + 4u; // apart, so that columns of the slice lie in different banks
shared float a_slice[2u * STEP * PITCH];
shared float b_slice[2u * STEP * PITCH];

// Each invocation moves four elements of each side. Along k: one row, four terms. Else: one term, four rows.
const uint PER_ROW = STEP / 4u;
const uint PER_TERM = SIDE / 4u;

void main() {
    uint task = group_id();
    if (task >= GROUPS) return;
    uint n = (task % COLUMNS) * SIDE;
    uint m = (task / COLUMNS % ROWS) * SIDE;
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
    uint a_term = self / PER_TERM, a_row = self % PER_TERM * 4u;
    ivec4 a_fixed0 = a_inner(m + a_row), a_fixed1 = a_inner(m + a_row + 1u);
    ivec4 a_fixed2 = a_inner(m + a_row + 2u), a_fixed3 = a_inner(m + a_row + 3u);
#endif
#if B_ALONG_K
    uint b_term = self % PER_ROW * 4u, b_row = self / PER_ROW;
    ivec4 b_fixed = b_outer(z, n + b_row);
#else
    uint b_term = self / PER_TERM, b_row = self % PER_TERM * 4u;
    ivec4 b_fixed0 = b_inner(n + b_row), b_fixed1 = b_inner(n + b_row + 1u);
    ivec4 b_fixed2 = b_inner(n + b_row + 2u), b_fixed3 = b_inner(n + b_row + 3u);
#endif

    vec4 total[T][T / 4u];
    for (uint i = 0u; i < T; ++i)
        for (uint j = 0u; j < T / 4u; ++j) total[i][j] = vec4(0.0);

    uint current = 0u;
    for (uint next = begin; next < end + STEP; next += STEP) {
        vec4 a_moved = vec4(0.0), b_moved = vec4(0.0);
        if (next < end) {
            uint k = next + a_term;
#if A_ALONG_K
            bvec4 a_live = lessThan(uvec4(k, k + 1u, k + 2u, k + 3u), uvec4(end));
            a_moved = mix(a_moved, a_get(a_fixed, a_inner(k), a_inner(k + 1u), a_inner(k + 2u), a_inner(k + 3u)), a_live);
#else
            if (k < end) a_moved = a_get(a_outer(z, k), a_fixed0, a_fixed1, a_fixed2, a_fixed3);
#endif
            k = next + b_term;
#if B_ALONG_K
            bvec4 b_live = lessThan(uvec4(k, k + 1u, k + 2u, k + 3u), uvec4(end));
            b_moved = mix(b_moved, b_get(b_fixed, b_inner(k), b_inner(k + 1u), b_inner(k + 2u), b_inner(k + 3u)), b_live);
#else
            if (k < end) b_moved = b_get(b_outer(z, k), b_fixed0, b_fixed1, b_fixed2, b_fixed3);
#endif
        }
        if (next > begin) {
            uint base = current * STEP * PITCH;
            for (uint k = 0u; k < STEP; ++k) {
                vec4 right[T / 4u];
                for (uint j = 0u; j < T / 4u; ++j) {
                    uint s = base + k * PITCH + j * 64u + x * 4u;
                    right[j] = vec4(b_slice[s], b_slice[s + 1u], b_slice[s + 2u], b_slice[s + 3u]);
                }
                for (uint i = 0u; i < T; ++i) {
                    vec4 left = vec4(a_slice[base + k * PITCH + i / 4u * 64u + y * 4u + i % 4u]);
                    for (uint j = 0u; j < T / 4u; ++j) total[i][j] = fma(left, right[j], total[i][j]);
                }
            }
            current = 1u - current;
        }
        if (next < end) {
            uint base = (next > begin ? current : 0u) * STEP * PITCH;
            for (uint c = 0u; c < 4u; ++c) {
#if A_ALONG_K
                a_slice[base + (a_term + c) * PITCH + a_row] = a_moved[c];
#else
                a_slice[base + a_term * PITCH + a_row + c] = a_moved[c];
#endif
#if B_ALONG_K
                b_slice[base + (b_term + c) * PITCH + b_row] = b_moved[c];
#else
                b_slice[base + b_term * PITCH + b_row + c] = b_moved[c];
#endif
            }
            barrier();
        }
    }

    for (uint i = 0u; i < T; ++i)
        for (uint j = 0u; j < T / 4u; ++j)
            put(z, split, m + i / 4u * 64u + y * 4u + i % 4u, n + j * 64u + x * 4u, total[i][j]);
    emit_late();
}
