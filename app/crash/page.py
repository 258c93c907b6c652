"""The page about a fault: what it means for the user's work, and the report to read, copy and keep."""

from PySide6.QtCore import QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from app.canvas.announce import announce
from app.crash.report import Report
from app.theme import SPACE, FontRole, Theme
from app.widgets import Button, TextLabel

_SAID_FOR_MS = 2_000


class CrashPage(QDialog):
    """Shows one report after the other; it holds nothing up, and closing it goes on with the work."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Something went wrong"))
        self._reports: list[Report] = []
        self.heading = TextLabel(theme, role=FontRole.TITLE, wrap=True)
        self.sentence = TextLabel(theme, wrap=True)
        private = self.tr(
            "Nothing is sent anywhere. To have it mended, copy the report and pass it on; it holds no data of yours."
        )
        self._private = TextLabel(theme, private, tone="dim", wrap=True)
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setTabChangesFocus(True)
        self.text.setFont(theme.font(FontRole.MONO_SMALL))
        self.text.setAccessibleName(self.tr("Report"))
        self.copy = Button(theme, self.tr("Copy the report"), kind="primary")
        self.go_on = Button(theme, self.tr("Go on"))
        self.copy.clicked.connect(self._on_copy_clicked)
        self.go_on.clicked.connect(self.accept)
        self._lay_out()

    def show_fault(self, report: Report) -> None:
        """A fault of ours, while the window runs; several are gathered on the page."""
        if not self.isVisible():
            self._reports.clear()
        self._reports.append(report)
        self._show(
            self.tr("Something went wrong in Layerloom"),
            self.tr(
                "Your projects are still open, each with a recovery file. You can go on, or save and start again."
            ),
        )

    def show_details(self, sentence: str, detail: str) -> None:
        """What is known of something that was said in one sentence."""
        self._reports = [Report(sentence, detail)]
        self._show(self.tr("What is known about it"), sentence)

    def show_last_words(self, words: str) -> None:
        """Layerloom ended by itself last time."""
        self._reports = [Report(self.tr("Layerloom ended unexpectedly last time"), words)]
        self._show(
            self.tr("Layerloom ended unexpectedly last time"),
            self.tr("What was not saved is restored from the recovery files."),
        )

    def report(self) -> str:
        """The text that is shown and copied."""
        return "\n".join(report.text() for report in self._reports)

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        for button in (self.go_on, self.copy):
            button.setAutoDefault(False)
            buttons.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(5 * SPACE, 5 * SPACE, 5 * SPACE, 4 * SPACE)
        column.setSpacing(3 * SPACE)
        for part in (self.heading, self.sentence):
            column.addWidget(part)
        column.addWidget(self.text, 1)
        column.addWidget(self._private)
        column.addLayout(buttons)
        self.resize(680, 480)

    def _show(self, heading: str, sentence: str) -> None:
        self.heading.setText(heading)
        self.sentence.setText(sentence)
        self.text.setPlainText(self.report())
        self.show()
        self.activateWindow()
        self.copy.setFocus()
        announce(self, f"{heading}. {sentence}")

    def _on_copy_clicked(self) -> None:
        QGuiApplication.clipboard().setText(self.report())
        self.copy.setText(self.tr("Copied"))
        announce(self.copy, self.tr("Copied"))
        QTimer.singleShot(_SAID_FOR_MS, self.copy, lambda: self.copy.setText(self.tr("Copy the report")))
