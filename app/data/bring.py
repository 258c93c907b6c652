"""What the user drops or pastes, understood: a project, or data; and what will be done with it, said beforehand."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Final

from PySide6.QtCore import QCoreApplication, QMimeData
from PySide6.QtGui import QImage

from engine.exchange.formats import format_of
from engine.exchange.weights import weights_kinds
from engine.paths import data_dir

PROJECT_SUFFIX: Final = ".loom"
TOGETHER: Final = frozenset(  # files that are single examples: several of them are a folder
    {".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff", ".gif", ".wav", ".mid", ".midi"}
)
DELIMITERS: Final = "\t;,|"
LONGEST_PASTE: Final = 50_000_000  # letters


class What(Enum):
    """What something brought is."""

    PROJECT = "project"
    WEIGHTS = "weights"
    DATA = "data"


@dataclass(frozen=True)
class Offer:
    """What can be done with something that is held over the window.

    Attributes:
        sentence: what will happen.
        rest: what will not; empty where all of it is used.
        others: further projects, which are opened, too.
    """

    what: What
    path: Path
    sentence: str
    rest: str = ""
    others: tuple[Path, ...] = ()


def _tr(text: str) -> str:
    return QCoreApplication.translate("Bring", text)


def local_paths(mime: QMimeData) -> list[Path]:
    """The files and folders of this machine that something dragged or copied stands for."""
    return [Path(url.toLocalFile()) for url in mime.urls() if url.isLocalFile()]


def offer_of(paths: Sequence[Path]) -> Offer | None:
    """What will be done with these files and folders; None for none."""
    if not paths:
        return None
    first = paths[0]
    folders = {path.parent for path in paths}
    if len(paths) > 1 and len(folders) == 1 and all(path.suffix.lower() in TOGETHER for path in paths):
        (folder,) = folders
        words = _tr("Use all of the folder {name} as data")
        return Offer(What.DATA, folder, words.format(name=folder.name))
    if len(paths) > 1 and all(path.suffix.lower() == PROJECT_SUFFIX for path in paths):
        words = _tr("Open {count:,} projects").format(count=len(paths))
        return Offer(What.PROJECT, first, words, others=tuple(paths[1:]))
    rest = ""
    if len(paths) > 1:
        rest = _tr("One at a time: the other {count:,} are left alone.").format(count=len(paths) - 1)
    if first.suffix.lower() == PROJECT_SUFFIX:
        return Offer(What.PROJECT, first, _tr("Open the project {name}").format(name=first.name), rest)
    if format_of(first) is not None:
        return Offer(What.PROJECT, first, _tr("Open the network {name}").format(name=first.name), rest)
    if first.name.lower().endswith(tuple(s for kind in weights_kinds().values() for s in kind.suffixes)):
        return Offer(What.WEIGHTS, first, _tr("Load the weights of {name}").format(name=first.name), rest)
    words = _tr("Use the folder {name} as data") if first.is_dir() else _tr("Use {name} as data")
    return Offer(What.DATA, first, words.format(name=first.name), rest)


def keep_pasted(mime: QMimeData) -> Path | None:
    """A file with the text or the picture on the clipboard, which the project can refer to; None for neither.

    Raises:
        OSError: it cannot be written.
    """
    if mime.hasImage():
        image = mime.imageData()
        return _keep_picture(image) if isinstance(image, QImage) and not image.isNull() else None
    text = mime.text()
    if not text.strip() or len(text) > LONGEST_PASTE:
        return None
    first = text.lstrip("\r\n").split("\n", 1)[0]
    suffix = (
        ".csv" if any(delimiter in first for delimiter in DELIMITERS) and "\n" in text.strip() else ".txt"
    )
    content = text.encode("utf-8", "replace")
    path = _folder() / f"pasted {hashlib.sha256(content).hexdigest()[:8]}{suffix}"
    path.write_bytes(content)
    return path


def _keep_picture(image: QImage) -> Path:
    """Pictures that are pasted gather in one folder, which is the data."""
    folder = _folder() / "pictures"
    folder.mkdir(exist_ok=True)
    path = folder / f"{len(list(folder.iterdir())) + 1:05}.png"
    if not image.save(str(path)):
        raise OSError(_tr("The picture could not be written to {folder}.").format(folder=folder))
    return folder


def _folder() -> Path:
    folder = data_dir() / "pasted"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
