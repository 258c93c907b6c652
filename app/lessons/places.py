"""What a lesson can point at, by names that stay the same in every language: buttons, panels, nodes, settings."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QRect, QRectF
from PySide6.QtWidgets import QWidget

from app.data.options_panel import SliderForm
from app.inspector.form import ModelForm
from app.window import bottom_dock as dock
from app.window.settings_pages import DataPage, TrainingPage
from engine.layers.base import Role

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
    seen = part & widget.visibleRegion().boundingRect() if widget.isVisible() else QRect()
    return None if seen.isEmpty() else (widget, seen)


def _whole(widget: QWidget | None) -> Place | None:
    return (widget, widget.rect()) if widget is not None else None


def _tab(window: "MainWindow", name: str) -> Place | None:
    index = PANELS.get(name)
    tabs = window.dock.tabs
    return (tabs, tabs.tabRect(index)) if index is not None and tabs.isTabVisible(index) else None


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


def _button(window: "MainWindow", name: str) -> Place | None:
    bar = window.top_bar.run_bar
    return _whole({"train": bar.train, "step": bar.step, "stop": bar.stop, "rewind": bar.rewind}.get(name))


def _part(window: "MainWindow", name: str) -> Place | None:
    parts: dict[str, QWidget] = {
        "palette": window.palette_,
        "inspector": window.workspace.inspector,
        "canvas": window.workspace.canvas,
        "curves": window.dock.curves,
        "predictions": window.dock.predictions,
        "inside": window.workspace.inside,
        "search": window.top_bar.search,
        "views": window.centre.switch,
    }
    return _whole(parts.get(name))


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
