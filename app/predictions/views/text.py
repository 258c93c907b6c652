"""What a network that guesses letters or words writes, live: on from a beginning, and anew when it is done."""

from collections import deque
from html import escape

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QLineEdit, QTextBrowser, QWidget
from typing_extensions import override

from app.predictions.view import PredictionView, Question, named
from app.theme import FontRole, Theme
from app.widgets import Bounds, CommitSpin, NumberCodec
from engine.training.predictions.spelling import continues, is_melody, spelled, tokens_of
from engine.training.reports import Pictured
from engine.training.watching.wish import Wish
from engine.training.watching.writing import BEGINNING, BEGUN_AT, NUMBER, TOKENS, Write

LENGTH = 300
KEPT = 6  # texts of before
WARMEST, WARMTH = 2.0, 0.8


class Text(PredictionView):
    """The text that is being written on top, those of before below it, each with the step that it is of."""

    def __init__(self, theme: Theme, question: Question, key: str) -> None:
        super().__init__(theme, question, key)
        self._names = question.answer.classes
        self._page = QTextBrowser()
        self._page.setAccessibleName(self.tr("Text that the network writes"))
        self._page.setPlaceholderText(self.tr("Press Train: what the network writes appears here."))
        self._page.setFont(theme.font(FontRole.MONO))
        self._beginning = QLineEdit()
        self._beginning.setPlaceholderText(self.tr("Beginning"))
        self._beginning.setAccessibleName(self.tr("Beginning of the text"))
        self._beginning.setToolTip(
            self.tr("The text goes on from here; without it, from some example of the data.")
        )
        self._beginning.editingFinished.connect(self._on_changed)
        self._warmth = temperature_box(theme)
        self._named_warmth = named(theme, self._warmth)
        self._warmth.committed.connect(self._on_changed)
        self._texts: deque[tuple[int, int, int, list[int]]] = deque(maxlen=KEPT)
        self._strange = ""
        self._wish = self._wished()
        theme.changed.connect(self._write)

    @staticmethod
    @override
    def title() -> str:
        return QCoreApplication.translate("Presenter", "What it writes")

    @staticmethod
    @override
    def rank(question: Question) -> int | None:
        suits = continues(question.bundle.spec, question.answer)
        return 10 if suits and not is_melody(question.answer.classes) else None

    @property
    @override
    def widget(self) -> QWidget:
        return self._page

    @override
    def controls(self) -> tuple[QWidget, ...]:
        return (self._beginning, self._named_warmth)

    def _wished(self) -> Write:
        tokens, self._strange = tokens_of(self._names, self._beginning.text())
        return Write(
            self.name("text"),
            beginning=tokens,
            length=LENGTH,
            temperature=number_of(self._warmth),
            feature=next(iter(self.question.bundle.inputs)),
            output=self.question.answer.output,
        )

    @override
    def wishes(self) -> tuple[Wish, ...]:
        return (self._wish,)

    def _on_changed(self, _value: object = None) -> None:
        wish = self._wished()
        if wish != self._wish:
            self._wish = wish
            self._texts.clear()
            self.want_anew()
            self._write()

    @override
    def show(self, pictured: Pictured) -> None:
        if pictured.probe != self.name("text") or TOKENS not in pictured.outputs:
            return
        number, begun, given = (int(pictured.outputs[k]) for k in (NUMBER, BEGUN_AT, BEGINNING))
        tokens = pictured.outputs[TOKENS].tolist()
        if self._texts and self._texts[0][0] == number:
            self._texts[0] = (number, begun, given, tokens)
        else:
            self._texts.appendleft((number, begun, given, tokens))
        self._write()

    def _write(self) -> None:
        tokens = self.theme.tokens
        parts = []
        if self._strange:
            none = self.tr("The data has no {signs}; left out.").format(signs=self._strange)
            parts.append(f'<p style="color:{tokens.dim}">{escape(none)}</p>')
        for _number, begun, given, written in self._texts:
            head = self.tr("step {step}").format(step=f"{begun:,}")
            first, rest = (
                _as_html(spelled(self._names, part)) for part in (written[:given], written[given:])
            )
            parts.append(
                f'<p><span style="color:{tokens.dim}">{escape(head)}</span><br>'
                f'<span style="color:{tokens.accent}">{first}</span>{rest}</p>'
            )
        bar = self._page.verticalScrollBar()
        place = bar.value()
        self._page.setHtml("".join(parts))
        bar.setValue(place)


def number_of(box: CommitSpin) -> float:
    """What stands in the field of the temperature."""
    value = box.value()
    return float(value) if isinstance(value, int | float) else WARMTH


def _as_html(text: str) -> str:
    return escape(text).replace("\n", "<br>").replace("  ", "&nbsp; ")


def temperature_box(theme: Theme) -> CommitSpin:
    """A field for how boldly the next token is drawn."""
    box = CommitSpin(theme, NumberCodec(bounds=Bounds(minimum=0.0, maximum=WARMEST)), WARMTH)
    name = QCoreApplication.translate("Text", "Temperature")
    box.setAccessibleName(name)
    box.setFixedWidth(84)
    box.setToolTip(
        QCoreApplication.translate(
            "Text",
            "Temperature: 0 takes what is most probable, 1 draws by the probabilities, more is wilder.",
        )
    )
    return box
