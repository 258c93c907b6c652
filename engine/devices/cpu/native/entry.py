"""What machine code is called with: a function and the arrays it works on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from engine.devices.cpu.native.machine import Function
from engine.tensor.spec import Array


@dataclass(frozen=True)
class Entry:
    """One call of machine code with the arrays that it works on.

    Attributes:
        function: of machine code.
        table: its arguments.
        tasks: parts that may run at the same time.
        kept: what must stay in memory as long as the entry.
    """

    function: Function
    table: Array
    tasks: int
    kept: tuple[Any, ...] = ()
