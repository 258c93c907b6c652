"""The theme object: which colours and fonts are in force, and the signal that they changed.

One `Theme` is made at start and handed to every view by its constructor; nothing finds it by itself.
"""

from typing import Final, Literal

from PySide6.QtCore import QEvent, QObject, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFont, QGuiApplication, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QComboBox, QLineEdit, QWidget

from app.theme.fonts import FontRole, load_bundled_fonts, make_font
from app.theme.icons import IconSet
from app.theme.metrics import Motion, system_reduces_motion
from app.theme.pace import Pace
from app.theme.palette import make_palette, make_style_sheet
from app.theme.tokens import DARK, LIGHT, Tokens

ThemeMode = Literal["dark", "light", "system"]
_BOXES: Final = (QAbstractSpinBox, QComboBox)


class Theme(QObject):
    """Colours, fonts, icons and durations in force, and the pace at which live pictures take turns.

    `changed` is emitted after `tokens` has got another value; views repaint on it.
    """

    changed = Signal()

    def __init__(
        self, mode: ThemeMode = "system", *, reduced_motion: bool | None = None, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._app: QApplication | None = None
        self._icons = IconSet()
        self._fonts: dict[FontRole, QFont] = {}
        self._text_scale = 1.0
        self._mode: ThemeMode = mode
        self._tokens = DARK if mode == "dark" else LIGHT if mode == "light" else self._system_tokens()
        self.pace = Pace()
        self.motion = Motion.of(reduced=system_reduces_motion() if reduced_motion is None else reduced_motion)

    @property
    def tokens(self) -> Tokens:
        """The colours in force."""
        return self._tokens

    @property
    def is_dark(self) -> bool:
        """Whether the colours in force are the dark ones."""
        return self._tokens is DARK

    @property
    def mode(self) -> ThemeMode:
        """What was asked for; with "system", `tokens` follow the desktop."""
        return self._mode

    def apply(self, app: QApplication) -> None:
        """Loads the fonts and dresses `app` (Fusion, palette, style sheet, font), now and on changes."""
        self._app = app
        load_bundled_fonts()
        app.setStyle("Fusion")
        app.setFont(self.font(FontRole.BODY))
        app.styleHints().colorSchemeChanged.connect(self._on_desktop_scheme_changed)
        self._dress()

    def set_mode(self, mode: ThemeMode) -> None:
        """Chooses dark, light, or what the desktop says."""
        self._mode = mode
        self._take(DARK if mode == "dark" else LIGHT if mode == "light" else self._system_tokens())

    def set_reduced_motion(self, reduced: bool) -> None:
        """Switches all movement off or on."""
        self.motion = Motion.of(reduced=reduced)

    def color(self, role: str, alpha: float = 1.0) -> QColor:
        """The colour of a role or layer category at opacity `alpha` (0 to 1); else raises `KeyError`."""
        color = QColor(self._tokens.role(role))
        color.setAlphaF(alpha)
        return color

    def font(self, role: FontRole) -> QFont:
        """The font of a role (a copy, free to change)."""
        if role not in self._fonts:
            self._fonts[role] = make_font(role, self._text_scale)
        return QFont(self._fonts[role])

    @property
    def text_scale(self) -> float:
        """How many times as large as usual all text is, but for that on the canvas, which is zoomed."""
        return self._text_scale

    def set_text_scale(self, scale: float) -> None:
        """Makes all text larger or smaller, that of widgets that are there already, too."""
        ratio = scale / self._text_scale
        if ratio == 1.0 or self._app is None:
            return
        self._text_scale = scale
        self._fonts.clear()
        own = [(widget, widget.font()) for widget in self._app.allWidgets() if _has_own_font(widget)]
        own.sort(key=lambda pair: isinstance(pair[0], QLineEdit))  # a dressed field loses its size to its box
        self._app.setFont(self.font(FontRole.BODY))
        for widget, font in own:  # as they were before any was changed: some take theirs from another
            font.setPointSizeF(font.pointSizeF() * ratio)
            widget.setFont(font)
        self.changed.emit()
        for widget in self._app.allWidgets():  # those that paint text themselves have another size now
            QApplication.sendEvent(widget, QEvent(QEvent.Type.FontChange))
            widget.updateGeometry()

    def icon(self, name: str, role: str = "text", size: int = 16, gap: int = 0) -> QIcon:
        """Icon `name` in the colour of `role`, with a `gap` to what stands behind it; ask again after `changed`."""
        return self._icons.icon(name, self._tokens.role(role), self._tokens.faint, size, gap)

    def icon_pixmap(self, name: str, role: str = "text", size: int = 16, ratio: float = 1.0) -> QPixmap:
        """Icon `name` as a pixmap of `size` device-independent pixels for a screen of pixel ratio `ratio`."""
        return self._icons.pixmap(name, self._tokens.role(role), size, ratio)

    def paint_icon(self, painter: QPainter, rect: QRectF, name: str, role: str = "text") -> None:
        """Paints icon `name` in the colour of `role` into `rect`, as vectors."""
        self._icons.paint(painter, rect, name, self._tokens.role(role))

    def _take(self, tokens: Tokens) -> None:
        if tokens is not self._tokens:
            self._tokens = tokens
            self._dress()
            self.changed.emit()

    def _dress(self) -> None:
        if self._app is not None:
            self._app.setPalette(make_palette(self._tokens))
            self._app.setStyleSheet(make_style_sheet(self._tokens))

    def _on_desktop_scheme_changed(self) -> None:
        if self._mode == "system":
            self._take(self._system_tokens())

    def _system_tokens(self) -> Tokens:
        scheme = QGuiApplication.styleHints().colorScheme()
        return LIGHT if scheme is Qt.ColorScheme.Light else DARK


def _has_own_font(widget: QWidget) -> bool:
    """Whether a widget keeps its font when those around it change, as spin boxes and their fields do once dressed."""
    inside = isinstance(widget, QLineEdit) and isinstance(widget.parentWidget(), _BOXES)
    return inside or isinstance(widget, _BOXES) or widget.testAttribute(Qt.WidgetAttribute.WA_SetFont)
