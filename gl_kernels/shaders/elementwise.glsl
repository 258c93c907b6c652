// A chain of element-wise steps: one invocation per element, or per four neighbours.
#pragma include common
#pragma include numerics
#pragma section APPLY
#pragma section EMIT

void main() {
    uint i = thread_id();
    if (i >= THREADS) return;
#if QUADS
    emit4(4u * i);
#else
    emit(i);
#endif
}
