"""Data that came along: a project names its file by the place it had, which another computer, or another folder, has not.

Who copies a project copies what it learns from with it. So where the named file is gone, one of its name is looked for in
the project's folder, and where it stood deeper (`data/rows.csv`), there.
"""

from __future__ import annotations

from pathlib import Path, PureWindowsPath

from engine.data.settings import DataSettings
from engine.formats.sections import DATA
from engine.graph.document import ModelGraph
from engine.graph.edits import SetSection

_DEEPEST = 3  # names from the end of the old place


def follow_data(graph: ModelGraph, folder: Path) -> str:
    """Let a network read the data that lies with its project in `folder`, where that which it names is gone.

    Returns:
        A sentence on that; empty where nothing had to be done, or nothing was found.
    """
    data = graph.sections.get(DATA)
    if not isinstance(data, DataSettings) or data.path is None or _is_there(Path(data.path)):
        return ""
    for place in _places(data.path, folder):
        if _is_there(place):
            SetSection(DATA, data.model_copy(update={"path": str(place)})).apply(graph)
            return f"{place.name} is not where it was; the one in the project's folder is read."
    return ""


def _places(path: str, folder: Path) -> list[Path]:
    """The deepest first; a path of Windows is understood anywhere."""
    old = PureWindowsPath(path)
    names = old.parts[1:] if old.anchor else old.parts
    tails = [names[-deep:] for deep in range(min(_DEEPEST, len(names)), 0, -1)]
    return [folder.joinpath(*tail) for tail in tails if not {"..", "."} & set(tail)]


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # a name that no file can have here
        return False
