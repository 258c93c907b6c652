"""The documents say what is so: commands exist, links lead somewhere, and the layer in CONTRIBUTING.md is one."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

import main as entry
from engine.cli.main import main as run_engine
from engine.formats.examples import examples
from engine.layers.base import Layer
from engine.layers.registry import layers
from engine.optimizers.base import OPTIMIZERS
from engine.schedules.base import SCHEDULES
from tests.engine.training.networks import session, two_layer

ROOT = Path(__file__).parents[1]
DOCUMENTS = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def blocks(name: str) -> list[str]:
    """The code blocks of a document."""
    return re.findall(r"^```\w*\n(.*?)^```", text_of(name), re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_links_and_pictures_lead_to_files(name: str) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", text_of(name)):
        if not target.startswith("https://"):
            assert (ROOT / target).is_file(), target


@pytest.mark.parametrize("name", DOCUMENTS)
def test_named_files_exist(name: str) -> None:
    for path in re.findall(r"`((?:engine|app|gl_kernels|resources|tests)/[\w./]*)`", text_of(name)):
        assert (ROOT / path).exists(), path


def commands() -> list[list[str]]:
    lines = [line for block in blocks("README.md") for line in block.splitlines()]
    return [re.split(r"\s{2,}", line)[0].split()[2:] for line in lines if line.startswith("python3 main.py")]


def test_the_readme_starts_with_the_two_commands() -> None:
    first, second = blocks("README.md")[:2]
    assert first == "python3 main.py\n"
    assert second == "python3 main.py test\n"
    assert second.strip() in "exec " + (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def test_commands_of_the_readme_are_understood(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every option in the examples exists; that the files in them do not is all there is to complain about."""
    monkeypatch.chdir(tmp_path)
    tried = 0
    for argv in commands():
        if not argv or argv[0] == "test":
            continue
        tried += 1
        assert argv[0] in entry.ENGINE_COMMANDS
        if argv[0] == "train" and argv[1] in examples():
            argv = ["train", "no-such-project", *argv[2:]]  # noqa: PLW2901 - not for minutes
        if argv[0] == "bench":
            argv = [*argv, "--seconds", "0.01"]  # noqa: PLW2901 - measured for a moment
        status = run_engine(argv)
        error = capsys.readouterr().err
        assert status == 0 or "there is no file" in error, (argv, error)
    assert tried >= 8


def test_all_examples_are_named_in_the_readme() -> None:
    missing = [name for name in examples() if f"`{name}`" not in text_of("README.md")]
    assert missing == []


def test_all_layers_optimizers_and_schedules_are_named_in_the_changelog() -> None:
    text = text_of("CHANGELOG.md")
    names = {*layers(), *OPTIMIZERS.members, *SCHEDULES.members} - {"Target", "Constant"}
    assert [n for n in sorted(names) if not re.search(rf"\b{n}\b", text)] == []


def test_the_layer_in_contributing_learns(tmp_path: Path) -> None:
    """It stands in a network and is trained, as any other."""
    (source,) = (block for block in blocks("CONTRIBUTING.md") if "class Scale(Layer)" in block)
    file = tmp_path / "scale.py"
    file.write_text(source, encoding="utf-8")
    kind = _loaded(file).Scale
    assert issubclass(kind, Layer)
    for sample in kind.declaration.samples:
        trained = session(two_layer(kind(**sample.settings)))
        before = trained.weights()
        trained.advance(10)
        (name,) = (n for n in before if n.endswith("/factor"))
        assert (before[name] == 1.0).all()
        assert (trained.weights()[name] != 1.0).all()


def _loaded(file: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("scale", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_documents_speak_of_the_project_alone() -> None:
    for name in DOCUMENTS:
        assert not re.search(r"\b(TODO|FIXME|issue \d|#\d+)\b", text_of(name))
