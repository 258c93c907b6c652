// Running results along LINES lines of LENGTH elements that lie STRIDE apart: sums, or y = a y + b (LINEAR). Lines may be
// cut into CHUNKS pieces: a first launch (TOTALS) folds each piece, a second one (CARRY) begins each with those before it.
#pragma include common

uint element(uint line, uint i) {
#if REVERSE
    i = LENGTH - 1u - i;
#endif
    return line / STRIDE * (STRIDE * LENGTH) + line % STRIDE + i * STRIDE;
}

void main() {
    uint task = thread_id();
    if (task >= THREADS) return;
    uint line = task % LINES;
    uint begin = task / LINES * CHUNK;
    uint end = min(begin + CHUNK, LENGTH);
    precise float value = 0.0;
    precise float factor = 1.0;
#if CARRY
    for (uint before = line; before < task; before += LINES) {
#if LINEAR
        value = factors[before] * value + totals[before];
#else
        value += totals[before];
#endif
    }
#endif
    for (uint i = begin; i < end; ++i) {
        uint e = element(line, i);
#if LINEAR
        value = a[e] * value + b[e];
        factor *= a[e];
#else
        value += b[e];
#endif
#if !TOTALS
        y[e] = value;
#endif
    }
#if TOTALS
    totals[task] = value;
#if LINEAR
    factors[task] = factor;
#endif
#endif
}
