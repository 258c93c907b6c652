"""Shows pages of the reference in the colours of the theme."""

from string import Template
from typing import Final

from PySide6.QtCore import QByteArray, QSize, Qt, QUrl
from PySide6.QtGui import QImage, QPainter, QTextDocument
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QTextBrowser, QWidget
from typing_extensions import override

from app.theme import SPACE, FontRole, Theme
from engine.reference.library import INDEX, Library
from engine.reference.pictures.svg import Ink

_SCHEME: Final = "reference:/"
_ROLES: Final = {
    Ink.TEXT: "text",
    Ink.DIM: "dim",
    Ink.LINE: "line",
    Ink.FIRST: "accent",
    Ink.SECOND: "validation",
}
_STYLE: Final = Template("""
body { color: $text; }
h1 { font-size: 18px; font-weight: 600; margin: 4px 0 2px 0; }
h2 { font-size: 14px; font-weight: 600; margin: 18px 0 4px 0; }
h3 { font-size: 12px; font-weight: 600; color: $dim; margin: 12px 0 2px 0; }
p { margin: 4px 0 6px 0; }
p.summary { font-weight: 600; }
.dim { color: $dim; }
p.formula { font-family: "$mono"; background-color: $raised; margin: 8px 0 8px 0; }
code { font-family: "$mono"; color: $dim; }
a { color: $accent_text; text-decoration: none; }
table { border-collapse: collapse; margin: 4px 0 8px 0; }
th { color: $dim; font-weight: 600; border-bottom: 1px solid $line; }
td { border-bottom: 1px solid $line; }
""")


class PageView(QTextBrowser):
    """A browser for the pages of a library; knows its way back and forward."""

    def __init__(self, theme: Theme, library: Library, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._library = library
        self.setOpenExternalLinks(False)
        self.setFrameShape(QTextBrowser.Shape.NoFrame)
        self.setAccessibleName(self.tr("Reference page"))
        self.document().setDocumentMargin(3 * SPACE)
        theme.changed.connect(self._on_theme_changed)
        self._dress()

    def open(self, address: str) -> bool:
        """Shows a page (`layers/Dense.html#units`); False if there is none."""
        if self._library.text(address.partition("#")[0]) is None:
            return False
        self.setSource(QUrl(_SCHEME + address))
        return True

    def address(self) -> str:
        """The page shown, with the place on it."""
        return self.source().toString().removeprefix(_SCHEME)

    @override
    def loadResource(self, kind: int, name: QUrl | str) -> object:
        url = self.source().resolved(QUrl(name))
        text = self._library.text(url.path().lstrip("/"))
        if text is None:
            return self.tr("<h1>There is no such page</h1>") if kind == _HTML else None
        return text if kind == _HTML else self._image(text)

    @override
    def sizeHint(self) -> QSize:
        return QSize(420, 600)

    def _image(self, svg: str) -> QImage:
        """A picture in the colours of the theme, at the resolution of the screen."""
        for ink, role in _ROLES.items():
            svg = svg.replace(f'"{ink}"', f'"{self._theme.color(role).name()}"')
        renderer = QSvgRenderer(QByteArray(svg.encode()))
        ratio = self.devicePixelRatioF()
        image = QImage(renderer.defaultSize() * ratio, QImage.Format.Format_ARGB32_Premultiplied)
        image.fill(Qt.GlobalColor.transparent)
        painter = QPainter(image)
        renderer.render(painter)
        painter.end()
        image.setDevicePixelRatio(ratio)
        return image

    def _dress(self) -> None:
        tokens = self._theme.tokens
        colors = {slot: getattr(tokens, slot) for slot in tokens.__slots__}
        mono = self._theme.font(FontRole.MONO).families()[0]
        self.document().setDefaultFont(self._theme.font(FontRole.BODY))
        self.document().setDefaultStyleSheet(_STYLE.substitute(colors, mono=mono))
        self.setStyleSheet(f"QTextBrowser {{ background: {tokens.panel}; border: none; padding: 0; }}")

    def _on_theme_changed(self) -> None:
        self._dress()
        if self.address():
            place = self.verticalScrollBar().value()
            self.reload()
            self.verticalScrollBar().setValue(place)


_HTML: Final = int(QTextDocument.ResourceType.HtmlResource.value)
START: Final = INDEX
"""The page that leads to all others."""
