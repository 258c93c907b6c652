"""The proof of an exported file as lines: who read it, and how far its predictions are from ours."""

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QGridLayout, QWidget

from app.i18n import said
from app.theme import SPACE, FontRole, Theme
from app.widgets import TextLabel, Tone
from engine.models.proof import OURSELVES, Proof, Verdict


class Verdicts(QWidget):
    """A line for each reader."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.lines: list[TextLabel] = []
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(4 * SPACE)
        self._grid.setVerticalSpacing(SPACE)
        self._grid.setColumnStretch(1, 1)
        self.setAccessibleName(_tr("Proof"))

    def show_proof(self, proof: Proof) -> None:
        """Show other verdicts."""
        for label in self.findChildren(TextLabel):
            self._grid.removeWidget(label)
            label.hide()  # it is deleted later, and the new ones stand in its place until then
            label.deleteLater()
        self.lines = []
        for row, verdict in enumerate(proof.verdicts):
            who = verdict.judge if verdict.judge != OURSELVES else _tr("Layerloom, read again")
            line = TextLabel(self._theme, sentence_of(verdict), tone=_tone(verdict), wrap=True)
            line.setAccessibleName(who)
            self._grid.addWidget(TextLabel(self._theme, who, role=FontRole.STRONG), row, 0)
            self._grid.addWidget(line, row, 1)
            self.lines.append(line)
        about = (
            _tr("On %n rows of the data", "", proof.rows)
            if proof.own
            else _tr("On %n random examples", "", proof.rows)
        )
        self._grid.addWidget(
            TextLabel(self._theme, about, role=FontRole.SMALL, tone="dim"), len(proof.verdicts), 1
        )
        self.setAccessibleDescription(" ".join(line.text() for line in self.lines))


def sentence_of(verdict: Verdict) -> str:
    """A verdict in words."""
    if verdict.missing:
        return said(verdict.sentence)
    if verdict.difference is None:
        return said(verdict.sentence)
    words = _tr("The same predictions") if verdict.same else _tr("Other predictions")
    number = f"{verdict.difference:.1e}" if verdict.difference else "0"
    return f"{words} \N{MIDDLE DOT} {_tr('largest difference {number}').format(number=number)}"


def _tone(verdict: Verdict) -> Tone:
    if verdict.missing:
        return "dim"
    return "good" if verdict.same else "bad"


def _tr(text: str, comment: str = "", count: int = -1) -> str:
    return QCoreApplication.translate("Verdicts", text, comment, count)
