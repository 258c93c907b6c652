// The largest (LARGEST) or the mean element of each window; padding is left out of both.
#pragma include common
#pragma include numerics
#pragma include wide

float larger(float a, float b) { return max(a, b); }
vec4 larger(vec4 a, vec4 b) { return vec4(max(a.x, b.x), max(a.y, b.y), max(a.z, b.z), max(a.w, b.w)); }

void main() {
    uint e = thread_id() * WIDTH;
    if (e >= RESULTS) return;
    #pragma section PLACE
    NUMBER largest = NUMBER(-ll_infinity());
    precise NUMBER sum = NUMBER(0.0);
    float count = 0.0;
    #pragma section OPEN
        NUMBER value = load_x(there / WIDTH);
        largest = larger(largest, value);
        sum += value;
        count += 1.0;
    #pragma section CLOSE
#if LARGEST
    y[e / WIDTH] = largest;
#else
    y[e / WIDTH] = sum / count;
#endif
}
