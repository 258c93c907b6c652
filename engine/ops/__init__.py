"""The operations, one record each: shape rule, NumPy reference, gradient written as ops, GPU expression.

The records are in the modules of this package; what scripts call (`import engine.ops as ops`) is in `engine.ops.api`.
"""

from engine.ops.api import *  # noqa: F403 - the names are listed in its __all__
