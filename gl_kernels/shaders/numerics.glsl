// GLSL lets drivers be as rough as they like with exp and log (llvmpipe errs by 1e-5, and tanh cancels near zero), and
// leaves max and min of NaN open. These hold float32 accuracy and NumPy's rules on every driver.
float ll_infinity() { return uintBitsToFloat(0x7f800000u); }
float ll_nan() { return uintBitsToFloat(0x7fc00000u); }
bool ll_isnan(float x) { return (floatBitsToUint(x) & 0x7fffffffu) > 0x7f800000u; }

float ll_max(float a, float b) { return a > b || ll_isnan(a) ? a : b; }
float ll_min(float a, float b) { return a < b || ll_isnan(a) ? a : b; }
int ll_max(int a, int b) { return a > b ? a : b; } // for the macros below
int ll_min(int a, int b) { return a < b ? a : b; }
uint ll_max(uint a, uint b) { return a > b ? a : b; }
uint ll_min(uint a, uint b) { return a < b ? a : b; }
float ll_clamp(float x, float low, float high) { return ll_min(ll_max(x, low), high); }

float ll_power_of_two(int n) { return uintBitsToFloat(uint(n + 127) << 23u); }

// exp(x) = 2^n exp(r) with |r| <= log(2) / 2, where Taylor's series to r^7 / 7! errs by 6e-9.
float ll_exp(float x) {
    precise float c = x > 89.0 ? 89.0 : (x < -104.0 ? -104.0 : x);
    precise float n = floor(c * 1.44269504 + 0.5);
    precise float r = c - n * 0.693359375; // log(2) in two parts: the product with the first one is exact
    r = r + n * 2.12194440e-4;
    precise float s = 1.0 / 720.0 + r * (1.0 / 5040.0);
    s = 1.0 / 120.0 + r * s;
    s = 1.0 / 24.0 + r * s;
    s = 1.0 / 6.0 + r * s;
    s = 0.5 + r * s;
    s = 1.0 + r * (1.0 + r * s);
    int half_n = int(n) / 2; // 2^n itself may be beyond float32
    precise float result = s * ll_power_of_two(half_n) * ll_power_of_two(int(n) - half_n);
    return ll_isnan(x) ? x : result;
}

// log(x) = n log(2) + 2 artanh((m - 1) / (m + 1)) with sqrt(1/2) <= m < sqrt(2); the series errs by 7e-10.
float ll_log(float x) {
    precise float scaled = x < 1.17549435e-38 ? x * 8388608.0 : x; // subnormal numbers: times 2^23
    uint bits = floatBitsToUint(scaled) + (0x3f800000u - 0x3f3504f3u);
    precise float n = float(int(bits >> 23u) - 127 - (x < 1.17549435e-38 ? 23 : 0));
    precise float m = uintBitsToFloat((bits & 0x007fffffu) + 0x3f3504f3u);
    precise float t = (m - 1.0) / (m + 1.0);
    precise float s = t * t;
    precise float series = t * s * (2.0 / 3.0 + s * (2.0 / 5.0 + s * (2.0 / 7.0 + s * (2.0 / 9.0))));
    precise float result = n * 0.693359375 + (2.0 * t + (series - n * 2.12194440e-4));
    if (x > 0.0 && x < ll_infinity()) return result;
    return x == 0.0 ? -ll_infinity() : (x > 0.0 ? x : ll_nan());
}
#define exp ll_exp
#define log ll_log
#define max ll_max
#define min ll_min
#define clamp ll_clamp
#define pow(x, y) ll_exp((y) * ll_log(x))
#pragma include special
