"""The canvas and the controls look as they did when somebody last looked, dark and light, on plain and fine screens."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QApplication

from app.theme import Theme, ThemeMode
from tests.app.looks.compare import difference
from tests.app.looks.scenes import PICTURES, SCENES, picture_path

MOST_BYTES = 1_000_000  # of all references

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="other systems rasterize the bundled fonts with libraries of their own"
)


@pytest.mark.parametrize(("name", "mode", "scale"), PICTURES)
def test_it_looks_as_it_did(
    name: str, mode: ThemeMode, scale: int, qapp: QApplication, tmp_path: Path
) -> None:
    theme = Theme(mode, reduced_motion=True)
    theme.apply(qapp)
    drawn = SCENES[name](theme, scale)
    path = picture_path(name, mode, scale)
    found = difference(drawn, QImage(str(path)), scale)
    if not found.looks_alike:
        drawn.save(str(tmp_path / path.name))
    assert found.looks_alike, (
        f"{found}; compare {tmp_path / path.name} with {path}; "
        "python -m tests.app.looks.scenes draws all references anew"
    )


def _reference() -> QImage:
    return QImage(str(picture_path("canvas", "dark", 1))).convertToFormat(QImage.Format.Format_RGB32)


def _shifted(image: QImage) -> QImage:
    """Two units to the right."""
    moved = QImage(image)
    painter = QPainter(moved)
    painter.drawImage(2, 0, image)
    painter.end()
    return moved


def _patched(color: str) -> Callable[[QImage], QImage]:
    def paint(image: QImage) -> QImage:
        patched = QImage(image)
        painter = QPainter(patched)
        painter.fillRect(300, 140, 110, 75, QColor(color))  # a node
        painter.end()
        return patched

    return paint


def _brighter(image: QImage) -> QImage:
    """A ground of another shade."""
    other = QImage(image)
    painter = QPainter(other)
    painter.fillRect(other.rect(), QColor(255, 255, 255, 6))
    painter.end()
    return other


@pytest.mark.parametrize("change", [_shifted, _patched("#12161b"), _brighter])
def test_what_people_would_see_is_noticed(change: Callable[[QImage], QImage]) -> None:
    reference = _reference()
    assert difference(reference, reference).looks_alike
    assert not difference(reference, change(reference)).looks_alike


def test_what_people_would_not_see_is_not(theme: Theme) -> None:
    reference = _reference()
    softer = reference.scaled(reference.size() * 2).scaled(reference.size())
    assert difference(reference, softer).looks_alike
    with pytest.raises(ValueError, match="one size"):
        difference(reference, reference.scaled(10, 10))


def test_the_references_are_small() -> None:
    assert sum(picture_path(*which).stat().st_size for which in PICTURES) < MOST_BYTES
