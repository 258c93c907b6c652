"""Push buttons and icon buttons whose icons follow the theme."""

from typing import Final, Literal

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QPushButton, QStyle, QStyleOptionButton, QToolButton, QWidget
from typing_extensions import override

from app.theme import CONTROL_HEIGHT, SPACE, FontRole, Theme

_ICON: Final = 16
_GAP: Final = SPACE  # between icon and words, beside the four pixels that Qt leaves
_BESIDE_ICON: Final = 4
ButtonKind = Literal["plain", "primary", "quiet", "toggle"]

_ICON_ROLE: Final[dict[ButtonKind, str]] = {
    "plain": "text",
    "primary": "on_accent",
    "quiet": "dim",
    "toggle": "dim",
}


class Button(QPushButton):
    """A push button: `primary` for the one thing to do now, `quiet` for what steps back, `plain` between.

    `toggle` is a small checkable one.
    """

    def __init__(
        self,
        theme: Theme,
        text: str,
        *,
        icon: str | None = None,
        kind: ButtonKind = "plain",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(text, parent)
        self._theme = theme
        self._icon_name = icon
        self._kind: ButtonKind = kind
        self.setProperty("kind", kind)
        self.setCheckable(kind == "toggle")
        self.setFont(theme.font(FontRole.SMALL if kind == "toggle" else FontRole.BODY))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._restyle()
        theme.changed.connect(self._restyle)

    def set_icon_name(self, name: str | None) -> None:
        """Shows another icon, or none."""
        self._icon_name = name
        self._restyle()

    def set_kind(self, kind: ButtonKind) -> None:
        """Makes it primary, plain or quiet."""
        if kind != self._kind:
            self._kind = kind
            self.setProperty("kind", kind)
            self.style().unpolish(self)
            self.style().polish(self)
            self._restyle()

    @override
    def setText(self, text: str) -> None:
        super().setText(text)
        self._restyle()  # an icon alone stands in the middle

    def width_with(self, text: str) -> int:
        """How wide it would be with this word beside its icon, whatever it shows now."""
        option = QStyleOptionButton()
        self.initStyleOption(option)
        option.text = text
        content = self.fontMetrics().size(Qt.TextFlag.TextShowMnemonic, text)
        if self._icon_name is not None:
            content += QSize(_ICON + (_GAP if text else 0) + _BESIDE_ICON, 0)
        kind = QStyle.ContentsType.CT_PushButton
        return self.style().sizeFromContents(kind, option, content, self).width()

    def _restyle(self) -> None:
        if self._icon_name is not None:
            gap = _GAP if self.text() else 0
            self.setIcon(self._theme.icon(self._icon_name, _ICON_ROLE[self._kind], gap=gap))
            self.setIconSize(QSize(_ICON + gap, _ICON))


class IconButton(QToolButton):
    """A button with nothing but an icon; `label` is its tooltip and its accessible name."""

    def __init__(
        self,
        theme: Theme,
        icon: str,
        label: str,
        *,
        role: str = "dim",
        size: int = 16,
        checkable: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._icon_name = icon
        self._role = role
        self.setCheckable(checkable)
        self.setIconSize(QSize(size, size))
        self.setFixedSize(min(CONTROL_HEIGHT, size + 12), min(CONTROL_HEIGHT, size + 12))
        self.setToolTip(label)
        self.setAccessibleName(label)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._restyle()
        theme.changed.connect(self._restyle)

    def set_icon_name(self, name: str) -> None:
        """Shows another icon."""
        self._icon_name = name
        self._restyle()

    def _restyle(self) -> None:
        self.setIcon(self._theme.icon(self._icon_name, self._role, self.iconSize().width()))
