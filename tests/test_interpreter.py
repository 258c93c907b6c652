"""Guards against a PySide6 that breaks the interpreter.

PySide6 6.12.0 on Python 3.11 loses a reference to None on every call that returns nothing, and aborts after
a while.
"""

import sys

from PySide6.QtCore import QObject


def test_void_calls_leave_the_reference_count_of_none_alone() -> None:
    thing = QObject()
    before = sys.getrefcount(None)
    for _ in range(1000):
        thing.setObjectName("x")
    assert abs(sys.getrefcount(None) - before) < 50
