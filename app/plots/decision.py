"""What a classifier of two features decides everywhere in the plane, and the points it learned from."""

from collections.abc import Callable, Sequence
from html import escape

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from app.plots.field import field_picture
from app.plots.field_view import FieldView
from app.plots.points import Split, class_legend
from app.theme import Theme, class_color


class DecisionView(FieldView):
    """A field of predictions behind the points of training and validation; both change in place."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._classes: NDArray[np.intp] = np.empty((0, 0), np.intp)
        self._confidence: NDArray[np.float64] = np.empty((0, 0))
        self._names: tuple[str, ...] = ()
        self._points_changed = False
        self.introduce(
            self.tr("Decision boundary"), self.tr("Press Train: what the network decides appears here.")
        )

    def set_classes(self, names: Sequence[str]) -> None:
        """Names the classes, in the order of their indices."""
        self._names = tuple(names)
        self.request_refresh()

    def set_probability(self, probability: ArrayLike) -> None:
        """Shows the probability of class 1 of two, shape (rows, columns); row 0 is at the least y."""
        values = np.asarray(probability, float)
        self.set_decision((values >= 0.5).astype(np.intp), np.abs(2.0 * values - 1.0))

    def set_decision(self, classes: ArrayLike, confidence: ArrayLike) -> None:
        """Shows the class decided for and how sure that is (0 a coin toss, 1 certain); both (rows, columns)."""
        decided, sure = np.asarray(classes, np.intp), np.asarray(confidence, float)
        if decided.ndim != 2 or decided.shape != sure.shape:
            raise ValueError(
                "A field has a class and a confidence at each place of a grid. "
                f"Received: shapes {decided.shape} and {sure.shape}."
            )
        self._classes, self._confidence = decided, sure
        self.request_refresh()

    def set_points(self, split: Split, x: ArrayLike, y: ArrayLike, classes: ArrayLike) -> None:
        """Shows the points of a split, arrays of shape (n,)."""
        self._clouds[split].set_classes(x, y, classes)
        self._points_changed = True
        self.request_refresh()

    @override
    def clear(self) -> None:
        for cloud in self._clouds.values():
            cloud.set_classes([], [], [])
        self._classes, self._confidence = np.empty((0, 0), np.intp), np.empty((0, 0))
        self._points_changed = True
        self.request_refresh()

    def decision_at(self, x: float, y: float) -> tuple[str, float] | None:
        """Class name and confidence (0 to 1) of the field at a position, or `None` outside of it."""
        cell = self.cell_at(x, y, self._classes)
        return None if cell is None else (self._name(int(self._classes[cell])), float(self._confidence[cell]))

    @override
    def is_empty(self) -> bool:
        return not self._classes.size and not any(len(cloud) for cloud in self._clouds.values())

    @override
    def summary(self) -> str:
        counts = {split: len(cloud) for split, cloud in self._clouds.items()}
        text = self.tr("{training} training and {validation} validation points of {classes}.")
        return text.format(**counts, classes=", ".join(self._names) or self.tr("unnamed classes"))

    @override
    def said_at(self, x: float, y: float) -> str:
        found = self.decision_at(x, y)
        if found is None:
            return ""
        sure = self.tr("{name}, {percent} % sure").format(name=found[0], percent=round(100 * found[1]))
        return escape(sure)

    @override
    def _parts(self) -> Sequence[Callable[[], None]]:
        clouds = [cloud.draw for cloud in self._clouds.values()] if self._points_changed else []
        self._points_changed = False
        return [*clouds, self._draw_field]

    def _draw_field(self) -> None:
        self.show_field(self._picture() if self._classes.size else None, class_legend(self._names))

    def _picture(self) -> NDArray[np.uint8]:
        colors = [class_color(index) for index in range(int(self._classes.max()) + 1)]
        return field_picture(self._classes, self._confidence, colors, self.theme.tokens.panel)

    @override
    def _restyle(self) -> None:
        super()._restyle()
        self._points_changed = True

    def _name(self, index: int) -> str:
        return self._names[index] if index < len(self._names) else str(index)
