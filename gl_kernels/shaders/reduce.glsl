// RESULTS x CHUNKS folds; LANES invocations of a group share one. Lane i takes elements i, i + LANES, ..; then the lanes
// are folded pairwise: always the same order, so always the same bits.
#pragma include common
#pragma include numerics
#pragma section FOLD
#pragma section OFFSETS
#pragma section APPLY
#pragma section EMIT

#if SHARED
shared float partial[gl_WorkGroupSize.x];
#endif

void main() {
    uint thread = thread_id();
    uint task = thread / LANES;
    uint lane = thread % LANES;
    bool inside = task < RESULTS * CHUNKS;
    precise float sum = START;
    if (inside) {
        uint base = first(task % RESULTS);
        uint begin = (task / RESULTS) * CHUNK;
        uint end = begin + CHUNK < COUNT ? begin + CHUNK : COUNT;
        uint r = begin + lane;
        for (; r + 7u * LANES < end; r += 8u * LANES) { // a round costs more than a fold on some devices
            #pragma each i: 0 1 2 3 4 5 6 7
            sum = fold(sum, load_x(base + next(r + $iu * LANES)));
            #pragma done i
        }
        for (; r < end; r += LANES) sum = fold(sum, load_x(base + next(r)));
    }
#if SHARED
    uint slot = gl_LocalInvocationIndex;
    partial[slot] = sum;
    barrier();
    for (uint distance = LANES / 2u; distance > 0u; distance /= 2u) {
        if (lane < distance) partial[slot] = fold(partial[slot], partial[slot + distance]);
        barrier();
    }
    sum = partial[slot];
#endif
    if (inside && lane == 0u) emit(task, sum);
}
