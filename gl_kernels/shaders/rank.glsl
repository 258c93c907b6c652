// The place of each of LENGTH keys of a line in their order: the number of those before it. Equal keys keep their order.
#pragma include common

void main() {
    uint e = thread_id();
    if (e >= THREADS) return;
    uint own = e % LENGTH;
    uint base = e - own;
    uint key = keys[e];
    uint place = 0u;
    for (uint i = 0u; i < LENGTH; ++i) {
        uint other = keys[base + i];
        if (other < key || (other == key && i < own)) place += 1u;
    }
    sorted[base + place] = key;
    items[base + place] = int(own);
}
