"""What the processor runs to compute an op: the call of NumPy, or the text of our own function around it."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Callable
from typing import Any

import numpy as np

from engine.ops.op import Op, OpKind

WRAPPED = ("compute", "ufunc")  # what functions around a function call it


def numpy_text(op: Op, operands: int) -> str:
    """The Python text that computes an op of so many operands.

    "" where there is none to read: in a program that was packed without its sources.
    """
    names = [f"x{k + 1}" for k in range(operands)]
    function = _inner(op.ufunc if op.kind is OpKind.ELEMENTWISE and op.ufunc is not None else op.compute)
    if isinstance(function, np.ufunc):
        return f"np.{function.__name__}({', '.join([*names, 'out=y'])})"
    try:
        return textwrap.dedent(inspect.getsource(function)).rstrip()
    except (OSError, TypeError):
        return ""


def _inner(function: Callable[..., Any]) -> Callable[..., Any]:
    """What computes, inside of functions that only prepare for it."""
    while inspect.isfunction(function):
        within = inspect.getclosurevars(function).nonlocals
        held = next((within[name] for name in WRAPPED if callable(within.get(name))), None)
        if held is None:
            break
        function = held
    return function
