"""Icons: small line drawings that take the colour of the theme.

Each is an SVG of 16 by 16 in `resources/icons/` drawn in `currentColor`; here it gets the colour of a role
and is rasterized at the resolution of the screen it is for.
"""

from pathlib import Path
from typing import Final

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

ICON_FOLDER: Final = Path(__file__).resolve().parents[2] / "resources" / "icons"

_RESOLUTIONS: Final = (1.0, 2.0, 3.0)


def icon_names(folder: Path = ICON_FOLDER) -> list[str]:
    """Names of the icons in `folder`, sorted."""
    return sorted(file.stem for file in folder.glob("*.svg"))


class IconSet:
    """The icons of a folder, parsed once per colour."""

    def __init__(self, folder: Path = ICON_FOLDER) -> None:
        self._folder = folder
        self._sources: dict[str, str] = {}
        self._renderers: dict[tuple[str, str], QSvgRenderer] = {}
        self._icons: dict[tuple[str, str, str, int, int], QIcon] = {}

    def paint(self, painter: QPainter, rect: QRectF, name: str, color: str) -> None:
        """Paints icon `name` in `color` (`#rrggbb`) into `rect` as vectors, sharp at any zoom.

        Raises `KeyError` for an unknown name.
        """
        self._renderer(name, color).render(painter, rect)

    def pixmap(self, name: str, color: str, size: int = 16, ratio: float = 1.0, gap: int = 0) -> QPixmap:
        """Icon `name` in `color`: `size` device-independent pixels at device pixel ratio `ratio`, a `gap` behind it."""
        renderer = self._renderer(name, color)
        side = round(size * ratio)
        pixmap = QPixmap(QSize(side + round(gap * ratio), side))
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        renderer.render(painter, QRectF(0, 0, side, side))
        painter.end()
        pixmap.setDevicePixelRatio(ratio)
        return pixmap

    def icon(self, name: str, color: str, disabled: str, size: int = 16, gap: int = 0) -> QIcon:
        """A QIcon for buttons and actions, `color` when enabled, else `disabled`, up to 3x screens; drawn once."""
        key = (name, color, disabled, size, gap)
        if key not in self._icons:
            self._icons[key] = self._drawn(*key)
        return QIcon(self._icons[key])

    def _drawn(self, name: str, color: str, disabled: str, size: int, gap: int) -> QIcon:
        icon = QIcon()
        for ratio in _RESOLUTIONS:
            icon.addPixmap(self.pixmap(name, color, size, ratio, gap), QIcon.Mode.Normal)
            icon.addPixmap(self.pixmap(name, disabled, size, ratio, gap), QIcon.Mode.Disabled)
        return icon

    def _renderer(self, name: str, color: str) -> QSvgRenderer:
        key = (name, color)
        if key not in self._renderers:
            svg = self._source(name).replace("currentColor", color)
            self._renderers[key] = QSvgRenderer(QByteArray(svg.encode()))
        return self._renderers[key]

    def _source(self, name: str) -> str:
        if name not in self._sources:
            file = self._folder / f"{name}.svg"
            if not file.is_file():
                raise KeyError(f"An icon is named by its file in resources/icons. Received: {name!r}.")
            self._sources[name] = file.read_text(encoding="utf-8")
        return self._sources[name]
