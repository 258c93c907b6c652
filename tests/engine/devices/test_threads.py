"""How many threads NumPy has for products: one by one, and all but the window's where nothing else shares work out."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from engine import BLAS_THREADS
from engine.devices.cpu.native.blas import find_blas

ROOT = Path(__file__).parents[3]
COUNT = """
import ctypes, os
os.cpu_count = lambda: 4
from engine.devices.cpu import device
from engine.devices.cpu.native import blas
device.find_spec = lambda name: None  # llvmlite is not there
for share in (False, True):
    if share:
        device.open_device()
    library = blas.find_blas().library
    count = next(getattr(library, n) for n in (
        "scipy_openblas_get_num_threads64_", "openblas_get_num_threads64_") if hasattr(library, n))
    print(count())
print(os.environ.get("OPENBLAS_NUM_THREADS"))
"""


@pytest.mark.skipif(find_blas() is None, reason="NumPy uses another library here")
@pytest.mark.parametrize(
    ("wished", "counted"), [(None, ["1", "3", "None"]), ("1", ["1", "1", "1"])], ids=["as it is", "wished"]
)
def test_products_have_one_thread_until_nobody_else_shares_work_out(
    wished: str | None, counted: list[str]
) -> None:
    environment = {name: value for name, value in os.environ.items() if name != BLAS_THREADS}
    if wished is not None:
        environment[BLAS_THREADS] = wished
    done = subprocess.run(
        [sys.executable, "-c", COUNT], cwd=ROOT, env=environment, check=True, capture_output=True, text=True
    )
    assert done.stdout.split() == counted
