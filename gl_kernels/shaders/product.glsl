// What both ways to compute a product share: its sides, and where its results go.
#pragma include common
#pragma include numerics
#pragma place FRONTS
#pragma section MATRICES
#pragma section APPLY
#pragma section EMIT

#ifdef LATE
// What is done with the results is long code: it stands here once, in a loop over the LATE quads that were put. NOTHING is
// an expression that is zero, which compilers do not know, so that they do not unroll the loop.
vec4 late_values[LATE];
uvec2 late_places[LATE];
uint late_count = 0u;

void put(uint z, uint split, uint m, uint n, vec4 value) {
    late_values[late_count] = value;
    late_places[late_count++] = uvec2(m, n);
}

void emit_late() {
#if QUADS
    for (uint i = 0u; i < LATE + NOTHING; ++i) {
        uint m = late_places[i].x, n = late_places[i].y;
        if (m < M && n < N) emit4(m * OUT_M + n, late_values[i]);
    }
#else
    for (uint i = 0u; i < 4u * LATE + NOTHING; ++i) {
        uint m = late_places[i / 4u].x, n = late_places[i / 4u].y + i % 4u;
        if (m < M && n < N) emit(m * OUT_M + n, late_values[i / 4u][i % 4u]);
    }
#endif
}
#else
// Results (z, m, n) .. (z, m, n + 3) of part `split` of the sum; those outside the product are dropped.
void put(uint z, uint split, uint m, uint n, vec4 value) {
    if (m >= M) return;
    uint e = split * OUT_SPLIT + z * OUT_Z + m * OUT_M + n;
#if QUADS
    if (n < N) emit4(e, value);
#else
    if (n < N) emit(e, value.x);
    if (n + 1u < N) emit(e + 1u, value.y);
    if (n + 2u < N) emit(e + 2u, value.z);
    if (n + 3u < N) emit(e + 3u, value.w);
#endif
}

void emit_late() {}
#endif

#if TOTALS
// The sums of columns n .. n + 3 of the right side, over a part of the terms: behind the results of that part, or apart.
void put_totals(uint split, uint n, vec4 value) {
#if APART
    for (uint c = 0u; c < 4u; ++c)
        if (n + c < N) totals[n + c] = value[c];
#else
    uint e = split * OUT_SPLIT + TOTALS_PLACE + n;
#if QUADS
    if (n < N) emit4(e, value);
#else
    for (uint c = 0u; c < 4u; ++c)
        if (n + c < N) emit(e + c, value[c]);
#endif
#endif
}
#endif
