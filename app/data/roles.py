"""The roles of columns as people see them: words, a key and a colour for each, and the chip that shows one.

The table's header and the list of columns show the same chip, so that a role looks the same wherever it is met.
"""

from dataclasses import dataclass
from typing import Final, get_args

from PySide6.QtCore import QCoreApplication, QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPen

from app.theme import SPACE, FontRole, Theme
from engine.data.recipe.settings import Role

CHIP_HEIGHT: Final = 22.0
AUTO: Final = "auto"

_COLORS: Final = {
    "auto": "dim",
    "input": "accent",
    "target": "loss",
    "weight": "normalization",
    "group": "convolution",
    "time": "pooling",
    "split": "merge",
    "ignore": "faint",
}
_KEYS: Final = {
    "auto": Qt.Key.Key_A,
    "input": Qt.Key.Key_I,
    "target": Qt.Key.Key_T,
    "weight": Qt.Key.Key_W,
    "group": Qt.Key.Key_G,
    "time": Qt.Key.Key_M,
    "split": Qt.Key.Key_S,
    "ignore": Qt.Key.Key_X,
}


@dataclass(frozen=True)
class RoleWords:
    """What is said of a role.

    Attributes:
        role: as in the recipe.
        title: one word.
        about: what the network does with such a column.
        key: gives selected columns the role.
    """

    role: Role
    title: str
    about: str
    key: Qt.Key


def role_words() -> tuple[RoleWords, ...]:
    """All roles in the order of the recipe, in the language of the window."""
    said = {
        "auto": (_tr("auto"), _tr("guessed from the data, with a reason")),
        "input": (_tr("input"), _tr("the network sees it")),
        "target": (_tr("target"), _tr("the network learns to say it")),
        "weight": (_tr("weight"), _tr("how much each row counts")),
        "group": (_tr("group"), _tr("rows of one group stay in one part")),
        "time": (_tr("time"), _tr("the order of the rows")),
        "split": (_tr("split"), _tr("says which part a row belongs to")),
        "ignore": (_tr("ignore"), _tr("left out")),
    }
    roles: tuple[Role, ...] = get_args(Role)
    return tuple(RoleWords(role, *said[role], _KEYS[role]) for role in roles)


def role_title(role: str) -> str:
    """The word for a role; an unknown one stands for itself."""
    return next((words.title for words in role_words() if words.role == role), role)


def role_color(role: str) -> str:
    """The colour of the theme that marks a role."""
    return _COLORS.get(role, "dim")


def chip_width(theme: Theme, role: str) -> float:
    """How wide the chip of a role is."""
    return QFontMetricsF(theme.font(FontRole.SMALL)).horizontalAdvance(role_title(role)) + 11 * SPACE


def paint_role_chip(
    painter: QPainter, theme: Theme, rect: QRectF, role: str, *, guessed: bool, lit: bool = False
) -> None:
    """Paints the chip of a role into `rect`: dashed with a ring where it was guessed, else solid with a dot.

    `lit`: the pointer is on it.
    """
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    color = theme.color(role_color(role))
    inner = rect.adjusted(0.75, 0.75, -0.75, -0.75)
    line = QPen(theme.color("dim") if guessed else color, 1.0 if guessed else 1.5)
    if guessed:
        line.setDashPattern([3, 3])
    painter.setPen(line)
    painter.setBrush(theme.color("hover" if lit else "raised"))
    painter.drawRoundedRect(inner, inner.height() / 2, inner.height() / 2)
    middle = rect.center().y()
    painter.setPen(QPen(color, 2) if guessed else Qt.PenStyle.NoPen)
    painter.setBrush(Qt.BrushStyle.NoBrush if guessed else color)
    radius = 3.0 if guessed else 4.0
    painter.drawEllipse(QPointF(rect.left() + 3 * SPACE, middle), radius, radius)
    painter.setPen(theme.color("dim" if guessed else "text"))
    painter.setFont(theme.font(FontRole.SMALL))
    text = rect.adjusted(5 * SPACE, 0, 0, 0)
    painter.drawText(text, Qt.AlignmentFlag.AlignVCenter, role_title(role))
    theme.paint_icon(painter, QRectF(rect.right() - 5 * SPACE + 2, middle - 4, 8, 8), "chevron-down", "dim")
    painter.restore()


def _tr(text: str) -> str:
    return QCoreApplication.translate("Roles", text)
