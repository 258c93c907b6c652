"""Everything a network is and does, without a window and without OpenGL, so that it runs anywhere.

NumPy is imported here, before anybody else does, with one thread for its products: a second one takes 50 ms of the import
and is of no use, as `engine.devices.cpu` shares work out itself. Where that has no machine code, it asks for the others.
"""

import importlib
import os
import sys

BLAS_THREADS = "OPENBLAS_NUM_THREADS"
"""In the environment, a number that the user has set is kept."""

if "numpy" not in sys.modules and BLAS_THREADS not in os.environ:
    os.environ[BLAS_THREADS] = "1"
    try:
        importlib.import_module("numpy")
    finally:
        del os.environ[BLAS_THREADS]
