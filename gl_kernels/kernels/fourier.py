"""Fourier transforms of any length: a pass for each factor of it, fours first."""

from __future__ import annotations

from collections.abc import Sequence

from engine.devices.base import DeviceError
from gl_kernels.kernels.registry import Kernel
from gl_kernels.launch import Draft, Launch, Request

LARGEST = 2**16  # factor; beyond it products of indices no longer fit into 32 bits


def radices(length: int) -> list[int]:
    """Factors of `length`: 4 as often as possible, then primes.

    >>> radices(24), radices(1)
    ([4, 2, 3], [])
    """
    found: list[int] = []
    for radix in (4, 2, *range(3, LARGEST, 2)):
        while length % radix == 0:
            found.append(radix)
            length //= radix
        if radix * radix > length > 1 and radix > 4:
            break
    return [*found, length] if length > 1 else found


def _lower(request: Request) -> Sequence[Launch]:
    x, y = request.inputs[0], request.outputs[0]
    length = x.spec.shape[-2]
    passes = radices(length) or [1]
    if max(passes) * length > 2**32:
        raise DeviceError(
            f"The gl device transforms lengths without large prime factors, received {length}. Use another length, "
            "or the cpu device."
        )
    room = [request.scratch(x.spec) for _ in range(min(2, len(passes) - 1))]
    launches, source, span = [], x, 1
    for k, radix in enumerate(passes):
        target = y if k == len(passes) - 1 else room[k % 2]
        inverse = bool(request.attrs["inverse"])
        draft = Draft("fourier", {"LENGTH": length, "SPAN": span, "RADIX": radix, "INVERSE": inverse})
        draft.reads("x", source, "vec2")
        draft.writes("y", target, "vec2")
        launches.append(draft.threads(x.spec.size // 2, request.tuning))
        source, span = target, span * radix
    return launches


fourier = Kernel("fourier", _lower)
