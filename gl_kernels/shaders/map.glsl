// Each element of the result from where the generated code finds it.
#pragma include common

void element(uint e) {
    #pragma section ELEMENT
}

void main() {
    uint i = thread_id();
    if (i < THREADS) element(i);
}
