"""The folder in which settings, recovery files and runs are kept, where that can't be used."""

import os
import tempfile

from PySide6.QtCore import QCoreApplication

from engine.paths import DATA_DIR_VARIABLE, data_dir, recovery_dir


def ensure_data_folder() -> str:
    """Let there be a folder to write to; a sentence where it is not the usual one, or can't be written.

    A folder that can't be made gives way to one that lasts as long as the process, so that all that writes needs to
    know nothing of it.
    """
    try:
        recovery_dir()
    except OSError as error:
        place = os.environ.get(DATA_DIR_VARIABLE) or str(error.filename or "")
        os.environ[DATA_DIR_VARIABLE] = tempfile.mkdtemp(prefix="layerloom-")
        words = _tr(
            "{folder} can't be made ({reason}): settings, recovery files and the list of runs are gone when "
            "Layerloom ends. Save your projects yourself."
        )
        return words.format(folder=place, reason=error.strerror or error)
    try:
        with tempfile.TemporaryFile(dir=recovery_dir()) as file:
            file.write(b"x")
    except OSError as error:
        words = _tr(
            "{folder} can't be written ({reason}): settings, recovery files and the list of runs are not kept. "
            "Save your projects yourself."
        )
        return words.format(folder=data_dir(), reason=error.strerror or error)
    return ""


def _tr(text: str) -> str:
    return QCoreApplication.translate("DataFolder", text)
