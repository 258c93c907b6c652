// Chains equal row numbers: links[i] is the next index with the same number or -1; links[COUNT + i] says whether i is the first.
#pragma include common

int row(uint i) { return clamp(numbers[i], 0, int(ROWS) - 1); }

void main() {
    uint i = thread_id();
    if (i >= THREADS) return;
    int own = row(i);
    int next = -1;
    for (uint j = i + 1u; j < COUNT; ++j) {
        if (row(j) == own) {
            next = int(j);
            break;
        }
    }
    int is_first = 1;
    for (uint j = 0u; j < i; ++j) {
        if (row(j) == own) {
            is_first = 0;
            break;
        }
    }
    links[i] = next;
    links[COUNT + i] = is_first;
}
