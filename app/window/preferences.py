"""The page of preferences: how the window looks, speaks and moves, where it trains, what it keeps.

Each counts at once, but for the language, which counts from the next start.
"""

from collections.abc import Sequence

from PySide6.QtCore import QSettings, Qt, Signal
from PySide6.QtWidgets import QDialog, QVBoxLayout, QWidget

from app.exchange.places import PYTHON, TFJS, known_places
from app.i18n.language import KEY as LANGUAGE
from app.i18n.language import LANGUAGES, SYSTEM, wished_language
from app.theme import SPACE, FontRole, Theme
from app.widgets import ChoiceField, Heading, TextField, TextLabel
from app.widgets.scrolling import downwards
from app.window.autosave import CHOICES, autosave_minutes
from app.window.autosave import KEY as AUTOSAVE
from app.window.wishes import (
    BEGIN,
    DEVICE,
    MOTION,
    TEACHER,
    THEME,
    Motion,
    begins_with_welcome,
    reduces_motion,
    wished_device,
    wished_motion,
    wishes_teacher_mode,
)
from engine.exchange.judges import forget
from engine.paths import data_dir

_WIDTH, _SCREEN_SHARE = 560, 0.9


class Preferences(QDialog):
    """The preferences of a window; what is chosen is kept in its settings at once.

    `teacher_chosen` says whether projects without a lesson show only what beginners need.
    """

    teacher_chosen = Signal(bool)

    def __init__(self, theme: Theme, remembered: QSettings | None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._remembered = remembered
        self.setWindowTitle(self.tr("Preferences"))
        self._column = QVBoxLayout()
        self._column.setContentsMargins(5 * SPACE, 5 * SPACE, 5 * SPACE, 5 * SPACE)
        self._column.setSpacing(3 * SPACE)
        self._add_look()
        self._add_training()
        self._add_teaching()
        self._add_files()
        self._add_programs()
        self._add_privacy()
        self._column.addStretch(1)
        page = QWidget()
        page.setLayout(self._column)
        scroll = downwards(page)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(scroll)
        wished = self._column.totalHeightForWidth(_WIDTH)
        self.resize(_WIDTH, min(wished, round(self.screen().availableSize().height() * _SCREEN_SHARE)))

    def _add_look(self) -> None:
        self._column.addWidget(Heading(self._theme, self.tr("Look and language")))
        themes = [
            ("system", self.tr("As the desktop")),
            ("dark", self.tr("Dark")),
            ("light", self.tr("Light")),
        ]
        self.theme_field = self._add(self.tr("Theme"), themes, self._theme.mode)
        self.theme_field.committed.connect(self._on_theme_committed)
        languages = [(SYSTEM, self.tr("As the desktop"))] + [(each.key, each.title) for each in LANGUAGES]
        hint = self.tr("Counts from the next start of Layerloom.")
        self.language = self._add(self.tr("Language"), languages, wished_language(self._remembered), hint)
        self.language.committed.connect(lambda value: self._keep(LANGUAGE, value))
        motions = [
            ("system", self.tr("As the desktop")),
            ("less", self.tr("Nothing moves")),
            ("full", self.tr("Things glide to their places")),
        ]
        self.motion = self._add(self.tr("Motion"), motions, wished_motion(self._remembered))
        self.motion.committed.connect(self._on_motion_committed)

    def _add_training(self) -> None:
        self._column.addWidget(Heading(self._theme, self.tr("Training")))
        devices = [
            ("auto", self.tr("The faster one")),
            ("cpu", self.tr("Processor")),
            ("gl", self.tr("Graphics card (OpenGL)")),
        ]
        hint = self.tr("For new projects; each project can have another in its training settings.")
        self.device = self._add(self.tr("Device"), devices, wished_device(self._remembered), hint)
        self.device.committed.connect(lambda value: self._keep(DEVICE, value))

    def _add_teaching(self) -> None:
        self._column.addWidget(Heading(self._theme, self.tr("Teaching")))
        modes = [("no", self.tr("Everything")), ("yes", self.tr("What beginners need"))]
        hint = self.tr("Panels, layers and settings. A lesson says itself what it needs.")
        wish = "yes" if wishes_teacher_mode(self._remembered) else "no"
        self.teacher = self._add(self.tr("Teacher mode"), modes, wish, hint)
        self.teacher.committed.connect(self._on_teacher_committed)

    def _add_files(self) -> None:
        self._column.addWidget(Heading(self._theme, self.tr("Projects")))
        begins = [("example", self.tr("An example that works")), ("welcome", self.tr("The welcome page"))]
        wish = "welcome" if begins_with_welcome(self._remembered) else "example"
        self.begin = self._add(self.tr("Begin with"), begins, wish)
        self.begin.committed.connect(lambda value: self._keep(BEGIN, value))
        hint = self.tr(
            "Of projects that have a file. A recovery file is written after every step in any case."
        )
        shown = [(minutes, self._minutes(minutes)) for minutes in CHOICES]
        self.autosave = self._add(self.tr("Save by itself"), shown, autosave_minutes(self._remembered), hint)
        self.autosave.committed.connect(lambda value: self._keep(AUTOSAVE, value))

    def _add_programs(self) -> None:
        self._column.addWidget(Heading(self._theme, self.tr("Other programs")))
        known = known_places(self._remembered)
        hint = self.tr(
            "A Python with Keras, PyTorch or others: asked what exported files predict. Empty: the one on the PATH."
        )
        self.python = TextField(self._theme, self.tr("Python program"), known.python, help_text=hint)
        self.python.committed.connect(lambda value: self._keep_program(PYTHON, value))
        hint = self.tr(
            "tf.min.js, or the folder of @tensorflow/tfjs: asked likewise, and copied beside web pages."
        )
        self.tfjs = TextField(self._theme, self.tr("TensorFlow.js"), known.tfjs, help_text=hint)
        self.tfjs.committed.connect(lambda value: self._keep_program(TFJS, value))
        for field in (self.python, self.tfjs):
            self._column.addWidget(field)

    def _keep_program(self, key: str, value: object) -> None:
        self._keep(key, value)
        forget()

    def _add_privacy(self) -> None:
        self._column.addWidget(Heading(self._theme, self.tr("Privacy")))
        words = self.tr(
            "Layerloom sends nothing and fetches nothing: no account, no telemetry. What it keeps is in {folder}."
        )
        self.privacy = TextLabel(
            self._theme, words.format(folder=data_dir()), tone="dim", wrap=True, role=FontRole.BODY
        )
        self.privacy.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.privacy.setAccessibleName(self.tr("Privacy"))
        self._column.addWidget(self.privacy)

    def _add(
        self, label: str, choices: Sequence[tuple[object, str]], value: object, hint: str = ""
    ) -> ChoiceField:
        field = ChoiceField(self._theme, label, choices, value, help_text=hint, stacked=True)
        self._column.addWidget(field)
        return field

    def _minutes(self, minutes: int) -> str:
        if not minutes:
            return self.tr("Never")
        if minutes == 1:
            return self.tr("Every minute")
        return self.tr("Every {count} minutes").format(count=minutes)

    def _on_theme_committed(self, value: object) -> None:
        self._theme.set_mode("dark" if value == "dark" else "light" if value == "light" else "system")
        self._keep(THEME, value)

    def _on_teacher_committed(self, value: object) -> None:
        self._keep(TEACHER, value)
        self.teacher_chosen.emit(value == "yes")

    def _on_motion_committed(self, value: object) -> None:
        self._keep(MOTION, value)
        wish: Motion = "less" if value == "less" else "full" if value == "full" else "system"
        self._theme.set_reduced_motion(reduces_motion(wish))

    def _keep(self, key: str, value: object) -> None:
        if self._remembered is not None:
            self._remembered.setValue(key, value)
            self._remembered.sync()
