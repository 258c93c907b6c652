// RESULTS x CHUNKS folds; LANES invocations of a group share one. Lane i takes elements i, i + LANES, ..; then the lanes
// are folded pairwise: always the same order, so always the same bits.
#pragma include common
#pragma include numerics
#pragma place FRONTS
#pragma section FOLD
#pragma section OFFSETS
#pragma section APPLY
#pragma section EMIT

#define JOIN(a, b, how) fold(a, b)
#pragma include lanes

void main() {
    uint thread = slot_thread();
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
    sum = folded(sum, false);
    if (inside && lane == 0u) emit(task, sum);
}
