"""No command writes over what it reads, and each says what it has written."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.cli.main import main


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    path = tmp_path / "in.csv"
    path.write_text("x1,x2,said\n1,1,same sign\n-1,1,different signs\n", encoding="utf-8")
    return path


def predicted(model: Path, rows: Path, *more: str) -> int:
    return main(["predict", str(model), "--input", str(rows), *more])


@pytest.mark.parametrize("option", ["--output", "--report"])
def test_the_input_is_not_written_over(
    trained: Path, rows: Path, option: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = rows.read_bytes()
    roundabout = str(rows.parent / "." / ".." / rows.parent.name / rows.name)
    capsys.readouterr()
    assert predicted(trained, rows, option, roundabout, "--answers", "said", "--report", roundabout) == 2
    assert "would overwrite" in capsys.readouterr().err
    assert rows.read_bytes() == before


def test_answers_and_report_are_two_files(trained: Path, rows: Path, tmp_path: Path) -> None:
    out = str(tmp_path / "out.csv")
    assert predicted(trained, rows, "--output", out, "--report", out, "--answers", "said") == 2
    assert not Path(out).exists()


def test_what_was_written_is_said(
    trained: Path, rows: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert predicted(trained, rows, "--output", str(tmp_path / "out.csv")) == 0
    found = capsys.readouterr()
    assert (found.out, found.err) == ("", "out.csv: 2 rows.\n")
    again = ["train", str(trained), "--device", "cpu", "--epochs", "1", "--out", str(tmp_path / "b.loom")]
    assert main(again) == 0
    assert capsys.readouterr().out.endswith("b.loom: saved.\n")


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        (["--answers", "sayd"], "--answers: in.csv has no column 'sayd'; it has 'x1', 'x2', 'said'."),
        ([], "name it with --answers COLUMN. The columns of in.csv are 'x1', 'x2', 'said'."),
    ],
)
def test_a_report_without_answers_says_what_there_is(
    trained: Path,
    rows: Path,
    tmp_path: Path,
    answers: list[str],
    said: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert predicted(trained, rows, "--report", str(tmp_path / "r.json"), *answers) == 2
    assert said in capsys.readouterr().err


def test_a_file_is_not_converted_into_itself(trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = trained.read_bytes()
    assert main(["convert", str(trained), str(trained)]) == 2
    assert "would overwrite" in capsys.readouterr().err
    assert trained.read_bytes() == before
