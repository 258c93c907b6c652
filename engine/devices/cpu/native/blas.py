"""The address of NumPy's own single-precision matrix product, so that machine code calls it without the interpreter."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from engine import BLAS_THREADS

PRODUCTS = ("scipy_cblas_sgemm64_", "cblas_sgemm64_")  # with 64-bit lengths, as NumPy's wheels have it
CORES = ("scipy_openblas_get_corename64_", "openblas_get_corename64_")
NARROW = ("Haswell", "Zen", "Sandybridge", "Nehalem", "Prescott")  # kernels without AVX-512
THREADS = ("scipy_openblas_set_num_threads64_", "openblas_set_num_threads64_")


@dataclass(frozen=True)
class Blas:
    """Where the functions are; the library stays loaded as long as this object lives."""

    library: ctypes.CDLL
    product: int

    @property
    def is_narrow(self) -> bool:
        """Whether its kernels leave out AVX-512, as it chooses for AMD's processors also where they have it."""
        for name in CORES:
            if hasattr(self.library, name):
                core = getattr(self.library, name)
                core.restype = ctypes.c_char_p
                return bool(core().decode().startswith(NARROW))
        return False

    def use_one_thread(self) -> None:
        """Products run on the thread that calls them; whoever shares work out does so by tasks."""
        _use_threads(self.library, 1)


def share_products_out() -> None:
    """Have NumPy use all cores but the window's for its products, unless the user has set a number.

    With as many threads as cores, one busy window makes them wait for each other: on two cores a dense MNIST step then took
    eighteen times longer.
    """
    if BLAS_THREADS not in os.environ:
        for library in _libraries():
            _use_threads(library, max(1, (os.cpu_count() or 2) - 1))


def _use_threads(library: ctypes.CDLL, threads: int) -> None:
    for name in THREADS:
        if hasattr(library, name):
            getattr(library, name)(threads)
            return


@cache
def find_blas() -> Blas | None:
    """NumPy's OpenBLAS; None where NumPy uses another library."""
    for library in _libraries():
        for name in PRODUCTS:
            if hasattr(library, name):
                address = ctypes.cast(getattr(library, name), ctypes.c_void_p).value
                return Blas(library, int(address or 0))
    return None


def _libraries() -> Iterator[ctypes.CDLL]:
    package = Path(np.__file__).parent
    beside = package.parent / "numpy.libs"
    candidates = [*beside.glob("*openblas*")] if beside.is_dir() else []
    if (
        sys.platform != "win32" and not candidates
    ):  # a symbol may come from what the extension was linked with
        candidates += [
            *(package / "_core").glob("_multiarray_umath*"),
            *(package / ".dylibs").glob("*openblas*"),
        ]
    for path in candidates:
        try:
            yield ctypes.CDLL(os.fspath(path))
        except OSError:
            continue
