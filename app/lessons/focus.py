"""Teacher mode: the window shows only what a lesson needs, and without a lesson what beginners use."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.inspector.form import ModelForm
from app.lessons.places import PANELS, SIDES
from app.window.centre import View
from engine.layers.listing import listing
from engine.lessons.lesson import Lesson

if TYPE_CHECKING:
    from app.window.main_window import MainWindow

USUAL = ("palette", "inspector", "learning", "predictions", "problems")


@dataclass(frozen=True)
class Needed:
    """What is shown: names of panels, names of layers in the palette (`None`: all), rarely changed settings."""

    panels: frozenset[str]
    layers: frozenset[str] | None = None
    settings: frozenset[str] = frozenset()

    @classmethod
    def by(cls, lesson: Lesson | None) -> "Needed":
        """What a lesson needs, or beginners without one."""
        common = frozenset(layer.name for layer in listing() if layer.common)
        if lesson is None:
            return cls(frozenset(USUAL), common)
        panels = frozenset(lesson.panels or USUAL)
        return cls(panels, frozenset(lesson.layers) or common, frozenset(lesson.settings))


EVERYTHING = Needed(frozenset((*SIDES, *PANELS)))


def show_needed(window: "MainWindow", needed: Needed) -> None:
    """Hide and show panels, layers and rarely used settings of the project in front."""
    left, right, below = window.sides()
    left.setVisible("palette" in needed.panels or window.centre.view is View.DATA)
    right.setVisible("inspector" in needed.panels or window.centre.view is View.DATA)
    pages = needed.panels & PANELS.keys()
    below.setVisible(bool(pages))
    whole = needed is EVERYTHING
    window.dock.limit(None if whole else _indexes(pages))
    window.palette_.limit(needed.layers)
    for form in window.workspace.inspector.findChildren(ModelForm):
        form.set_plain(not whole, needed.settings)


def _indexes(pages: Collection[str]) -> frozenset[int]:
    return frozenset(PANELS[page] for page in pages)
