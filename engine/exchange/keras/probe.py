"""Reads all of an HDF5 file and says nothing: run as a program of its own, before we read the file ourselves.

On some damaged files the library of HDF5 goes round in a circle, or ends the whole process, and nobody can interrupt it.
Where that happens here, the parent sees it, and has lost nothing. It imports nothing of ours, to start fast.

    python probe.py SECONDS BYTES [FILE]    so much of the processor's time and of memory; without FILE, standard input
"""

import io
import sys
from typing import Any

RATIO, FREE = 200, 16 << 20  # unpacked to packed, beyond so many bytes: store.py refuses what is larger


def main() -> None:
    """Walk over groups, attributes and arrays; links to elsewhere are not followed."""
    _limit(int(sys.argv[1]), int(sys.argv[2]))
    import h5py

    source: Any = sys.argv[3] if len(sys.argv) > 3 else io.BytesIO(sys.stdin.buffer.read())
    with h5py.File(source, "r") as file:
        seen: set[object] = set()
        waiting: list[Any] = [file]
        while waiting:
            place = waiting.pop()
            if place.id in seen:
                continue
            seen.add(place.id)
            for name in place.attrs:
                _ = place.attrs[name]
            if isinstance(place, h5py.Dataset):
                _look(place)
            elif isinstance(place, h5py.Group):
                links = {name: place.get(name, getlink=True) for name in place}
                waiting += [place[name] for name, link in links.items() if type(link) is h5py.HardLink]


def _look(data: Any) -> None:
    stored = max(1, data.id.get_storage_size())
    if not data.external and not data.is_virtual and data.nbytes <= max(FREE, RATIO * stored):
        _ = data[()]


def _limit(seconds: int, most: int) -> None:
    try:
        import resource
    except ImportError:  # Windows has no such limits; there the parent's clock has to do
        return
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    main()
