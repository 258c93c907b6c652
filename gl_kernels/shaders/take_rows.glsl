// Rows of a table by number; a number outside takes the nearest row. INNER: elements (or groups of four) of a row.
#pragma include common

void main() {
    uint e = thread_id();
    if (e >= THREADS) return;
    uint row = uint(clamp(load_numbers(e / INNER), 0, int(ROWS) - 1));
    uint i = row * INNER + e % INNER;
    y[e] =
    #pragma section ELEMENT
    ;
}
