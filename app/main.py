"""Opens the window: the theme, the last layout, the project to start with, the warm worker."""

import sys
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication

from app.document import Document
from app.memory import return_memory_early
from app.theme import Theme
from app.window.main_window import MainWindow
from engine.formats.examples import examples
from engine.paths import data_dir

FIRST_EXAMPLE = "spiral"


def run(paths: Sequence[str]) -> int:
    """Show the window with the project or the data given, or with a first example; the exit status when it is closed."""
    return_memory_early()
    app = make_application()
    theme = Theme("system")
    theme.apply(app)
    window = make_window(theme, settings())
    window.training.start_worker()  # its imports run beside the window's first picture
    window.show()
    if paths:
        window.data_files.bring([Path(path) for path in paths])
    else:
        window.files.offer_recovery()
    return app.exec()


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
    return MainWindow(theme, first_document(), remembered)


def first_document() -> Document:
    """What a newcomer sees: an example that works."""
    example = examples()[FIRST_EXAMPLE]
    document = Document(example.graph())
    document.title = example.title
    return document


def settings() -> QSettings:
    """What the window remembers, beside the other files of the application."""
    return QSettings(str(data_dir() / "window.ini"), QSettings.Format.IniFormat)
