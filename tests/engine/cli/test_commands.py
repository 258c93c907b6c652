"""The other commands, the entry as a process, and the exit statuses that scripts rely on."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from engine.cli import listings
from engine.cli.main import main
from engine.formats.examples import examples
from tests.engine.cli.test_train import failure

ROOT = Path(__file__).parents[3]


def process(*argv: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(ROOT / "main.py"), *argv],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env=dict(os.environ),
    )


def test_examples_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["examples"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == list(examples())
    assert main(["examples", "--json"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["name"] for line in lines] == list(examples())
    assert all(line["title"] and line["summary"] for line in lines)


def test_devices_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["devices"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("cpu ")
    assert "NumPy" in out
    assert "auto " in out
    assert main(["devices", "--json"]) == 0
    first, *_, last = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert first["kind"] == "cpu"
    assert "auto" in last


def test_check_says_what_a_project_is(capsys: pytest.CaptureFixture[str], trained: Path) -> None:
    capsys.readouterr()
    assert main(["check", str(trained)]) == 0
    assert "105 parameters, trained for 250 steps" in capsys.readouterr().out


def test_check_reads_data(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("a,b,c\n" + "1,2,x\n3,4,y\n" * 5, encoding="utf-8")
    assert main(["check", str(path)]) == 0
    assert capsys.readouterr().out.startswith("Data with 10 rows for a binary task; inputs: x 2.")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 half an archive", b"hello"])
def test_check_refuses_what_is_no_project(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "broken.loom"
    path.write_bytes(content)
    assert "broken.loom can't be opened" in failure(capsys, "check", str(path))
    assert "there is no file" in failure(capsys, "check", str(tmp_path / "gone.loom"))


def test_a_terminal_without_our_letters_shows_their_codes(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = io.TextIOWrapper(io.BytesIO(), "ascii")
    monkeypatch.setattr(sys, "stdout", shown)
    monkeypatch.setattr(listings, "examples", lambda arguments: bool(print("K\u00e4tzchen")))
    assert main(["examples"]) == 0
    shown.flush()
    assert shown.buffer.getvalue() == b"K\\xe4tzchen\n"


@pytest.mark.parametrize("file", ["", "gone.loom"])
def test_check_needs_a_file(capsys: pytest.CaptureFixture[str], file: str) -> None:
    assert failure(capsys, "check", file) == f"there is no file {file!r}."


def test_no_command_and_an_unknown_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert "required" in failure(capsys)
    assert "the command must be one of" in failure(capsys, "fly")


def test_a_fault_of_ours_is_status_1(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(arguments: Sequence[str]) -> int:
        raise KeyError("a fault")

    monkeypatch.setattr(listings, "examples", broken)
    assert main(["examples"]) == 1
    assert "KeyError: 'a fault'" in capsys.readouterr().err


# -- as a process --------------------------------------------------------------------------------------


def test_the_entry_trains_saves_and_predicts(tmp_path: Path) -> None:
    model = str(tmp_path / "iris.loom")
    train = process("train", "iris", "--device", "cpu", "--epochs", "4", "--json", "--out", model)
    out, err = train.communicate(timeout=60)
    assert (train.returncode, err) == (0, "")
    assert json.loads(out.splitlines()[-1])["event"] == "end"
    rows = tmp_path / "in.csv"
    rows.write_text("5.1,3.5,1.4,0.2\n6.3,3.3,6.0,2.5\n", encoding="utf-8")
    predict = process("predict", model, "--input", str(rows))
    out, err = predict.communicate(timeout=60)
    assert (predict.returncode, err) == (0, "")
    assert out.splitlines()[0].startswith("class,")


def test_the_entry_fails_in_one_line() -> None:
    bad = process("train", "nothing")
    out, err = bad.communicate(timeout=60)
    assert (bad.returncode, out) == (2, "")
    assert err.startswith("error: there is no file and no example 'nothing'")
    assert err.count("\n") == 1


def test_a_closed_pipe_is_no_error() -> None:
    train = process("train", "xor", "--device", "cpu", "--json")
    assert train.stdout is not None
    assert train.stderr is not None
    assert '"start"' in train.stdout.readline()
    train.stdout.close()
    assert train.stderr.read() == ""
    assert train.wait(timeout=60) == 0
    train.stderr.close()


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl+C is another thing there")
def test_ctrl_c_ends_the_run_and_saves(tmp_path: Path) -> None:
    model = tmp_path / "stopped.loom"
    argv = ["train", "xor", "--device", "cpu", "--epochs", "1000000", "--json", "--out", str(model)]
    train = process(*argv)
    assert train.stdout is not None
    while '"epoch"' not in train.stdout.readline():
        assert train.poll() is None
    train.send_signal(signal.SIGINT)
    out, err = train.communicate(timeout=60)
    assert (train.returncode, err) == (0, "")
    assert json.loads(out.splitlines()[-1])["reason"] == "stopped"
    assert model.exists()


@pytest.mark.parametrize(
    ("argv", "sentence"),
    [
        (
            ["fly"],
            "the command must be one of train, predict, check, devices, examples, bench, convert, received 'fly'.",
        ),
        (["--epochs", "3"], "(see `main.py --help`)"),
        (["devices", "--foo"], "there is no option or argument '--foo' (see `main.py devices --help`)."),
        (["examples", "--json", "foo"], "there is no option or argument 'foo'"),
        (["bench", "W1", "--many", "x"], "--many must be a whole number, received 'x'."),
        (["bench", "W1", "--seconds", "soon"], "--seconds must be a number, received 'soon'."),
        (["predict", "iris", "--input"], "--input needs a value behind it, received none."),
        (["predict", "--json", "iris"], "the following arguments are required: --input"),
        (["convert", "iris"], "the following arguments are required: output (see `main.py convert --help`)"),
        (["check", "--json", "gone.csv"], "there is no file 'gone.csv'."),
    ],
)
def test_bad_values_are_one_line_and_nothing_on_stdout(
    capsys: pytest.CaptureFixture[str], argv: list[str], sentence: str
) -> None:
    assert sentence.rstrip(".") in failure(capsys, *argv)
