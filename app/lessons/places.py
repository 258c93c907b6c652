"""What a lesson can point at, by names that stay the same in every language: buttons, panels, nodes, settings."""

from collections.abc import Callable, Iterable, Mapping
from operator import attrgetter
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QPoint, QRect, QRectF
from PySide6.QtWidgets import QWidget

from app.data.options_panel import SliderForm
from app.inspector.form import ModelForm
from app.window import bottom_dock as dock
from app.window.settings_pages import DataPage, TrainingPage
from engine.data.settings import DataSettings
from engine.graph.document import ModelGraph
from engine.layers.base import Layer, Role
from engine.training.settings import TrainingSettings

if TYPE_CHECKING:
    from app.window.main_window import MainWindow

PANELS: Final[Mapping[str, int]] = MappingProxyType(
    {
        "learning": dock.LEARNING,
        "predictions": dock.MORE,
        "runs": dock.RUNS,
        "problems": dock.PROBLEMS,
        "profile": dock.PROFILE,
        "time": dock.TIME,
        "formula": dock.FORMULA,
        "steps": dock.STEPS,
        "surface": dock.SURFACE,
        "variants": dock.VARIANTS,
    }
)
"""The pages of the dock below the canvas."""
SIDES: Final = ("palette", "inspector")
"""The panels beside the canvas."""

Place = tuple[QWidget, QRect]


def panel_name(index: int) -> str:
    """The name of a page of the dock; "" where it has none."""
    return next((name for name, place in PANELS.items() if place == index), "")


def find(window: "MainWindow", name: str) -> Place | None:
    """The widget that a name stands for and the part of it that is meant; None where it is not to be seen now."""
    kind, _, rest = name.partition("/")
    found = _FINDERS[kind](window, rest) if kind in _FINDERS else None
    if found is None:
        return None
    widget, part = found
    seen = _uncut(widget, part) if widget.isVisible() else QRect()
    return None if seen.isEmpty() else (widget, seen)


def _uncut(widget: QWidget, part: QRect) -> QRect:
    """What of a part is not scrolled away; what is in the widget may lie over it."""
    seen, around = part & widget.rect(), widget.parentWidget()
    while around is not None:
        seen &= QRect(widget.mapFrom(around, QPoint(0, 0)), around.size())
        around = None if around.isWindow() else around.parentWidget()
    return seen


def _whole(widget: QWidget | None) -> Place | None:
    return (widget, widget.rect()) if widget is not None else None


def _tab(window: "MainWindow", name: str) -> Place | None:
    index = PANELS.get(name)
    tabs = window.dock.tabs
    found = tabs.rect_of(index) if index is not None else None
    return (tabs, found) if found is not None else None


def _node(window: "MainWindow", name: str) -> Place | None:
    canvas = window.workspace.canvas
    node = next((n for n in window.workspace.document.graph.nodes.values() if n.name == name), None)
    item = canvas.scene.nodes.get(node.id) if node is not None else None
    if item is None:
        return None
    body: QRectF = item.body().translated(item.pos())
    return canvas.view.viewport(), canvas.view.mapFromScene(body).boundingRect()


def _in_form(form: ModelForm | SliderForm | None, name: str) -> Place | None:
    if form is None or name not in form.field_names():
        return None
    field = form.field(name)
    return _whole(field) if isinstance(field, QWidget) else None


def _setting(window: "MainWindow", name: str) -> Place | None:
    return _in_form(window.workspace.inspector.form, name)


def _training(window: "MainWindow", name: str) -> Place | None:
    """A setting of the training; the canvas, where a click on it leads there."""
    page = window.workspace.inspector.findChild(TrainingPage)
    if isinstance(page, TrainingPage) and page.isVisible():
        return _in_form(page.form, name)
    return _whole(window.workspace.canvas.view.viewport())


def _data(window: "MainWindow", name: str) -> Place | None:
    """A setting of the data or one of the data set's own; the data node, where a click on it leads there."""
    page = window.workspace.inspector.findChild(DataPage)
    if isinstance(page, DataPage) and page.isVisible():
        return _in_form(page.form, name) or _option(page, name)
    nodes = window.workspace.document.graph.nodes.values()
    return next((_node(window, node.name) for node in nodes if node.role is Role.SOURCE), None)


def _option(page: DataPage, name: str) -> Place | None:
    """An option of the data set that is chosen."""
    found = (_in_form(form, name) for form in page.findChildren(SliderForm))
    return next((place for place in found if place is not None), None)


BUTTONS: Final = ("train", "step", "stop", "rewind")
"""Of the bar at the top, which calls them so, too."""


def _button(window: "MainWindow", name: str) -> Place | None:
    return _whole(getattr(window.top_bar.run_bar, name)) if name in BUTTONS else None


_PARTS: Final = MappingProxyType(
    {
        "palette": attrgetter("palette_"),
        "inspector": attrgetter("workspace.inspector"),
        "canvas": attrgetter("workspace.canvas"),
        "curves": attrgetter("dock.curves"),
        "predictions": attrgetter("dock.predictions"),
        "inside": attrgetter("workspace.inside"),
        "search": attrgetter("top_bar.search"),
        "views": attrgetter("centre.switch"),
    }
)


def _part(window: "MainWindow", name: str) -> Place | None:
    return _whole(_PARTS[name](window)) if name in _PARTS else None


_FINDERS: Final[Mapping[str, "Callable[[MainWindow, str], Place | None]"]] = MappingProxyType(
    {
        "button": _button,
        "part": _part,
        "panel": _tab,
        "node": _node,
        "setting": _setting,
        "training": _training,
        "data": _data,
    }
)
KINDS: Final = tuple(_FINDERS)
"""What a name begins with, before a stroke and what is meant."""


def names_in(graph: ModelGraph) -> list[str]:
    """All that can be pointed at in a window with this project: what a teacher chooses from."""
    nodes = graph.nodes.values()
    known = (type(node.layer) for node in nodes if isinstance(node.layer, Layer))
    settings = {name for layer in known for name in layer.model_fields}
    by_kind: dict[str, Iterable[str]] = {
        "button": BUTTONS,
        "part": _PARTS,
        "panel": PANELS,
        "node": (node.name for node in nodes),
        "setting": sorted(settings),
        "training": TrainingSettings.model_fields,
        "data": DataSettings.model_fields,
    }
    return [f"{kind}/{name}" for kind, names in by_kind.items() for name in names]
