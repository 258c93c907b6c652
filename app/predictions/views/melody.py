"""The melody that a network writes, as a piano roll; to be heard, and to be saved as MIDI or WAV."""

from pathlib import Path

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QVBoxLayout, QWidget
from typing_extensions import override

from app.places import ask_to_save
from app.plots.roll import PianoRoll
from app.predictions.player import Player, find_player
from app.predictions.view import PredictionView, Question, named
from app.predictions.views.text import number_of, temperature_box
from app.theme import SPACE, FontRole, Theme
from app.widgets import Button, TextLabel
from engine.data.melodies.sounding import QUARTERS_A_MINUTE, Played, midi_bytes, timed, wav_bytes
from engine.training.predictions.spelling import continues, is_melody, note_of
from engine.training.reports import Pictured
from engine.training.watching.wish import Wish
from engine.training.watching.writing import BEGINNING, BEGUN_AT, NUMBER, TOKENS, Write

LENGTH = 64  # notes


class Melody(PredictionView):
    """The newest melody that is done, so that it does not change while it is listened to; the first one grows live."""

    def __init__(self, theme: Theme, question: Question, key: str) -> None:
        super().__init__(theme, question, key)
        self._names = question.answer.classes
        self._roll = PianoRoll(theme)
        self._note = TextLabel(theme, role=FontRole.SMALL, tone="dim")
        self._page = QWidget()
        column = QVBoxLayout(self._page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE)
        column.addWidget(self._note)
        column.addWidget(self._roll, 1)
        self._warmth = temperature_box(theme)
        self._named_warmth = named(theme, self._warmth)
        self._warmth.committed.connect(self._on_changed)
        self._play = Button(theme, self.tr("Play"), icon="play")
        self._play.clicked.connect(self._on_play)
        self._save = Button(theme, self.tr("Save melody…"), icon="save")
        self._save.clicked.connect(self._on_save)
        self._notes: tuple[Played, ...] = ()
        self._quarters = 1.0
        self._shown = 0  # number of the melody
        self._playing = False
        self._player: Player | None = find_player(self)
        if self._player is not None:
            self._player.moved.connect(self._on_moved)
            self._player.ended.connect(self._on_ended)
            self._player.failed.connect(self._note.setText)
        self._show_buttons()

    @staticmethod
    @override
    def title() -> str:
        return QCoreApplication.translate("Presenter", "What it plays")

    @staticmethod
    @override
    def rank(question: Question) -> int | None:
        suits = continues(question.bundle.spec, question.answer)
        return 10 if suits and is_melody(question.answer.classes) else None

    @property
    @override
    def widget(self) -> QWidget:
        return self._page

    @override
    def controls(self) -> tuple[QWidget, ...]:
        play = (self._play,) if self._player is not None else ()
        return (self._named_warmth, *play, self._save)

    @override
    def wishes(self) -> tuple[Wish, ...]:
        wish = Write(
            self.name("melody"),
            length=LENGTH,
            temperature=number_of(self._warmth),
            feature=next(iter(self.question.bundle.inputs)),
            output=self.question.answer.output,
        )
        return (wish,)

    @override
    def close(self) -> None:
        if self._player is not None:
            self._player.close()

    def _on_changed(self, _value: object) -> None:
        self._shown = 0
        self.want_anew()

    @override
    def show(self, pictured: Pictured) -> None:
        if pictured.probe != self.name("melody") or TOKENS not in pictured.outputs or self._playing:
            return
        tokens = pictured.outputs[TOKENS].tolist()
        given, number, begun = (int(pictured.outputs[k]) for k in (BEGINNING, NUMBER, BEGUN_AT))
        done = len(tokens) >= given + LENGTH
        if not done and self._shown not in (0, number):
            return  # the one before stays until this one is done
        self._shown = number
        tones = [note_of(self._names[token]) for token in tokens]
        notes, self._quarters = timed(tones)
        self._notes = tuple(notes)
        self._roll.set_notes(notes, self._quarters, timed(tones[:given])[1])
        self._note.setText(
            self.tr("{count} notes of step {step}").format(count=len(notes), step=f"{begun:,}")
        )
        self._show_buttons()

    def _show_buttons(self) -> None:
        for button in (self._play, self._save):
            button.setEnabled(bool(self._notes))

    def _on_play(self) -> None:
        if self._player is None:
            return
        if self._playing:
            self._player.stop()
            return
        self._playing = True
        self._play.setText(self.tr("Silence"))
        self._player.play(wav_bytes(self._notes, self._quarters))

    def _on_moved(self, seconds: float) -> None:
        self._roll.set_now(seconds * QUARTERS_A_MINUTE / 60.0 if self._playing else None)

    def _on_ended(self) -> None:
        self._playing = False
        self._play.setText(self.tr("Play"))
        self._roll.set_now(None)

    def _on_save(self) -> None:
        kinds = "MIDI (*.mid);;WAV (*.wav)"
        chosen, kind = ask_to_save(self._page, self.tr("Save melody"), "melody.mid", kinds)
        if not chosen:
            return
        path = Path(chosen)
        if path.suffix.lower() not in (".mid", ".midi", ".wav"):
            path = path.with_suffix(".wav" if "wav" in kind else ".mid")
        wav = path.suffix.lower() == ".wav"
        try:
            path.write_bytes(wav_bytes(self._notes, self._quarters) if wav else midi_bytes(self._notes))
        except OSError as error:
            words = self.tr("The melody could not be saved: {error}. Choose another folder.")
            self._note.setText(words.format(error=error.strerror or error))
            return
        self._note.setText(self.tr("Saved as {name}.").format(name=path.name))
