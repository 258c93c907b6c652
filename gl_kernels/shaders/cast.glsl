// Each number as a float, and what is done with it.
#pragma include common
#pragma include numerics
#pragma section APPLY
#pragma section EMIT

void main() {
    uint e = thread_id();
    if (e >= THREADS) return;
    #pragma section ELEMENT
}
