"""The static checks run beside pytest, say what they said in one piece, and are named above its closing line."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest

from tests import conftest, runner

PASSES = ["-IS", "-c", "print('all is'); print('well')"]
FAILS = ["-IS", "-c", "import sys; print('one line', flush=True); sys.exit('another')"]
# Ends once there is a file.
WAITS = "import pathlib, time\nwhile not pathlib.Path({!r}).exists(): time.sleep(0.01)"


@pytest.fixture(autouse=True)
def _first_try(monkeypatch: pytest.MonkeyPatch) -> None:
    """These tests may themselves be tried a second time, beside checks that fail."""
    monkeypatch.delenv(runner.FIRST_VARIABLE, raising=False)
    monkeypatch.delenv(runner.RESULT_VARIABLE, raising=False)


class Terminal:
    """Keeps the lines that pytest would print."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def section(self, title: str, **options: object) -> None:
        self.lines.append(title)

    def line(self, text: str) -> None:
        self.lines.append(text)


def summary(status: int = 0) -> list[str]:
    """What is said above pytest's closing line."""
    terminal = Terminal()
    conftest.pytest_terminal_summary(cast("pytest.TerminalReporter", terminal), status)
    return terminal.lines


def test_tests_that_failed_at_first_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(runner.FIRST_VARIABLE, "test_one")
    assert summary() == ["failed at the first try", "test_one"]


def test_where_no_byte_code_may_be_kept_a_run_keeps_it_for_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
    assert runner.kept_byte_code(tmp_path) == {}
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    (tmp_path / "some_module.py").write_text("")
    kept = tmp_path / "kept"
    environment = {**os.environ, **runner.kept_byte_code(kept)}
    subprocess.run([sys.executable, "-c", "import some_module"], cwd=tmp_path, env=environment, check=True)
    assert not (tmp_path / "__pycache__").exists()
    assert [path.name.partition(".")[0] for path in kept.rglob("some_module*")] == ["some_module"]


def test_each_check_says_all_it_said_in_one_piece(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    checks = runner.Checks({"good": PASSES, "bad": FAILS, "worse": FAILS}, tmp_path / "failed")
    checks.wait()
    said = [line for line in capsys.readouterr().out.splitlines() if line]
    assert [line.partition(" in ")[0] for line in said] == [
        *("-- good: passed", "all is", "well"),
        *("-- bad: failed", "one line", "another"),
        *("-- worse: failed", "one line", "another"),
    ]
    assert checks.failed == ["bad", "worse"]
    assert (tmp_path / "failed").read_text(encoding="utf-8") == "bad, worse"


def test_a_terminal_without_the_letters_ends_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", terminal)
    arrow = ["-IS", "-c", "import sys; sys.stdout.buffer.write('here \u2192 there'.encode())"]
    checks = runner.Checks({"one": arrow, "other": PASSES}, tmp_path / "failed")
    checks.wait()
    terminal.seek(0)
    assert "here ? there" in terminal.read()
    assert checks.failed == []


def test_the_one_that_runs_can_be_stopped_and_no_other_begins(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    never = ["-IS", "-c", WAITS.format(str(tmp_path / "never"))]
    checks = runner.Checks({"long": never, "next": PASSES}, tmp_path / "failed")
    checks.stop()
    assert checks.failed == ["long", "next"]
    assert capsys.readouterr().out == ""


def test_a_check_that_cannot_be_started_has_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "no python"))
    monkeypatch.setattr(threading, "excepthook", lambda arguments: None)
    checks = runner.Checks({"good": PASSES}, tmp_path / "failed")
    checks.wait()
    assert checks.failed == ["good"]
    assert (tmp_path / "failed").read_text(encoding="utf-8") == "good"


class TestARun:
    @pytest.fixture
    def in_place_of_pytest(self, monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], int]], None]:
        """What runs instead of pytest, in its environment."""

        def replace(tests: Callable[[], int]) -> None:
            def run(options: list[str], variables: dict[str, str]) -> int:
                with monkeypatch.context() as patch:
                    for name, value in variables.items():
                        patch.setenv(name, value)
                    return tests()

            monkeypatch.setattr(runner, "_pytest", run)

        return replace

    def test_checks_go_on_beside_the_tests_which_name_what_failed(
        self,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        in_place_of_pytest: Callable[[Callable[[], int]], None],
    ) -> None:
        begun = tmp_path / "begun"
        monkeypatch.setattr(
            runner, "CHECKS", {"waits": ["-IS", "-c", WAITS.format(str(begun))], "bad": FAILS, "good": PASSES}
        )
        lines: list[str] = []

        def tests() -> int:
            begun.touch()
            lines.extend(summary())
            return 0

        in_place_of_pytest(tests)
        assert runner.run(["--fast"]) == 1
        assert lines == ["checks that failed", "bad"]

    @pytest.mark.parametrize("status", [0, 3])
    def test_nothing_is_named_where_all_passed(
        self,
        status: int,
        monkeypatch: pytest.MonkeyPatch,
        in_place_of_pytest: Callable[[Callable[[], int]], None],
    ) -> None:
        monkeypatch.setattr(runner, "CHECKS", {"good": PASSES})
        lines: list[str] = []

        def tests() -> int:
            lines.extend(summary())
            return status

        in_place_of_pytest(tests)
        assert runner.run([]) == status
        assert lines == []

    def test_ctrl_c_ends_the_checks(
        self,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        in_place_of_pytest: Callable[[Callable[[], int]], None],
    ) -> None:
        monkeypatch.setattr(runner, "CHECKS", {"never": ["-IS", "-c", WAITS.format(str(tmp_path / "never"))]})

        def tests() -> int:
            assert summary(pytest.ExitCode.INTERRUPTED) == []  # which does not wait for them
            raise KeyboardInterrupt

        in_place_of_pytest(tests)
        with pytest.raises(KeyboardInterrupt):
            runner.run([])

    @pytest.mark.parametrize(("failing", "runs"), [(0, 1), (1, 2), (3, 2), (4, 1)])
    @pytest.mark.parametrize("then", [0, 1])
    def test_a_few_failed_tests_are_tried_once_more(
        self, failing: int, runs: int, then: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(runner, "CHECKS", {})
        names = [f"tests/test_it.py::test_{k}" for k in range(failing)]
        received: list[tuple[list[str], dict[str, str]]] = []

        def run(options: list[str], variables: dict[str, str]) -> int:
            received.append((options, variables))
            if len(received) > 1:
                return then
            kept = Path(options[-1].removeprefix("cache_dir=")) / "v" / "cache" / "lastfailed"
            kept.parent.mkdir(parents=True)
            kept.write_text(json.dumps(dict.fromkeys(names, True)), encoding="utf-8")
            return int(failing > 0)

        monkeypatch.setattr(runner, "_pytest", run)
        assert runner.run(["--fast"]) == (then if runs == 2 else int(failing > 0))
        assert len(received) == runs
        options, variables = received[-1]
        assert options[:2] == ["-m", "not slow"]
        assert ("--last-failed" in options) is (runs == 2)
        assert variables.get(runner.FIRST_VARIABLE, "") == (", ".join(names) if runs == 2 else "")

    @pytest.mark.parametrize("status", [2, 3, 5])
    def test_what_ended_otherwise_is_not_tried_again(
        self,
        status: int,
        monkeypatch: pytest.MonkeyPatch,
        in_place_of_pytest: Callable[[Callable[[], int]], None],
    ) -> None:
        monkeypatch.setattr(runner, "CHECKS", {})
        runs: list[int] = []

        def tests() -> int:
            runs.append(status)
            return status

        in_place_of_pytest(tests)
        assert runner.run([]) == status
        assert runs == [status]

    def test_chosen_tests_run_without_checks(self, monkeypatch: pytest.MonkeyPatch) -> None:
        received: list[tuple[list[str], dict[str, str]]] = []

        def record(options: list[str], variables: dict[str, str]) -> int:
            received.append((options, variables))
            return 5

        monkeypatch.setattr(runner, "_pytest", record)
        assert runner.run(["tests/engine", "--fast"]) == 5
        assert received == [(["-m", "not slow", "tests/engine"], {})]
