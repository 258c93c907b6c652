"""One presenter per kind of picture: it knows which reports its view needs and hands their arrays over."""

from abc import ABC, abstractmethod
from typing import Final

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from app.plots.confusion import ConfusionView
from app.plots.decision import DecisionView
from app.plots.fit import FitView
from app.plots.parity import ParityView
from app.plots.pictures import PictureGrid, Pictures
from app.plots.points import Split
from app.theme import Theme
from engine.data.bundle import DataBundle
from engine.training import pictures
from engine.training.pictures import PictureKind
from engine.training.picturing import VALIDATION
from engine.training.reports import Pictured

SHOWN_POINTS = 2000  # of each split in a scatter plot
SHOWN_PICTURES = 48


def _splits(bundle: DataBundle) -> list[tuple[Split, range]]:
    """The parts that have rows, with as many as a scatter plot shows."""
    parts: list[tuple[Split, range]] = [("training", bundle.train), ("validation", bundle.validation)]
    return [(split, rows[:SHOWN_POINTS]) for split, rows in parts if rows]


def _rows(bundle: DataBundle) -> range:
    """The rows that validation pictures are of."""
    return bundle.validation or bundle.train


class Presenter(ABC):
    """Shows one kind of picture of the predictions for one bundle."""

    def __init__(self, theme: Theme, bundle: DataBundle) -> None:
        self.bundle = bundle
        self.theme = theme

    @property
    @abstractmethod
    def view(self) -> QWidget:
        """The widget."""

    @property
    @abstractmethod
    def title(self) -> str:
        """Heading above the widget."""

    @abstractmethod
    def show(self, pictured: Pictured) -> None:
        """Draw, if this answer is one it needs."""


class _Decision(Presenter):
    def __init__(self, theme: Theme, bundle: DataBundle) -> None:
        super().__init__(theme, bundle)
        self._view = DecisionView(theme)
        feature = bundle.features[next(iter(bundle.inputs))]
        target = bundle.features[next(iter(bundle.targets))]
        self._view.set_classes(target.class_names)
        if len(feature.column_names) == 2:
            self._view.set_axis_names(*feature.column_names)
        for split, rows in _splits(bundle):
            xy, classes = pictures.points(bundle, rows)
            self._view.set_points(split, xy[:, 0], xy[:, 1], classes)

    @property
    def view(self) -> QWidget:
        return self._view

    @property
    def title(self) -> str:
        return QCoreApplication.translate("Presenter", "Where it draws the line")

    def show(self, pictured: Pictured) -> None:
        if pictured.probe == pictures.SURFACE:
            surface = pictures.decision(self.bundle, pictured.outputs)
            self._view.set_extent(surface.extent)
            self._view.set_decision(surface.classes, surface.confidence)


class _Fit(Presenter):
    def __init__(self, theme: Theme, bundle: DataBundle) -> None:
        super().__init__(theme, bundle)
        self._view = FitView(theme)
        for split, rows in _splits(bundle):
            x, y = pictures.points(bundle, rows)
            self._view.set_points(split, x[:, 0], y)

    @property
    def view(self) -> QWidget:
        return self._view

    @property
    def title(self) -> str:
        return QCoreApplication.translate("Presenter", "Fitted curve")

    def show(self, pictured: Pictured) -> None:
        if pictured.probe == pictures.CURVE_PROBE:
            self._view.set_curve(*pictures.curve(self.bundle, pictured.outputs))


class _Parity(Presenter):
    def __init__(self, theme: Theme, bundle: DataBundle) -> None:
        super().__init__(theme, bundle)
        self._view = ParityView(theme)

    @property
    def view(self) -> QWidget:
        return self._view

    @property
    def title(self) -> str:
        return QCoreApplication.translate("Presenter", "Predicted against true")

    def show(self, pictured: Pictured) -> None:
        if pictured.probe != VALIDATION:
            return
        predicted = pictures.predicted_values(self.bundle, pictured.outputs)
        true = pictures.target_values(self.bundle, _rows(self.bundle)[: len(predicted)])
        self._view.set_points("validation", true, predicted)
        self._view.set_title(f"R² {pictures.r_squared(true, predicted):.3f}")


class _Images(Presenter):
    def __init__(self, theme: Theme, bundle: DataBundle) -> None:
        super().__init__(theme, bundle)
        self._view = PictureGrid(theme)

    @property
    def view(self) -> QWidget:
        return self._view

    @property
    def title(self) -> str:
        return QCoreApplication.translate("Presenter", "Test pictures, most doubtful first")

    def show(self, pictured: Pictured) -> None:
        if pictured.probe == VALIDATION:
            found = pictures.doubtful(self.bundle, _rows(self.bundle), pictured.outputs, SHOWN_PICTURES)
            names = self.bundle.features[next(iter(self.bundle.targets))].class_names
            self._view.set_pictures(
                Pictures.of(found.images, found.predicted, found.true, found.confidence, names)
            )


class _Confusion(Presenter):
    def __init__(self, theme: Theme, bundle: DataBundle) -> None:
        super().__init__(theme, bundle)
        self._view = ConfusionView(theme)
        self._names = bundle.features[next(iter(bundle.targets))].class_names

    @property
    def view(self) -> QWidget:
        return self._view

    @property
    def title(self) -> str:
        return QCoreApplication.translate("Presenter", "Confusion")

    def show(self, pictured: Pictured) -> None:
        if pictured.probe == VALIDATION:
            counts = pictures.confusion(self.bundle, _rows(self.bundle), pictured.outputs)
            self._view.set_counts(counts, self._names)


PRESENTERS: Final[dict[PictureKind, type[Presenter]]] = {
    PictureKind.DECISION: _Decision,
    PictureKind.FIT: _Fit,
    PictureKind.PARITY: _Parity,
    PictureKind.IMAGES: _Images,
    PictureKind.CONFUSION: _Confusion,
}
