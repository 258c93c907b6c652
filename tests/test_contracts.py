"""Holds the architecture and the house rules that the linters have no word for."""

import ast
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("engine", "gl_kernels", "app")
LONGEST_FILE = 500
LONGEST_FUNCTION = 80
LINT_IMPORTS = "import sys, importlinter.cli as c; sys.exit(c.lint_imports(no_cache=True, no_logo=True))"


def _lint_imports(root: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", LINT_IMPORTS]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)


def _source_files() -> list[Path]:
    folders = [path for package in (*PACKAGES, "tests") for path in (ROOT / package).rglob("*.py")]
    return [*ROOT.glob("*.py"), *folders]


def _functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_imports_keep_the_contracts() -> None:
    done = _lint_imports(ROOT)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("engine/tensor/wrong.py", "import engine.cli"),
        ("engine/graph/wrong.py", "import PySide6.QtCore"),
        ("engine/devices/wrong.py", "import gl_kernels"),
        ("gl_kernels/wrong.py", "import pyqtgraph"),
        ("app/wrong.py", "import OpenGL.GL"),
        ("engine/unheard_of.py", "import os"),
    ],
)
def test_an_import_in_the_wrong_direction_breaks_a_contract(tmp_path: Path, path: str, line: str) -> None:
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for package in PACKAGES:
        for source in (ROOT / package).rglob("*.py"):
            copy = tmp_path / source.relative_to(ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_text('"""Only its place counts."""\n', encoding="utf-8")
    (tmp_path / path).write_text(f"{line}\n", encoding="utf-8")
    done = _lint_imports(tmp_path)
    assert done.returncode == 1
    assert "BROKEN" in done.stdout


def test_files_stay_readable_in_one_sitting() -> None:
    lengths = {_name(path): len(path.read_text(encoding="utf-8").splitlines()) for path in _source_files()}
    assert {name: length for name, length in lengths.items() if length > LONGEST_FILE} == {}


def test_functions_stay_readable_at_a_glance() -> None:
    texts = {path: path.read_text(encoding="utf-8") for path in _source_files()}
    too_long = [
        f"{_name(path)}:{function.lineno} {function.name}"
        for path, text in texts.items()
        if text.count("\n") > LONGEST_FUNCTION  # to read them all takes seconds
        for function in _functions(ast.parse(text))
        if (function.end_lineno or 0) - function.lineno >= LONGEST_FUNCTION
    ]
    assert too_long == []


def test_every_exemption_gives_its_reason() -> None:
    exemption = re.compile(
        r"#\s*(type: ignore|noqa)\b(\[[\w, -]+\]|: ?[A-Z]+[0-9]+(, ?[A-Z]+[0-9]+)*)?(?P<reason>.*)"
    )
    unexplained = [
        f"{_name(path)}:{number}"
        for path in _source_files()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        for found in [exemption.search(line)]
        if found and path != Path(__file__) and not re.search(r"\w{3}", found["reason"])
    ]
    assert unexplained == []
