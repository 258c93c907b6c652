"""The judges are found where somebody says they are, and nowhere do their tests run unasked."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from tests import judges, judges_setup
from tests.conftest import pytest_collection_modifyitems

THIS = "test_tests_of_judges_run_when_they_are_asked_for"


def test_named_interpreters_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAYERLOOM_JUDGE_PYTHON", sys.executable)
    monkeypatch.setenv("LAYERLOOM_JUDGE_TENSORFLOW", sys.executable)
    assert judges.judge_python() == judges.tensorflow_python() == Path(sys.executable)
    assert judges.ask(judges.judge_python(), "import sys; print(sys.argv[1])", "hello") == "hello\n"


def test_a_judge_that_fails_says_why() -> None:
    with pytest.raises(AssertionError, match="no such layer"):
        judges.ask(Path(sys.executable), "raise SystemExit('no such layer')")


def test_what_is_missing_is_skipped_with_the_way_to_get_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("LAYERLOOM_JUDGE_PYTHON", str(tmp_path / "python"))
    with pytest.raises(pytest.skip.Exception, match="test --judges"):
        judges.judge_python()
    monkeypatch.setenv("LAYERLOOM_JUDGE_NODE", str(tmp_path))
    with pytest.raises(pytest.skip.Exception, match="tfjs"):
        judges.node_folder()
    monkeypatch.setenv("LAYERLOOM_JUDGE_CHROMIUM", str(tmp_path / "chromium"))
    with pytest.raises(pytest.skip.Exception, match="Chromium"):
        judges.chromium()


@pytest.mark.judge
def test_of_a_judge() -> None:
    """Is there to be left out."""


def test_tests_of_judges_run_when_they_are_asked_for(request: pytest.FixtureRequest) -> None:
    items = [pytest.Function.from_parent(request.node.parent, name=n) for n in ("test_of_a_judge", THIS)]
    chosen: list[pytest.Item] = list(items)
    pytest_collection_modifyitems(request.config, chosen)
    assert [item.name for item in chosen] == [THIS]


def test_what_could_not_be_installed_is_said_and_leaves_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(judges_setup, "FOLDER", tmp_path / "judges")
    monkeypatch.setattr(
        judges_setup, "_run", lambda command: "no room on the disk" if "pip" in command else None
    )
    monkeypatch.setattr(shutil, "which", lambda name: None)
    monkeypatch.delenv("LAYERLOOM_JUDGE_PYTHON", raising=False)
    judges_setup.install()
    said = capsys.readouterr().out
    assert "judge python: not to be had (no room on the disk)" in said
    assert "judge node: not to be had (Node.js" in said
    assert not list((tmp_path / "judges").iterdir())


def test_an_environment_is_made_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    made: list[list[str]] = []

    def run(command: list[str]) -> None:
        made.append(command)
        python = judges.interpreter_in(tmp_path / "judges" / "python")
        python.parent.mkdir(parents=True, exist_ok=True)
        python.touch()

    monkeypatch.setattr(judges_setup, "FOLDER", tmp_path / "judges")
    monkeypatch.setattr(judges_setup, "ENVIRONMENTS", judges_setup.ENVIRONMENTS[:1])
    monkeypatch.setattr(judges_setup, "_run", run)
    monkeypatch.setenv("LAYERLOOM_JUDGE_NODE", "elsewhere")
    monkeypatch.delenv("LAYERLOOM_JUDGE_PYTHON", raising=False)
    judges_setup.install()
    judges_setup.install()
    assert [command[2] for command in made] == ["venv", "pip"]
    assert "torch==2.13.0" in made[1]
