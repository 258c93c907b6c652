"""The two hashes that TensorFlow, and so Keras, puts text into bins with.

Written out because they have to give the very same numbers everywhere, and few lines replace two compiled packages. Each
different word is hashed once, so that plain Python is fast enough.
"""

from __future__ import annotations

_MASK = (1 << 64) - 1
_K0, _K1, _K2 = 0xC3A5C85C97CB3127, 0xB492B66FBE98F273, 0x9AE16A3B2F90404F


def bin_of(word: str, bins: int, salt: tuple[int, int] | None) -> int:
    """The number of a word, below `bins`: by FarmHash, or by SipHash where there is a salt."""
    data = word.encode()
    return (farmhash64(data) if salt is None else siphash64(data, salt)) % bins


def farmhash64(data: bytes) -> int:
    """FarmHash's 64-bit fingerprint (G. Pike, Google, 2014): `tf.strings.to_hash_bucket_fast`."""
    if len(data) <= 16:
        return _short(data)
    if len(data) <= 32:
        return _medium(data)
    return _long(data) if len(data) <= 64 else _very_long(data)


def siphash64(data: bytes, key: tuple[int, int]) -> int:
    """SipHash-2-4 (J.-P. Aumasson and D. J. Bernstein, 2012): `tf.strings.to_hash_bucket_strong`."""
    k0, k1 = key[0] & _MASK, key[1] & _MASK
    v = (
        k0 ^ 0x736F6D6570736575,
        k1 ^ 0x646F72616E646F6D,
        k0 ^ 0x6C7967656E657261,
        k1 ^ 0x7465646279746573,
    )
    whole = len(data) - len(data) % 8
    last = int.from_bytes(data[whole:], "little") | (len(data) & 0xFF) << 56
    for word in (*(_word(data, i) for i in range(0, whole, 8)), last):
        v = (v[0], v[1], v[2], v[3] ^ word)
        v = _round(_round(v))
        v = (v[0] ^ word, v[1], v[2], v[3])
    v = (v[0], v[1], v[2] ^ 0xFF, v[3])
    for _ in range(4):
        v = _round(v)
    return v[0] ^ v[1] ^ v[2] ^ v[3]


def _round(v: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    v0, v1, v2, v3 = v
    v0 = (v0 + v1) & _MASK
    v1 = _rotated_left(v1, 13) ^ v0
    v0 = _rotated_left(v0, 32)
    v2 = (v2 + v3) & _MASK
    v3 = _rotated_left(v3, 16) ^ v2
    v0 = (v0 + v3) & _MASK
    v3 = _rotated_left(v3, 21) ^ v0
    v2 = (v2 + v1) & _MASK
    v1 = _rotated_left(v1, 17) ^ v2
    v2 = _rotated_left(v2, 32)
    return v0, v1, v2, v3


def _rotated_left(x: int, bits: int) -> int:
    return (x << bits | x >> (64 - bits)) & _MASK


def _rotated(x: int, bits: int) -> int:
    """To the right."""
    x &= _MASK
    return (x >> bits | x << (64 - bits)) & _MASK


def _word(data: bytes, start: int) -> int:
    return int.from_bytes(data[start : start + 8], "little")


def _mixed(x: int) -> int:
    x &= _MASK
    return x ^ x >> 47


def _pair(u: int, v: int, factor: int) -> int:
    a = _mixed(((u ^ v) & _MASK) * factor)
    b = _mixed(((v & _MASK) ^ a) * factor)
    return b * factor & _MASK


def _short(data: bytes) -> int:
    length = len(data)
    factor = _K2 + 2 * length
    if length >= 8:
        a, b = _word(data, 0) + _K2, _word(data, length - 8)
        c = _rotated(b, 37) * factor + a
        d = (_rotated(a, 25) + b) * factor
        return _pair(c, d, factor)
    if length >= 4:
        first, last = (int.from_bytes(part, "little") for part in (data[:4], data[-4:]))
        return _pair(length + (first << 3), last, factor)
    if not length:
        return _K2
    y = data[0] + (data[length >> 1] << 8)
    z = length + (data[-1] << 2)
    return _mixed(y * _K2 ^ z * _K0) * _K2 & _MASK


def _medium(data: bytes) -> int:
    length = len(data)
    factor = _K2 + 2 * length
    a, b = _word(data, 0) * _K1, _word(data, 8)
    c, d = _word(data, length - 8) * factor, _word(data, length - 16) * _K2
    return _pair(_rotated(a + b, 43) + _rotated(c, 30) + d, a + _rotated(b + _K2, 18) + c, factor)


def _long(data: bytes) -> int:
    length = len(data)
    factor = _K2 + 2 * length
    a, b = _word(data, 0) * _K2, _word(data, 8)
    c, d = _word(data, length - 8) * factor, _word(data, length - 16) * _K2
    y = _rotated(a + b, 43) + _rotated(c, 30) + d
    z = _pair(y, a + _rotated(b + _K2, 18) + c, factor)
    e, f = _word(data, 16) * factor, _word(data, 24)
    g, h = (y + _word(data, length - 32)) * factor, (z + _word(data, length - 24)) * factor
    return _pair(_rotated(e + f, 43) + _rotated(g, 30) + h, e + _rotated(f + a, 18) + g, factor)


def _weak(data: bytes, start: int, a: int, b: int) -> tuple[int, int]:
    """A hash of 32 bytes from `start` on, with two seeds."""
    w, x, y, z = (_word(data, start + 8 * i) for i in range(4))
    a += w
    b = _rotated(b + a + z, 21)
    c = a
    a += x + y
    b += _rotated(a, 44)
    return (a + z) & _MASK, (b + c) & _MASK


def _very_long(data: bytes) -> int:
    seed = 81
    y = (seed * _K1 + 113) & _MASK
    z = _mixed(y * _K2 + 113) * _K2 & _MASK
    x = (seed * _K2 + _word(data, 0)) & _MASK
    v, w = (0, 0), (0, 0)
    end = (len(data) - 1) // 64 * 64
    for start in range(0, end, 64):
        x, y, z, v, w = _block(data, start, (x, y, z), v, w, _K1, 1)
    rest = (len(data) - 1) & 63
    factor = _K1 + ((z & 0xFF) << 1)
    w = ((w[0] + rest) & _MASK, w[1])
    v = ((v[0] + w[0]) & _MASK, v[1])
    w = ((w[0] + v[0]) & _MASK, w[1])
    x, y, z, v, w = _block(data, end + rest - 63, (x, y, z), v, w, factor, 9)
    low = _pair(v[0], w[0], factor) + _mixed(y) * _K0 + z
    return _pair(low, _pair(v[1], w[1], factor) + x, factor)


def _block(
    data: bytes,
    start: int,
    xyz: tuple[int, int, int],
    v: tuple[int, int],
    w: tuple[int, int],
    factor: int,
    weight: int,
) -> tuple[int, int, int, tuple[int, int], tuple[int, int]]:
    """The state after 64 more bytes; the last block has another factor and weight."""
    x, y, z = xyz
    x = _rotated(x + y + v[0] + _word(data, start + 8), 37) * factor & _MASK
    y = _rotated(y + v[1] + _word(data, start + 48), 42) * factor & _MASK
    x ^= w[1] * weight & _MASK
    y = (y + v[0] * weight + _word(data, start + 40)) & _MASK
    z = _rotated(z + w[0], 33) * factor & _MASK
    v = _weak(data, start, v[1] * factor, x + w[0])
    w = _weak(data, start + 32, z + w[1], y + _word(data, start + 16))
    return z, y, x, v, w
