"""`predict`: the predictions of the session, in the units and with the names of the data."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import engine.cli.predict
from engine import layers
from engine.cli.main import main
from engine.data.bundle import Feature
from engine.data.errors import DataError
from engine.data.load import load
from engine.data.settings import DataSettings
from engine.devices import registry
from engine.devices.base import Device
from engine.models import Input, Model
from engine.models.answering.network import Answering, answering
from engine.models.answering.table import Answer
from engine.models.answering.writing import write_csv
from engine.tensor.spec import DType
from tests.engine.cli.test_train import failure


def write_points(path: Path, count: int = 5) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    points = np.linspace(-5, 5, 2 * count, dtype=np.float32).reshape(count, 2)
    if path.suffix == ".csv":
        rows = ["x1,x2", *(f"{a!r},{b!r}" for a, b in points.tolist())]
        path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    else:
        np.savez(path, x0=points)
    return points


def rows_of(path: Path) -> list[list[str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def test_classes_as_csv(trained: Path, tmp_path: Path) -> None:
    write_points(tmp_path / "in.csv")
    out = tmp_path / "out.csv"
    assert main(["predict", str(trained), "--input", str(tmp_path / "in.csv"), "--output", str(out)]) == 0
    header, *rows = rows_of(out)
    assert header == ["class", "different signs", "same sign"]
    assert len(rows) == 5
    for name, *shares in rows:
        assert sum(map(float, shares)) == pytest.approx(1.0)
        assert name == header[1 + int(np.argmax([float(s) for s in shares]))]


def test_names_are_no_formulas_for_whoever_opens_the_answers() -> None:
    target = Feature("y", "category", (), DType.INT32, class_names=("=1+1", "-2", "@x"))
    out = io.StringIO()
    write_csv(out, [[Answer(target, np.array([[9.0, 0.0, 0.0], [0.0, 9.0, 0.0]], np.float32))]])
    header, *rows = csv.reader(out.getvalue().splitlines())
    assert header == ["class", "'=1+1", "-2", "'@x"]
    assert [row[0] for row in rows] == ["'=1+1", "-2"]


@pytest.mark.parametrize("scores", [1, 2])
def test_a_mask_has_a_column_for_each_place(scores: int) -> None:
    target = Feature("y", "category", (2, 2), DType.INT32, class_names=("sky", "=sea"))
    sea = np.array([[[0.9, 0.2], [0.1, 0.6]]], np.float32)
    values = np.stack([1 - sea, sea], axis=-1)[..., 2 - scores :]
    out = io.StringIO()
    write_csv(out, [[Answer(target, values)]])
    assert list(csv.reader(out.getvalue().splitlines())) == [
        ["class at 1 1", "class at 1 2", "class at 2 1", "class at 2 2"],
        ["'=sea", "sky", "sky", "'=sea"],
    ]
    with pytest.raises(DataError, match=r"FILE\.npz"):
        write_csv(out, [[Answer(target, np.zeros((1, 100, 100, 2), np.float32))]])


def test_csv_and_npz_agree_and_stdout_is_csv(
    trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_points(tmp_path / "in.csv")
    write_points(tmp_path / "in.npz")
    out = tmp_path / "out.npz"
    assert main(["predict", str(trained), "--input", str(tmp_path / "in.npz"), "--output", str(out)]) == 0
    capsys.readouterr()
    assert main(["predict", str(trained), "--input", str(tmp_path / "in.csv")]) == 0
    printed = [line.split(",") for line in capsys.readouterr().out.splitlines()]
    with np.load(out) as arrays:
        assert arrays.files == ["y0"]
        np.testing.assert_allclose(
            [float(row[2]) for row in printed[1:]], arrays["y0"][:, 0], rtol=1e-5, atol=1e-7
        )


def test_numbers_come_back_in_the_units_of_the_data(tmp_path: Path) -> None:
    model, out = tmp_path / "boston.loom", tmp_path / "out.csv"
    assert main(["train", "boston", "--device", "cpu", "--epochs", "20", "--out", str(model), "--json"]) == 0
    bundle = load(DataSettings(dataset="boston"))
    feature = bundle.features["x"]
    rows = bundle.scaling["x"].invert(bundle.inputs["x"][:40])
    true = bundle.scaling["y"].invert(bundle.targets["y"][:40])
    lines = [",".join(feature.column_names), *(",".join(map(repr, row)) for row in rows.tolist())]
    (tmp_path / "in.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert main(["predict", str(model), "--input", str(tmp_path / "in.csv"), "--output", str(out)]) == 0
    header, *found = rows_of(out)
    assert header == list(bundle.features["y"].column_names)
    predicted = np.array(found, np.float64)
    assert predicted.shape == true.shape
    assert np.abs(predicted - true).mean() < 0.2 * (true.max() - true.min())


@pytest.mark.parametrize(
    ("argv", "sentence"),
    [
        (["xor", "--input", "{in}"], "xor is not trained; train it first"),
        (["{model}", "--input", "gone.csv"], "--input: there is no file 'gone.csv'."),
        (["{model}", "--input", "{in}", "--output", "out.xml"], "--output takes a name that ends in .npz or"),
        (["{model}", "--input", "{in}", "--output", "no/where/out.csv"], "--output: there is no folder"),
        (["{model}", "--input", "{model}"], "Data must be of a kind that can be read"),
        (["{in}", "--input", "{in}"], "can't be opened"),
        (["{model}"], "the following arguments are required: --input"),
        (["{model}", "--input", "{in}", "--answers", "label"], "--answers names a column for --report"),
    ],
)
def test_bad_input_is_one_line(
    capsys: pytest.CaptureFixture[str], trained: Path, tmp_path: Path, argv: list[str], sentence: str
) -> None:
    write_points(tmp_path / "in.csv")
    words = [w.format(**{"in": tmp_path / "in.csv", "model": trained}) for w in argv]
    assert sentence in failure(capsys, "predict", *words)


def test_a_network_without_anything_to_learn_predicts_at_once(tmp_path: Path) -> None:
    x = Input((2,), name="x")
    Model(x, layers.ReLU()(x)).save(tmp_path / "plain.loom")
    np.savez(tmp_path / "in.npz", x0=np.array([[-1.0, 2.0]], np.float32))
    given = ["--input", str(tmp_path / "in.npz"), "--output", str(tmp_path / "out.npz")]
    assert main(["predict", str(tmp_path / "plain.loom"), *given]) == 0
    with np.load(tmp_path / "out.npz") as file:
        assert file["y0"].tolist() == [[0.0, 2.0]]


def test_a_device_is_chosen(trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []

    def open_device(kind: str) -> Device:
        opened.append(kind)
        return registry.open_device("cpu")

    monkeypatch.setattr("engine.models.running.open_device", open_device)
    write_points(tmp_path / "in.csv")
    given = ["--input", str(tmp_path / "in.csv"), "--output", str(tmp_path / "out.csv")]
    assert main(["predict", str(trained), *given, "--device", "gl"]) == 0
    assert main(["predict", str(trained), *given]) == 0
    assert opened == ["gl", "cpu"]


def test_a_file_of_ones_own_is_not_needed_to_predict(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rng = np.random.default_rng(0)
    sizes = ["" if i % 9 == 4 else f"{rng.normal():.4f}" for i in range(90)]
    rows = [f"{size},{'uvw'[i % 3]},{'abc'[i % 3]}" for i, size in enumerate(sizes)]
    path, out = tmp_path / "own.csv", tmp_path / "own.loom"
    path.write_text("\n".join(["size,letter,species", *rows]) + "\n", encoding="utf-8")
    arguments = ["train", "iris", "--data", str(path), "--device", "cpu", "--epochs", "60", "--out", str(out)]
    assert main(arguments) == 0
    path.unlink()
    new = tmp_path / "new.csv"
    new.write_text("letter,size\nv,0.1\nz,\nw,2\n", encoding="utf-8")
    capsys.readouterr()
    assert main(["predict", str(out), "--input", str(new)]) == 0
    printed = capsys.readouterr()
    header, first, _, last = (line.split(",")[0] for line in printed.out.splitlines())
    assert (header, first, last) == ("class", "b", "c")
    assert "'z'" in printed.err


def test_a_report_compares_with_the_answers_in_the_file(
    trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bundle = load(DataSettings(dataset="xor"))
    points = bundle.scaling["x"].invert(bundle.inputs["x"][:50])
    names = [bundle.features["y"].class_names[k] for k in bundle.targets["y"][:50].tolist()]
    lines = [f"{a!r},{b!r},{name}" for (a, b), name in zip(points.tolist(), names, strict=True)]
    (tmp_path / "in.csv").write_text("\n".join(["x1,x2,class", *lines]) + "\n", encoding="utf-8")
    arguments = [
        "predict",
        str(trained),
        "--input",
        str(tmp_path / "in.csv"),
        "--output",
        str(tmp_path / "o.npz"),
    ]
    assert main([*arguments, "--report", str(tmp_path / "report.json")]) == 0
    (report,) = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert repr(report["rows"]) == "50"  # a number of rows, not 50.0
    assert sum(map(sum, report["confusion"])) == 50
    assert {c["class"]: c["support"] for c in report["classes"]} == {n: names.count(n) for n in set(names)}
    assert "accuracy" in capsys.readouterr().err
    assert main([*arguments, "--report", str(tmp_path / "report.csv")]) == 0
    assert rows_of(tmp_path / "report.csv")[0] == ["class", "precision", "recall", "f1", "support"]


def test_a_report_needs_answers(capsys: pytest.CaptureFixture[str], trained: Path, tmp_path: Path) -> None:
    write_points(tmp_path / "in.csv")
    words = [str(trained), "--input", str(tmp_path / "in.csv"), "--report", str(tmp_path / "r.json")]
    assert "it has no column of them; name it with --answers" in failure(capsys, "predict", *words)
    assert not (tmp_path / "r.json").exists()


@pytest.mark.parametrize(
    ("learned", "options", "note"),
    [(0.0, [], True), (0.0, ["--invert"], False), (1.0, [], False), (None, [], False)],
)
def test_ink_on_paper_is_noticed_and_turned_round_by_an_option(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    learned: float | None,
    options: list[str],
    note: bool,
) -> None:
    x = Input((2, 2, 1))
    model = tmp_path / "grey.loom"
    Model(x, layers.GlobalAveragePooling2D()(x)).save(model)
    Image.fromarray(np.full((2, 2), 255, np.uint8)).save(tmp_path / "paper.png")

    def knowing(*arguments: Any, **options: Any) -> Answering:
        network = answering(*arguments, **options)
        network.ground = learned
        return network

    monkeypatch.setattr(engine.cli.predict, "answering", knowing)
    assert main(["predict", str(model), "--input", str(tmp_path / "paper.png"), *options]) == 0
    said = capsys.readouterr()
    assert ("with --invert" in said.err) is note
    assert float(said.out.split(",")[-1]) == (0.0 if options else 1.0)


@pytest.mark.parametrize(
    ("extent", "options", "note"),
    [(0.5, [], True), (0.5, ["--centre"], False), (None, [], False), (None, ["--centre"], False)],
)
def test_drawings_off_the_middle_are_noticed_and_centred_by_an_option(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    extent: float | None,
    options: list[str],
    note: bool,
) -> None:
    x = Input((8, 8, 1))
    model = tmp_path / "grey.loom"
    Model(x, layers.GlobalAveragePooling2D()(layers.Cropping2D(cropping=((2, 2), (2, 2)))(x))).save(model)
    pixels = np.zeros((8, 8), np.uint8)
    pixels[:4, :4] = 255
    Image.fromarray(pixels).save(tmp_path / "corner.png")

    def knowing(*arguments: Any, **options: Any) -> Answering:
        network = answering(*arguments, **options)
        network.extent = extent
        return network

    monkeypatch.setattr(engine.cli.predict, "answering", knowing)
    assert main(["predict", str(model), "--input", str(tmp_path / "corner.png"), *options]) == 0
    said = capsys.readouterr()
    assert ("with --centre" in said.err) is note
    assert (float(said.out.split(",")[-1]) > 0.9) is bool(options)


def test_numbers_are_not_inverted(trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_points(tmp_path / "in.csv")
    arguments = ["predict", str(trained), "--input", str(tmp_path / "in.csv"), "--invert"]
    assert "Only pictures can be inverted" in failure(capsys, *arguments)
