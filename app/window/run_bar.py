"""A project's part of the bar at the top: the run controls, progress, the device chip."""

import re
from enum import IntEnum

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.i18n import said
from app.theme import SPACE, Theme
from app.training import TrainState
from app.widgets import Button, Chip, IconButton, ProgressStrip
from app.widgets.key_of import name_key_of
from engine.runs.record import RunRecord
from engine.training.reports import Ended, Preparing, Progress, Started
from engine.worker.messages import Ready

MINUTE = 60
_SHORTEST = 0.1  # seconds that are told
_FIRST_WORD_S = 1.0  # of training, before which the first steps tell too little of the others
_LEAST_PROGRESS, _LEAST_PROGRESS_COMPACT = 200, 90  # pixels, for a few words
_TRAIN_WIDTH = 104  # at least; other languages may need more
_DEVICE, _DEVICE_COMPACT = 210, 150  # pixels, for a usual device: the bar stays as it is when a run begins


class Room(IntEnum):
    """How much of the bar there is room for: all; all but the word of *Train on*; icons and what can't be left out."""

    ALL = 0
    SPARED = 1
    COMPACT = 2


def duration_text(seconds: float) -> str:
    """`0.4 s`, `9 s`, `3 min 20 s`, `2 h 5 min`."""
    if 0 < seconds < 1:
        return f"{max(seconds, _SHORTEST):.1f} s"
    whole = round(seconds)
    if whole < MINUTE:
        return f"{whole} s"
    if whole < MINUTE * MINUTE:
        return f"{whole // MINUTE} min {whole % MINUTE} s"
    return f"{whole // (MINUTE * MINUTE)} h {whole // MINUTE % MINUTE} min"


def time_left(progress: Progress, epochs: int, steps_per_epoch: float) -> str:
    """How long a run of so many epochs will take yet; "" while nobody can say.

    The very first steps take many times as long as the others, for the device is still warming up.
    """
    if progress.step < progress.steps_per_s * _FIRST_WORD_S or not progress.steps_per_s:
        return ""
    return duration_text(round(max(epochs * steps_per_epoch - progress.step, 0.0) / progress.steps_per_s))


def memory_text(nbytes: int) -> str:
    """`43 kB`, `84 MB`, `2.1 GB`."""
    size, unit = float(nbytes), "B"
    for larger in ("kB", "MB", "GB"):
        if size < 1000:
            break
        size, unit = size / 1000, larger
    return f"{size:.1f} {unit}" if size < 10 else f"{size:.0f} {unit}"


def device_words(name: str) -> str:
    """`Intel Xeon` for `Intel(R) Xeon(R) Processor @ 2.50GHz`: the name of a device as people say it."""
    bare = re.sub(r"\((R|TM|C)\)|®|™|@.*|\b(CPU|Processor|with .*)\b", " ", name, flags=re.IGNORECASE)
    return " ".join(re.sub(r"\(.*", " ", bare).split()) or name


class RunBar(QWidget):
    """Buttons and read-outs; it decides nothing."""

    train_clicked = Signal()
    train_on_clicked = Signal()
    pause_clicked = Signal()
    step_clicked = Signal()
    stop_clicked = Signal()
    rewind_clicked = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._state = TrainState.IDLE
        self._resumable = False
        self._welcoming = False
        self._room = Room.ALL
        self._epochs = 1
        self._has_run = False
        self._told: tuple[Progress, float] | None = None  # what was said last of the run that is under way
        self.train = Button(theme, self.tr("Train"), icon="play", kind="primary")
        self.train_on = Button(theme, self.tr("Train on"), icon="train-on")
        self.step = Button(theme, self.tr("Step"), icon="step")
        self.stop = Button(theme, self.tr("Stop"), icon="stop")
        self.rewind = IconButton(theme, "rewind", self.tr("Rewind to the very same first weights (Ctrl+F5)"))
        self.rewind.setEnabled(False)
        for widget, action in (
            (self.train, "train_or_pause"),
            (self.train_on, "train_on"),
            (self.step, "one_step"),
            (self.stop, "stop"),
            (self.rewind, "rewind"),
        ):
            name_key_of(widget, action)
        self.progress = ProgressStrip(theme)
        self.device = Chip(theme, self.tr("Looking for devices"))
        self.device.setAccessibleName(self.tr("Device"))
        self.train.clicked.connect(self._on_train_clicked)
        self.train_on.clicked.connect(self.train_on_clicked)
        self.step.clicked.connect(self.step_clicked)
        self.stop.clicked.connect(self.stop_clicked)
        self.rewind.clicked.connect(self.rewind_clicked)
        self._lay_out()
        self.set_state(TrainState.IDLE, resumable=False)

    def set_room(self, room: Room) -> None:
        """Leave out what can be done without where there is little room: words beside icons, the memory."""
        if room is not self._room:
            self._room = room
            compact = room is Room.COMPACT
            self.device.set_compact(compact=compact)
            self.progress.setMinimumWidth(_LEAST_PROGRESS_COMPACT if compact else _LEAST_PROGRESS)
            for button, word in zip((self.train_on, self.step, self.stop), self._words(room), strict=True):
                button.setText(word)

    def _words(self, room: Room) -> tuple[str, str, str]:
        """Beside the icons of *Train on*, *Step* and *Stop*."""
        compact, starting = room is Room.COMPACT, self._state is TrainState.STARTING
        return (
            self.tr("Train on") if room is Room.ALL else "",
            "" if compact else self.tr("Step"),
            "" if compact else self.tr("Cancel") if starting else self.tr("Stop"),
        )

    def least_width(self, room: Room) -> int:
        """Pixels that it takes with so much of it shown, whatever it shows now."""
        compact, buttons = room is Room.COMPACT, (self.train_on, self.step, self.stop)
        words = zip(buttons, self._words(room), strict=True)
        device = self.device.width_when(compact=compact)
        parts = (
            self.train.minimumWidth(),
            *(button.width_with(word) for button, word in words),
            self.rewind.width(),
            _LEAST_PROGRESS_COMPACT if compact else _LEAST_PROGRESS,
            max(device, _DEVICE_COMPACT if compact else _DEVICE),
        )
        return sum(parts) + len(parts) * 2 * SPACE  # what is between them, and once more before the progress

    def _lay_out(self) -> None:
        self.step.setAccessibleName(self.tr("Step"))
        self.step.setToolTip(self.tr("Train on one batch and hold (F10)"))
        self.train_on.setAccessibleName(self.tr("Train on"))
        self.set_train_on(
            can=False,
            hint=self.tr("Nothing has been learned yet that could be trained on: press Train first."),
        )
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2 * SPACE)
        for button in (self.train, self.train_on, self.step, self.stop):
            row.addWidget(button)
        row.addWidget(self.rewind)
        row.addSpacing(2 * SPACE)
        self.progress.setMaximumWidth(280)
        self.progress.setMinimumWidth(_LEAST_PROGRESS)
        row.addWidget(self.progress, 10)
        row.addStretch(1)
        row.addWidget(self.device)

    def set_welcoming(self, *, welcoming: bool) -> None:
        """Offer nothing to train while the welcome page asks what that shall be."""
        if welcoming != self._welcoming:
            self._welcoming = welcoming
            self.set_state(self._state, resumable=self._resumable)

    def set_state(self, state: TrainState, *, resumable: bool) -> None:
        """Show what the buttons do now; `resumable`: a lost worker's run can be taken up again."""
        self._state, self._resumable = state, resumable
        running = state is TrainState.RUNNING
        busy = state not in (TrainState.IDLE, TrainState.DIED)
        text, icon, hint = {
            TrainState.RUNNING: (self.tr("Pause"), "pause", self.tr("Hold the training (F5)")),
            TrainState.PAUSED: (self.tr("Resume"), "play", self.tr("Go on training (F5)")),
            TrainState.DIED: (self.tr("Resume"), "play", self.tr("Go on from the last snapshot (F5)")),
        }.get(state, (self.tr("Train"), "play", self.tr("Start training (F5)")))
        if state is TrainState.DIED and not resumable:
            text = self.tr("Train")
        self.train.setText(text)
        self.train.setMinimumWidth(max(_TRAIN_WIDTH, self.train.sizeHint().width()))
        self.train.setAccessibleName(text)
        self.train.set_icon_name(icon)
        can_train = state is not TrainState.STARTING and not self._welcoming
        self.train.setToolTip(self.tr("Choose what to train first") if self._welcoming else hint)
        self.train.setEnabled(can_train)
        self.train.set_kind("plain" if running else "primary")
        self.step.setEnabled(can_train)
        self.stop.setEnabled(busy)
        self._name_stop(starting=state is TrainState.STARTING)
        if state is TrainState.STARTING:
            self.show_preparing(Preparing())
        elif state is TrainState.PAUSED and self._told is not None:
            self.show_progress(*self._told)  # nobody knows how long it will stand still

    def set_train_on(self, *, can: bool, hint: str) -> None:
        """Whether the run can be trained on after its end; what that does, or why it can't be."""
        self.train_on.setEnabled(can)
        self.train_on.setToolTip(self.tr("{what} (Ctrl+Shift+F5)").format(what=hint.removesuffix(".")))

    def _name_stop(self, *, starting: bool) -> None:
        text = self.tr("Cancel") if starting else self.tr("Stop")
        hint = (
            self.tr("Do not train after all (Shift+F5)")
            if starting
            else self.tr("End the training and keep what was learned (Shift+F5)")
        )
        self.stop.setText("" if self._room is Room.COMPACT else text)
        self.stop.setAccessibleName(text)
        self.stop.setToolTip(hint)

    def show_devices(self, ready: Ready) -> None:
        """What the worker found, before anything runs; afterwards it stays to be seen where the last run ran."""
        if self._has_run:
            return
        names = ", ".join(info.name for info in ready.devices)
        self.device.set_text(self.tr("Ready"), "")
        self.device.set_dot("good", self.tr("ready"))
        self.device.setToolTip("\n".join((names, *ready.absent)))

    def show_started(self, started: Started) -> None:
        """Where the run runs, and why there."""
        self._epochs, self._has_run, self._told = started.epochs, True, None
        self.progress.set_progress(0.0)  # nothing is prepared any more, also where the run waits at a step
        self.device.set_text(
            f"{started.kind.upper()} · {device_words(started.device)}", memory_text(started.nbytes)
        )
        self.device.set_dot("good", self.tr("running"))
        self.device.setToolTip(f"{started.device}\n{said(started.why)}")
        self.device.resize(self.device.sizeHint())

    def show_epochs(self, epochs: int) -> None:
        """So many are to be trained from now on."""
        self._epochs = epochs

    def show_preparing(self, preparing: Preparing) -> None:
        """How far data and programs are; nothing of the network has been computed yet."""
        if preparing.reading and preparing.total:
            share = preparing.done / preparing.total
            self.progress.set_progress(share, self.tr("Preparing the data, {share:.0%}").format(share=share))
        elif preparing.total:
            words = self.tr("Preparing {done} of {total} shaders").format(
                done=preparing.done, total=preparing.total
            )
            self.progress.set_progress(preparing.done / preparing.total, words)
        else:
            self.progress.set_progress(None, self.tr("Preparing"))

    def show_reading(self, done: int, total: int) -> None:
        """Training begins as soon as the data is there."""
        self.progress.set_progress(done / total if total else None, self.tr("Preparing the data"))

    def show_nothing(self) -> None:
        """What was prepared will not begin: there is no data after all, or no way to train."""
        self.progress.set_progress(0.0)

    def show_cancelled(self) -> None:
        """Nothing was trained."""
        self.progress.set_progress(0.0, self.tr("cancelled"))

    def show_progress(self, progress: Progress, steps_per_epoch: float) -> None:
        """How far it is, and how long it will take."""
        self._told = progress, steps_per_epoch
        paused = self._state is TrainState.PAUSED
        left = "" if paused else time_left(progress, self._epochs, steps_per_epoch)
        known = {
            "epoch": min(int(progress.epoch) + 1, self._epochs),
            "epochs": self._epochs,
            "step": progress.step,
            "left": left,
        }
        with_time = (
            self.tr("epoch {epoch} of {epochs} · step {step:,} · {left} left"),
            self.tr("epoch {epoch} of {epochs} · {left} left"),
            self.tr("{left} left"),
        )
        without = (
            self.tr("epoch {epoch} of {epochs} · step {step:,}"),
            self.tr("epoch {epoch} of {epochs}"),
        )
        words = with_time if left else without
        done = min(progress.epoch / self._epochs, 1.0)
        self.progress.set_progress(done, *(line.format(**known) for line in words))

    def show_ended(self, ended: Ended, record: RunRecord | None = None) -> None:
        """What came of it; of a run that had ended before and came with a file, what is known of it."""
        self._told = None
        if not ended.steps_per_s:
            self._show_ended_before(ended, record)
            return
        words = {
            "done": self.tr("done in {time} · {rate} steps a second"),
            "early": self.tr("stopped early after {time} · {rate} steps a second"),
            "stopped": self.tr("stopped after {time} · {rate} steps a second"),
            "diverged": self.tr("diverged after {time}"),
        }[ended.reason]
        text = words.format(time=duration_text(ended.seconds), rate=f"{ended.steps_per_s:,.0f}")
        shorter = text.split(" · ")[0]
        self.progress.set_progress(min(ended.epoch / self._epochs, 1.0), text, shorter)

    def _show_ended_before(self, ended: Ended, record: RunRecord | None) -> None:
        done = max(1, int(ended.epoch))
        where = self.tr("epoch {epoch} of {epochs}").format(epoch=done, epochs=max(done, self._epochs))
        text = self.tr("epoch {epoch} of {epochs} · step {step:,}").format(
            epoch=done, epochs=max(done, self._epochs), step=ended.step
        )
        if record is not None and record.steps_per_s:
            words = self.tr("done in {time} · {rate} steps a second")
            text = words.format(time=duration_text(record.seconds), rate=f"{record.steps_per_s:,.0f}")
        self.progress.set_progress(min(ended.epoch / self._epochs, 1.0), text, where)

    def _on_train_clicked(self) -> None:
        if self._state is TrainState.RUNNING:
            self.pause_clicked.emit()
        else:
            self.train_clicked.emit()
