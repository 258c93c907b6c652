"""The page of answers is there at once: what answers is imported beside the window, and the details come with answers."""

import ast
from pathlib import Path

import app.use

LATE = ("engine.models", "engine.compiler.model", "engine.data.recipe", "app.use.names_dialog")
BEHIND = "names_dialog.py"  # which is imported when somebody wants it


def _at_once(path: Path) -> set[str]:
    """What a module imports as soon as it is imported itself."""
    found: set[str] = set()
    for statement in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(statement, ast.ImportFrom) and statement.module:
            found.add(statement.module)
        elif isinstance(statement, ast.Import):
            found |= {name.name for name in statement.names}
    return found


def test_the_page_waits_for_nothing_that_answers() -> None:
    sources = [path for path in Path(app.use.__path__[0]).glob("*.py") if path.name != BEHIND]
    assert len(sources) > 8
    heavy = {path.name: {m for m in _at_once(path) if m.startswith(LATE)} for path in sources}
    assert {name: modules for name, modules in heavy.items() if modules} == {}
