"""Where the pictures of the examples are; `app.welcome.make` takes them."""

from pathlib import Path
from typing import Final

from PySide6.QtCore import QSize

FOLDER: Final = Path(__file__).resolve().parents[2] / "resources" / "welcome"
PICTURE_SIZE: Final = QSize(216, 135)


def picture_path(name: str, *, dark: bool) -> Path | None:
    """The picture of an example, dark or light; None where there is none."""
    path = FOLDER / f"{name}-{'dark' if dark else 'light'}.png"
    return path if path.is_file() else None
