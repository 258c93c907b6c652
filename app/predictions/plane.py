"""What views over any two features share: the choice of the features, the points, a question for the plane."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Generic, TypeVar

from PySide6.QtWidgets import QComboBox, QWidget
from typing_extensions import override

from app.plots.field_view import FieldView
from app.plots.points import Split
from app.predictions.view import PredictionView, Question, choice
from app.theme import Theme
from engine.data.bundle import DataBundle
from engine.tensor.spec import Array
from engine.training.predictions import arrays
from engine.training.reports import Pictured, Probe

V = TypeVar("V", bound=FieldView)
SHOWN_POINTS = 2000  # of each split
FIELD = "surface"
_YES_NO = (0, 1)


def splits(bundle: DataBundle) -> list[tuple[Split, range]]:
    """The parts that have rows, with as many as a scatter plot shows."""
    parts: list[tuple[Split, range]] = [("training", bundle.train), ("validation", bundle.validation)]
    return [(split, rows[:SHOWN_POINTS]) for split, rows in parts if rows]


def first_features(bundle: DataBundle, columns: Sequence[arrays.Column]) -> tuple[int, int]:
    """The places of two features that fill a plane, the first such: yes and no alone would be two lines of points."""
    rows = bundle.train[:SHOWN_POINTS]
    seen = (set(arrays.values_of(bundle, column, rows).tolist()) for column in columns)
    fills = [len(values) > len(_YES_NO) for values in seen]
    first, second = sorted(sorted(range(len(columns)), key=lambda place: not fills[place])[:2])
    return first, second


class PlanePrediction(PredictionView, Generic[V]):
    """A field of predictions over two features behind the points of the data; other features are held at their median."""

    def __init__(self, theme: Theme, question: Question, key: str, plane: V, *more: QComboBox) -> None:
        """`plane` is the picture, `more` are choices beside those of the two features."""
        super().__init__(theme, question, key)
        self.plane = plane
        self._columns = arrays.columns_of(question.bundle)
        names = [column.title for column in self._columns]
        right, up = first_features(question.bundle, self._columns)
        self._x = choice(theme, self.tr("Feature to the right"), names, right)
        self._y = choice(theme, self.tr("Feature upwards"), names, up)
        self._more = more
        for box in (self._x, self._y, *more):
            box.activated.connect(self._on_chosen)
        self._draw_points()

    def begin(self) -> None:
        """Empties the picture, and says again what the choices change in it."""
        self.plane.clear()

    @abstractmethod
    def add(self, split: Split, right: Array, up: Array, rows: range) -> None:
        """Puts the points of a split into the picture."""

    @abstractmethod
    def show_field(self, output: Array) -> None:
        """Puts the answers for all places, shape (places, ..), into the picture."""

    @property
    @override
    def widget(self) -> QWidget:
        return self.plane

    @override
    def controls(self) -> tuple[QWidget, ...]:
        features = (self._x, self._y) if len(self._columns) > 2 else ()
        return (*features, *(box for box in self._more if box.count() > 1))

    def _chosen(self) -> tuple[arrays.Column, arrays.Column]:
        return self._columns[self._x.currentIndex()], self._columns[self._y.currentIndex()]

    def _on_chosen(self) -> None:
        x, y = self._chosen()
        if x == y:  # the other one goes on to the next
            other = self._y if self.sender() is self._x else self._x
            other.setCurrentIndex((other.currentIndex() + 1) % len(self._columns))
        self._draw_points()
        self.want_anew()

    def _draw_points(self) -> None:
        (x, y), bundle = self._chosen(), self.question.bundle
        self.begin()
        self.plane.set_axis_names(x.title, y.title)
        self.plane.set_extent(arrays.extent(bundle, x, y))
        for split, rows in splits(bundle):
            right, up = (arrays.values_of(bundle, column, rows) for column in (x, y))
            self.add(split, right, up, rows)
        if len(self._columns) > 2:
            self.plane.set_title(self.tr("all others at their median"))

    @override
    def probes(self) -> tuple[Probe, ...]:
        inputs = arrays.grid(self.question.bundle, *self._chosen())
        return (Probe(self.name(FIELD), inputs, version=self.version),)

    @override
    def show(self, pictured: Pictured) -> None:
        if self.is_mine(pictured, FIELD) and pictured.outputs:
            self.show_field(pictured.outputs[self.question.answer.output])
