// One pass of a Fourier transform of mixed radix without reordering (Stockham's): the transforms of SPAN of every LENGTH / SPAN
// elements become those of RADIX * SPAN.
#pragma include common

// cos and sin of 2 pi times a fraction of a turn in [0, 1), by Taylor's series within an eighth of one.
vec2 turned(float fraction) {
    float quarter = floor(4.0 * fraction + 0.5);
    precise float a = (fraction - 0.25 * quarter) * 6.28318530718;
    precise float s = a * a;
    precise float c = 1.0 - s * (0.5 - s * (1.0 / 24.0 - s * (1.0 / 720.0 - s / 40320.0)));
    precise float d = a * (1.0 - s * (1.0 / 6.0 - s * (1.0 / 120.0 - s * (1.0 / 5040.0 - s / 362880.0))));
    int q = int(quarter) & 3;
    if (q == 0) return vec2(c, d);
    if (q == 1) return vec2(-d, c);
    if (q == 2) return vec2(-c, -d);
    return vec2(d, -c);
}

void main() {
    uint e = thread_id();
    if (e >= THREADS) return;
    uint within = e % LENGTH;
    uint base = e - within;
    uint wide = SPAN * RADIX;
    uint frequency = within % wide;
    uint first = within / wide;
    uint stride = LENGTH / wide;
    precise vec2 sum = vec2(0.0);
    for (uint s = 0u; s < RADIX; ++s) {
        vec2 value = x[base + (first + s * stride) * SPAN + frequency % SPAN];
        vec2 factor = turned(float((s * frequency) % wide) / float(wide));
#if !INVERSE
        factor.y = -factor.y;
#endif
        sum += vec2(value.x * factor.x - value.y * factor.y, value.x * factor.y + value.y * factor.x);
    }
    y[e] = sum;
}
