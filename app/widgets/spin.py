"""The box of a field whose value is typed or stepped: commits on Enter, on leaving, on arrows, never before.

Qt's own spin boxes know no scientific notation, no pairs, and change while one scrolls past; this one leaves
reading, writing and stepping to a codec and does only the interaction.
"""

from PySide6.QtCore import QEvent, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QPaintEvent, QValidator, QWheelEvent
from PySide6.QtWidgets import QAbstractSpinBox, QSizePolicy, QStyle, QStyleOptionSpinBox, QWidget
from typing_extensions import override

from app.theme import CONTROL_HEIGHT, SPACE, FontRole, Theme
from app.widgets.codecs import Codec, ValueRefused
from app.widgets.painting import paint_control, smooth_painter

_Standard = QKeySequence.StandardKey


class CommitSpin(QAbstractSpinBox):
    """A spin box over any `Codec`.

    `committed` carries a new value that the codec accepted; `refused` carries the sentence why it did not, or
    an empty string once the text is in order again.
    """

    committed = Signal(object)
    refused = Signal(str)

    def __init__(self, theme: Theme, codec: Codec, value: object, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._codec = codec
        self._value = value
        self._faulty = False
        self.setFrame(False)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCorrectionMode(QAbstractSpinBox.CorrectionMode.CorrectToPreviousValue)
        self.setFont(theme.font(FontRole.MONO))
        self._bare_line_edit()
        self.lineEdit().setText(codec.format(value))
        self.editingFinished.connect(self._on_editing_finished)
        theme.changed.connect(self.update)

    def value(self) -> object:
        """The value last committed or set."""
        return self._value

    def set_value(self, value: object) -> None:
        """Shows another value without saying so."""
        self._value = value
        self.lineEdit().setText(self._codec.format(value))

    def set_codec(self, codec: Codec) -> None:
        """Reads and steps its text in another way from now on."""
        self._codec = codec

    def set_faulty(self, faulty: bool) -> None:
        """Draws the box as one that holds an error."""
        self._faulty = faulty
        self.update()

    @override
    def sizeHint(self) -> QSize:
        return QSize(118, CONTROL_HEIGHT)

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(64, CONTROL_HEIGHT)

    @override
    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        return QValidator.State.Acceptable, text, position

    @override
    def stepEnabled(self) -> QAbstractSpinBox.StepEnabledFlag:
        if self.isReadOnly():
            return QAbstractSpinBox.StepEnabledFlag.StepNone
        return (
            QAbstractSpinBox.StepEnabledFlag.StepUpEnabled | QAbstractSpinBox.StepEnabledFlag.StepDownEnabled
        )

    @override
    def stepBy(self, steps: int) -> None:
        try:
            start = self._codec.parse(self.text())
        except ValueRefused:
            start = self._value
        self._commit(self._codec.step(start, steps))
        self.lineEdit().selectAll()

    @override
    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()  # the panel scrolls: a setting must not change because it passes under the pointer

    @override
    def event(self, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride:
            is_undo = event.matches(_Standard.Undo) or event.matches(_Standard.Redo)
            if is_undo and self.text() == self._codec.format(self._value):
                event.ignore()  # nothing is half typed, so the key is about the last change, not about this text
                return False
        return super().event(event)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.text() != self._codec.format(self._value):
            self.set_value(self._value)
            self.refused.emit("")
        else:
            super().keyPressEvent(event)

    @override
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        self.update()

    def _bare_line_edit(self) -> None:
        # The box is painted by paintEvent, around and under the line edit; a rule for line edits inside spin
        # boxes in the application's style sheet does not match them.
        self.lineEdit().setStyleSheet("background: transparent; border: none; padding: 0;")
        self.lineEdit().setTextMargins(2 * SPACE, 0, 0, 0)

    def _on_editing_finished(self) -> None:
        try:
            value = self._codec.parse(self.text())
        except ValueRefused as refusal:
            self.refused.emit(str(refusal))
        else:
            self._commit(value)

    def _commit(self, value: object) -> None:
        changed = value != self._value
        self.set_value(value)
        self.refused.emit("")
        if changed:
            self.committed.emit(value)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = smooth_painter(self)
        paint_control(painter, self._theme, self, faulty=self._faulty)
        role = "dim" if self.isEnabled() else "faint"
        for control, icon in (
            (QStyle.SubControl.SC_SpinBoxUp, "chevron-up"),
            (QStyle.SubControl.SC_SpinBoxDown, "chevron-down"),
        ):
            middle = self._arrow_rect(control).center()
            self._theme.paint_icon(painter, QRectF(middle.x() - 6, middle.y() - 3.5, 8, 8), icon, role)

    def _arrow_rect(self, control: QStyle.SubControl) -> QRect:
        option = QStyleOptionSpinBox()
        self.initStyleOption(option)
        return self.style().subControlRect(QStyle.ComplexControl.CC_SpinBox, option, control, self)
