"""What the pointer does while a button is down: one object a gesture, which ends as one undoable edit or none."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, Qt
from typing_extensions import override

if TYPE_CHECKING:
    from app.canvas.view import GraphView

OVERLAY = 100.0
"""Above everything but hints."""

_ADDING = Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier


@dataclass(frozen=True, slots=True)
class Pointer:
    """Where the pointer is, on the canvas and in the view, and which modifier keys are down."""

    canvas: QPointF
    view: QPoint
    modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier

    @property
    def adding(self) -> bool:
        """Whether the selection is extended rather than replaced."""
        return bool(self.modifiers & _ADDING)


class Gesture(ABC):
    """From press to release. Until `finish` nothing in the document changes, so `cancel` only tidies up."""

    cursor: Qt.CursorShape | None = None

    def __init__(self, view: GraphView, start: Pointer) -> None:
        self.view = view
        self.scene = view.graph_scene
        self.start = start

    @abstractmethod
    def move(self, pointer: Pointer) -> None:
        """The pointer moved with the button down."""

    @abstractmethod
    def finish(self, pointer: Pointer) -> None:
        """The button was released."""

    @abstractmethod
    def cancel(self) -> None:
        """Escape, or the view lost the pointer: as if it had never begun."""


class PanGesture(Gesture):
    """Moves the view over the canvas."""

    cursor = Qt.CursorShape.ClosedHandCursor

    def __init__(self, view: GraphView, start: Pointer) -> None:
        super().__init__(view, start)
        self._last = start.view
        self.moved = False

    @override
    def move(self, pointer: Pointer) -> None:
        step = pointer.view - self._last
        self._last = pointer.view
        self.moved = self.moved or not step.isNull()
        self.view.pan(step)

    @override
    def finish(self, pointer: Pointer) -> None:
        """Nothing more: the view stays where it is."""

    @override
    def cancel(self) -> None:
        self.view.pan(self.start.view - self._last)
