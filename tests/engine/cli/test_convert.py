"""`convert` and what the other commands make of files of other programs."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from engine.cli.main import main
from engine.formats.project import load_project
from engine.formats.sharing import share
from tests.engine.cli.test_train import failure

ARCHIVE = Path(__file__).parents[2] / "golden" / "keras_files.zip"


@pytest.fixture
def keras(tmp_path: Path) -> Path:
    with zipfile.ZipFile(ARCHIVE) as archive:
        archive.extractall(tmp_path)
    return tmp_path / "cnn.keras"


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
def test_a_project_becomes_a_file_of_keras_and_comes_back(
    trained: Path, tmp_path: Path, suffix: str, capsys: pytest.CaptureFixture[str]
) -> None:
    there, back = tmp_path / f"xor{suffix}", tmp_path / "back.loom"
    assert main(["convert", str(trained), str(there)]) == 0
    assert "the same" in capsys.readouterr().out
    assert main(["convert", str(there), str(back)]) == 0
    np.savez(tmp_path / "in.npz", x0=np.linspace(-1, 1, 10, dtype=np.float32).reshape(5, 2))
    for name in ("xor" + suffix, "back.loom"):
        out = tmp_path / "out.npz"
        given = ["--input", str(tmp_path / "in.npz"), "--output", str(out)]
        assert main(["predict", str(tmp_path / name), *given]) == 0
        with np.load(out) as file:
            assert file["y0"].shape == (5, 1)


@pytest.mark.parametrize("name", ["xor.onnx", "xor_numpy.py"])
def test_the_program_that_convert_prints_runs_the_file(
    trained: Path, tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["convert", str(trained), str(tmp_path / name), "--snippet"]) == 0
    proof, _, program = capsys.readouterr().out.partition("\n\n")
    assert "the same" in proof
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False, cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    assert "signs" in done.stdout  # the name of a class


def test_a_file_of_python_predicts_as_the_project_does(trained: Path, tmp_path: Path) -> None:
    script, rows, answers = tmp_path / "xor_numpy.py", tmp_path / "rows.csv", tmp_path / "answers.csv"
    assert main(["convert", str(trained), str(script)]) == 0
    table = "\n".join(f"{a},{b}" for a in (-0.7, 0.2, 0.9) for b in (-0.5, 0.4))
    rows.write_text(f"x1,x2\n{table}\n")
    assert main(["predict", str(trained), "--input", str(rows), "--output", str(answers)]) == 0
    done = subprocess.run(
        [sys.executable, "-I", str(script), str(rows)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    theirs, ours = ([line.split(",") for line in t.splitlines()] for t in (done.stdout, answers.read_text()))
    assert [line[0] for line in theirs] == [line[0] for line in ours]
    for one, other in zip(theirs[1:], ours[1:], strict=True):
        np.testing.assert_allclose([float(v) for v in one[1:]], [float(v) for v in other[1:]], rtol=1e-4)


def test_predict_takes_what_convert_reads(keras: Path, tmp_path: Path) -> None:
    with np.load(tmp_path / "cnn.npz") as file:
        np.savez(tmp_path / "in.npz", x0=file["x0"])
        expected = file["y0"]
    out = tmp_path / "out.npz"
    assert main(["predict", str(keras), "--input", str(tmp_path / "in.npz"), "--output", str(out)]) == 0
    with np.load(out) as file:
        np.testing.assert_allclose(file["y0"], expected, rtol=1e-5, atol=1e-5)


def test_check_says_what_it_is(keras: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(keras)]) == 0
    assert capsys.readouterr().out.startswith("A model of Keras 3 with 13 layers, ")


def test_words_that_make_no_sense(trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "ends in .loom, .keras" in failure(capsys, "convert", str(trained), "model.xyz")
    assert "no folder" in failure(capsys, "convert", str(trained), str(tmp_path / "gone" / "a.keras"))
    assert "no file and no example" in failure(capsys, "convert", "gone.loom", str(tmp_path / "a.keras"))
    assert "train it first" in failure(capsys, "convert", "xor", str(tmp_path / "a.keras"))


@pytest.fixture
def nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who runs the tests may have Keras or Node; the default run asks nobody."""
    monkeypatch.setattr("engine.models.proof.command_of", lambda _judge, _places: None)


@pytest.mark.usefixtures("nobody_else")
def test_a_page_gets_a_folder_and_says_who_was_not_asked(
    trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "page" / "index.html"
    assert main(["convert", str(trained), str(page), "--set", "embed=false"]) == 0
    assert "TensorFlow.js was not asked" in capsys.readouterr().out
    assert page.is_file()
    assert not (page.parent / "model-data.js").exists()


def test_options_that_make_no_sense(
    trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page, plain = str(tmp_path / "page" / "index.html"), str(tmp_path / "a.keras")
    assert "one of tfjs, embed, pixels" in failure(capsys, "convert", str(trained), page, "--set", "x=1")
    assert "NAME=VALUE" in failure(capsys, "convert", str(trained), page, "--set", "embed")
    assert "Pixels must be" in failure(capsys, "convert", str(trained), page, "--set", "pixels=9")
    assert "without options" in failure(capsys, "convert", str(trained), plain, "--set", "x=1")
    assert "no TensorFlow.js at" in failure(
        capsys, "convert", str(trained), page, "--tfjs", str(tmp_path / "no")
    )
    assert "no folder" in failure(capsys, "convert", str(trained), str(tmp_path / "a" / "b" / "index.html"))
    assert sorted(p.name for p in tmp_path.iterdir() if p.suffix not in ("", ".loom")) == []


def of_a_table(table: Path, project: Path) -> Path:
    """A table of two kinds of rows, and a project that was trained on it."""
    table.write_text("a,b,kind\n" + "1,2,x\n3,4,y\n5,1,x\n2,2,y\n" * 10)
    given = ("iris", "--data", str(table), "--network", "proposed", "--epochs", "1", "--device", "cpu")
    assert main(["train", *given, "--out", str(project)]) == 0
    return project


@pytest.mark.usefixtures("nobody_else")
def test_the_recipe_is_written_beside_a_file_that_cannot_hold_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project = of_a_table(tmp_path / "table.csv", tmp_path / "mine.loom")
    capsys.readouterr()
    assert main(["convert", str(project), str(tmp_path / "mine.h5")]) == 0
    assert "mine.recipe.txt" in capsys.readouterr().out
    assert "a: " in (tmp_path / "mine.recipe.txt").read_text()
    assert main(["convert", str(project), str(tmp_path / "page" / "index.html")]) == 0
    assert "recipe" not in capsys.readouterr().out
    assert not list((tmp_path / "page").glob("*.recipe.txt"))


def test_a_shared_project_trains_from_the_data_in_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table, shared = tmp_path / "there" / "table.csv", tmp_path / "shared.loom"
    table.parent.mkdir()
    project = of_a_table(table, tmp_path / "mine.loom")
    share(shared, load_project(project), table)
    table.unlink()
    capsys.readouterr()
    assert main(["check", str(shared)]) == 0
    assert "Its data is in it: table.csv" in capsys.readouterr().out
    assert main(["train", str(shared), "--epochs", "2", "--device", "cpu", "--json"]) == 0
    assert '"event": "end"' in capsys.readouterr().out
