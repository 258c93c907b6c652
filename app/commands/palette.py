"""The command palette: type what you want done, Enter does it."""

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import (
    QModelIndex,
    QPersistentModelIndex,
    QRectF,
    QSettings,
    QSize,
    Qt,
)
from PySide6.QtGui import QFontMetricsF, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import isValid
from typing_extensions import override

from app.canvas.announce import announce
from app.commands.command import Command, rank_commands
from app.theme import RADIUS_CONTROL, SPACE, FontRole, Theme
from app.widgets.overlay import SearchOverlay
from app.widgets.painting import fill_rounded, outline_rounded

COMMAND_ROLE: Final = Qt.ItemDataRole.UserRole + 1
RECENT: Final = "commands/recent"
_REMEMBERED: Final = 12
_MOST: Final = 80
_ROW: Final = 34
_SIZE: Final = QSize(620, 440)
_STEPS: Final = {
    Qt.Key.Key_Down: 1,
    Qt.Key.Key_Up: -1,
    Qt.Key.Key_PageDown: 9,
    Qt.Key.Key_PageUp: -9,
}


class _Rows(QStyledItemDelegate):
    """Draws a command with its group and its key; what can't be done now is dim, with the reason."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme

    @override
    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(160, _ROW)

    @override
    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        theme, command = self._theme, index.data(COMMAND_ROLE)
        box = QRectF(option.rect).adjusted(0.5, 1, -0.5, -1)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        if selected or option.state & QStyle.StateFlag.State_MouseOver:
            fill_rounded(painter, box, theme.color("hover"), RADIUS_CONTROL)
        if selected:
            outline_rounded(painter, box, theme.color("accent"), RADIUS_CONTROL, 1.5)
        inner = box.adjusted(3 * SPACE, 0, -3 * SPACE, 0)
        if isinstance(command, Command):
            self._paint_command(painter, inner, command)
        else:
            self._write(painter, inner, str(index.data()), FontRole.BODY, "dim")
        painter.restore()

    def _paint_command(self, painter: QPainter, room: QRectF, command: Command) -> None:
        right = Qt.AlignmentFlag.AlignRight
        if command.keys:
            used = self._write(painter, room, command.keys, FontRole.MONO_SMALL, "dim", right)
            room = room.adjusted(0, 0, -used - 4 * SPACE, 0)
        note = command.why_not or command.group
        used = self._write(painter, room, note, FontRole.SMALL, "dim", right)
        room = room.adjusted(0, 0, -used - 4 * SPACE, 0)
        self._write(painter, room, command.title, FontRole.BODY, "dim" if command.why_not else "text")

    def _write(
        self,
        painter: QPainter,
        room: QRectF,
        text: str,
        role: FontRole,
        tone: str,
        side: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft,
    ) -> float:
        """Writes a line and says how wide it is."""
        font = self._theme.font(role)
        metrics = QFontMetricsF(font)
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, room.width())
        painter.setFont(font)
        painter.setPen(self._theme.color(tone))
        painter.drawText(room, side | Qt.AlignmentFlag.AlignVCenter, shown)
        return metrics.horizontalAdvance(shown)


class CommandPalette(SearchOverlay):
    """A search over commands on top of its parent. Escape and a click elsewhere close it."""

    def __init__(self, theme: Theme, remembered: QSettings | None, parent: QWidget) -> None:
        super().__init__(theme, parent, self.tr("What do you want to do?"))
        self._remembered = remembered
        self._commands: Sequence[Command] = ()
        self._before: QWidget | None = None
        self.hide()
        self.list = QListWidget()
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setAccessibleName(self.tr("Commands"))
        self.list.setMouseTracking(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._rows = _Rows(theme)
        self.list.setItemDelegate(self._rows)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * SPACE, 2 * SPACE, 2 * SPACE, 2 * SPACE)
        column.setSpacing(2 * SPACE)
        column.addWidget(self.search)
        column.addWidget(self.list, 1)
        self.setAccessibleName(self.tr("Commands"))
        self.search.textChanged.connect(self._show)
        self.search.returnPressed.connect(self._run_current)
        self.list.itemClicked.connect(self._run_current)

    def open(self, commands: Sequence[Command], before: QWidget | None = None) -> None:
        """Open with these commands; `before` gets the keyboard back when nothing is run."""
        self._commands, self._before = commands, before
        room = self._parent.rect()
        self.resize(_SIZE.boundedTo(room.size() - QSize(8 * SPACE, 24 * SPACE)))
        self.move((room.width() - self.width()) // 2, 14 * SPACE)
        self.search.clear()
        self._show("")
        self.show()
        self.raise_()
        self.search.setFocus()

    def recent(self) -> list[str]:
        """Names of the commands used last, the last one first."""
        kept = self._remembered.value(RECENT) if self._remembered is not None else None
        return (
            [kept] if isinstance(kept, str) else [str(name) for name in kept or ()]
        )  # one is kept as no list

    def current(self) -> Command | None:
        """The command that Enter would run."""
        found = self.list.currentIndex().data(COMMAND_ROLE)
        return found if isinstance(found, Command) else None

    @override
    def leave(self) -> None:
        """Close and give the keyboard back."""
        before, self._before = self._before, None
        self.hide()
        if before is not None and isValid(before):
            before.setFocus()

    @override
    def takes_key(self, event: QKeyEvent) -> bool:
        if event.key() not in _STEPS:
            return False
        self._step(_STEPS[Qt.Key(event.key())])
        return True

    def _step(self, step: int) -> None:
        row = min(max(self.list.currentRow() + step, 0), self.list.count() - 1)
        self.list.setCurrentRow(row)
        command = self.current()
        if command is not None:
            announce(self.search, _said(command))

    def _show(self, text: str) -> None:
        self.list.clear()
        for command in rank_commands(text, self._commands, self.recent())[:_MOST]:
            item = QListWidgetItem(_said(command))  # for screen readers; _Rows paints it
            item.setData(COMMAND_ROLE, command)
            item.setToolTip(command.summary)
            self.list.addItem(item)
        if not self.list.count():
            nothing = QListWidgetItem(self.tr("Nothing is called so."))
            nothing.setFlags(Qt.ItemFlag.NoItemFlags)
            self.list.addItem(nothing)
        self.list.setCurrentRow(0)

    def _run_current(self) -> None:
        command = self.current()
        if command is None or command.why_not:
            if command is not None:
                announce(self.search, command.why_not)
            return
        self._note(command.name)
        self.leave()
        command.run()

    def _note(self, name: str) -> None:
        if self._remembered is not None:
            others = [each for each in self.recent() if each != name]
            self._remembered.setValue(RECENT, [name, *others][:_REMEMBERED])


def _said(command: Command) -> str:
    return ", ".join(part for part in (command.title, command.group, command.keys, command.why_not) if part)
