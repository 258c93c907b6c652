"""Opens the window: the theme, the last layout, the project to start with, the warm worker."""

import sys
from collections.abc import Sequence
from itertools import chain
from pathlib import Path

from PySide6.QtCore import QSettings, QTimer
from PySide6.QtWidgets import QApplication

from app.ahead import Ahead
from app.crash.guard import CrashGuard
from app.data_folder import ensure_data_folder
from app.document import Document
from app.garbage import Collector
from app.i18n import declared
from app.i18n.language import install_language, language_for, wished_language
from app.memory import return_memory_early, take_memory_from_one_place
from app.theme import Theme
from app.window.main_window import MainWindow
from app.window.wishes import begins_with_welcome, reduces_motion, wished_motion
from engine.formats.examples import examples
from engine.layers.registry import import_all
from engine.objectives.metric import METRICS
from engine.paths import data_dir

FIRST_EXAMPLE = "spiral"
# after the window is there: layers and metrics are imported, so that nobody waits for one that is wanted first ..
AHEAD_MS = 500
# .. and then what reading data takes, so that a drop finds it
IDLE_MS = 2_500


def run(paths: Sequence[str]) -> int:
    """Show the window with the project or the data given, or with a first example; the exit status when it is closed."""
    take_memory_from_one_place()
    app = make_application()
    homeless = ensure_data_folder()
    guard = CrashGuard(app)
    last_words = guard.install(data_dir() / "reports" / "last-words.log")
    remembered = settings()
    install_language(app, language_for(wished_language(remembered)))
    theme = Theme("system", reduced_motion=reduces_motion(wished_motion(remembered)))
    theme.apply(app)
    window = make_window(theme, remembered)
    guard.happened.connect(window.windows.show_fault)
    window.training.start_worker()  # its imports run beside the window's first picture
    window.place.fit(window.screen().availableSize())
    window.show()
    declarations = chain(import_all(), METRICS.import_all())
    ahead = Ahead(declarations, app, first_ms=AHEAD_MS, waits=window.windows.is_training)
    ahead.done.connect(window.palette_.check)
    if paths:
        window.data_files.bring([Path(path) for path in paths])
    else:
        window.files.offer_recovery()
        QTimer.singleShot(IDLE_MS, window.data_files.expect_at_rest)
    QTimer.singleShot(IDLE_MS, app, lambda: Collector(app))
    QTimer.singleShot(IDLE_MS, return_memory_early)
    if homeless:
        window.messages.keep_saying(homeless)
    if last_words:
        window.show_last_words(last_words)
    try:
        return app.exec()
    finally:
        guard.remove()


def make_application() -> QApplication:
    """The application object, named so that desktop and settings know it."""
    existing = QApplication.instance()
    app = existing if isinstance(existing, QApplication) else QApplication(sys.argv[:1])
    app.setApplicationName("Layerloom")
    app.setApplicationDisplayName("Layerloom")
    app.setDesktopFileName("layerloom")
    return app


def make_window(theme: Theme, remembered: QSettings) -> MainWindow:
    """A window on the first example, with the theme and layout of last time."""
    mode = str(remembered.value("theme", "system"))
    if mode in ("dark", "light"):
        theme.set_mode("dark" if mode == "dark" else "light")
    window = MainWindow(theme, first_document(), remembered)
    if begins_with_welcome(remembered):
        window.files.welcome()
    return window


def first_document() -> Document:
    """What a newcomer sees: an example that works."""
    example = examples()[FIRST_EXAMPLE]
    document = Document(example.graph())
    document.title = declared(example.title)
    return document


def settings() -> QSettings:
    """What the window remembers, beside the other files of the application."""
    return QSettings(str(data_dir() / "window.ini"), QSettings.Format.IniFormat)
