"""ONNX files in the units of the data, and the programs that come with them: both run, and compared with the project."""

from __future__ import annotations

import csv
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest

from engine.compiler.model import ModelCompiler
from engine.data.bundle import Curve, Feature, FeatureKind, Scaling
from engine.data.load import load
from engine.data.recipe.applying import apply, open_for
from engine.data.settings import DataSettings
from engine.exchange.flat import flat, run
from engine.exchange.formats import formats, write_network
from engine.exchange.meaning import Meaning, meaning_of
from engine.exchange.net import Inlet, Net, Part
from engine.exchange.onnx.options import OnnxOptions
from engine.exchange.onnx.snippet import onnx_runtime
from engine.exchange.onnx.writing_units import units_in
from engine.exchange.outgoing import Outgoing, outgoing
from engine.exchange.units import as_before, in_units, units_of
from engine.formats.examples import examples
from engine.layers.conv2d import Conv2D
from engine.layers.dense import Dense
from engine.layers.embedding import Embedding
from engine.layers.flatten import Flatten
from engine.layers.lstm import LSTM
from engine.layers.masking import Masking
from engine.layers.text_vectorization import TextVectorization
from engine.models.proof import Samples, prove
from engine.objectives.loss import Link
from engine.tensor.spec import Array, DType
from engine.training.features import feature_specs
from tests.engine.data.recipe.files import chosen, table
from tests.engine.exchange.test_onnx_writing import agree, drawn

CURVES = (None, Curve("signed_log"), Curve("log", 1.5))
IN = Scaling((5.0, 2.0, 1.0), (2.0, 0.5, 0.7), CURVES)
OUT = Scaling((100.0, 0.2, 0.3), (25.0, 0.4, 0.2), CURVES)


def houses(*, kind: FeatureKind = "numeric", link: Link = Link.NONE) -> Outgoing:
    """Three numbers from three numbers, all of them scaled, some bent."""
    names = ("size", "price's log", "b\nc")
    features = {
        "x": Feature("x", "numeric", (3,), column_names=names),
        "y": Feature("y", kind, (3,), class_names=("a", "b", "'''c") if kind == "category" else ()),
    }
    scaling = {"x": IN, "y": OUT} if kind == "numeric" else {"x": IN}
    return named(drawn(Dense(units=3), shape=(3,)), Meaning("Houses", features, scaling, {"y": link}))


def named(out: Outgoing, meaning: Meaning) -> Outgoing:
    names = {**out.net.names, "x": "x"}
    return replace(out, net=replace(out.net, names=names), targets=("y",), meaning=meaning)


def by_runtime(path: Path, x: Array) -> Array:
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    (found,) = session.run(None, {"x": x})
    return np.asarray(found)


def test_numbers_go_in_and_come_out_in_the_units_of_the_data(tmp_path: Path) -> None:
    out, path = houses(), tmp_path / "houses.onnx"
    write_network(out, path)
    assert units_in(path) == (["x"], ["y"])
    x = np.random.default_rng(0).uniform(0.5, 4.0, (6, 3)).astype(np.float32)
    (expected,) = run(flat(out), [IN.apply(x)])
    np.testing.assert_allclose(by_runtime(path, x), OUT.invert(expected), rtol=1e-5, atol=1e-4)


def test_who_scales_outside_gets_the_network_alone(tmp_path: Path) -> None:
    out, path = houses(), tmp_path / "houses.onnx"
    write_network(out, path, OnnxOptions(units=False))
    assert units_in(path) == ([], [])
    x = np.random.default_rng(0).normal(size=(6, 3)).astype(np.float32)
    agree([by_runtime(path, x)], run(flat(out), [x]))


def test_pixels_are_those_of_a_picture(tmp_path: Path) -> None:
    features = {"x": Feature("x", "image", (4, 4, 1), DType.UINT8, scale=1.0 / 255.0)}
    layers = (Conv2D(filters=2, kernel_size=(3, 3)), Flatten(), Dense(units=2))
    out = named(drawn(*layers, shape=(4, 4, 1)), Meaning("Digits", features))
    path = tmp_path / "digits.onnx"
    write_network(out, path)
    x = np.random.default_rng(0).integers(0, 256, (3, 4, 4, 1)).astype(np.float32)
    agree([by_runtime(path, x)], run(flat(out), [x / np.float32(255.0)]))


def test_there_and_back_is_where_it_was() -> None:
    units = units_of(houses())
    normal = np.random.default_rng(0).normal(size=(5, 3)).astype(np.float32)
    x: dict[str, Array] = {"x": normal, "other": np.ones(2)}
    there = in_units(x, units)
    np.testing.assert_allclose(IN.apply(there["x"]), x["x"], rtol=1e-4, atol=1e-5)
    assert there["other"] is x["other"]
    back = as_before({"y": OUT.invert(x["x"])}, units)
    np.testing.assert_allclose(back["y"], x["x"], rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize(
    ("scaling", "why"),
    [
        (Scaling((1e9, 0.0, 0.0), (2.0, 1.0, 1.0)), "seconds of one day since 1970, in float32"),
        (Scaling((1.0,), (2.0,)), "another width"),
    ],
)
def test_what_float32_is_too_coarse_for_stays_outside(scaling: Scaling, why: str) -> None:
    out = houses()
    out = replace(out, meaning=replace(out.meaning, scaling={"x": scaling}))
    assert units_of(out).inputs == {}, why


def test_scores_of_classes_have_no_unit() -> None:
    out = houses(link=Link.SIGMOID)
    assert units_of(out).outputs == {}


# -- the programs --------------------------------------------------------------------------------------------
def run_program(out: Outgoing, path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The program for a file, run in its folder."""
    text = onnx_runtime(out, path)
    space: dict[str, Any] = {}
    monkeypatch.chdir(path.parent)
    exec(compile(text, "program.py", "exec"), space)
    return space


def test_the_program_runs_on_its_own(tmp_path: Path) -> None:
    out, path = houses(kind="category", link=Link.SOFTMAX), tmp_path / "hou'ses.onnx"
    write_network(out, path)
    program = tmp_path / "program.py"
    program.write_text(onnx_runtime(out, path))
    done = subprocess.run(
        [sys.executable, "-I", str(program)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    name, shares = done.stdout.split(" [[")
    found = np.array(shares.strip(" ]\n").split(), float)
    assert name == ("a", "b", "'''c")[int(found.argmax())]
    assert found.sum() == pytest.approx(1.0)


@pytest.mark.parametrize("units", [True, False])
def test_the_program_says_what_the_project_says(
    units: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out, path = houses(), tmp_path / "houses.onnx"
    write_network(out, path, OnnxOptions(units=units))
    space = run_program(out, path, monkeypatch)
    x = space["x0"] if not units else IN.apply(space["x0"])
    (expected,) = run(flat(out), [x])
    np.testing.assert_allclose(space["y0"], OUT.invert(expected), rtol=1e-4, atol=1e-3)
    assert "[[" in capsys.readouterr().out


@pytest.mark.parametrize("units", [True, False])
def test_the_program_prepares_a_row_as_the_recipe_does(
    units: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = table(tmp_path)
    size = {"missing": {"name": "mean", "indicator": True}}
    recipe = {"columns": {"size": size, "weight": {"numbers": "log"}, "when": {"dates": "cycles"}}}
    bundle = load(chosen(source, recipe=recipe))
    preparation = bundle.preparation
    assert preparation is not None
    with open_for(preparation, source) as opened:
        wanted = apply(preparation, opened).inputs["x"]
    meaning = Meaning("Things", bundle.features, bundle.scaling, {}, preparation)
    out = named(drawn(Dense(units=2), shape=bundle.features["x"].shape), meaning)
    path = tmp_path / "things.onnx"
    write_network(out, path, OnnxOptions(units=units))
    space = run_program(out, path, monkeypatch)
    with source.open() as file:
        rows = list(csv.DictReader(file))[:40]
    made = np.array([space["numbers_of_x"](row) for row in rows], np.float32)
    found = by_runtime(path, made)
    agree([found], run(flat(out), [wanted[: len(rows)]]))


def test_a_sequence_and_a_picture_have_their_shapes_in_the_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = named(drawn(LSTM(units=2), shape=(5, 3)), Meaning())
    path = tmp_path / "sequence.onnx"
    write_network(out, path)
    assert run_program(out, path, monkeypatch)["y0"].shape == (1, 2)


def test_the_program_turns_a_text_into_numbers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    words = TextVectorization(output_sequence_length=4, vocabulary=("a", "text", "it's"))
    parts = (
        Part("t", words, (("x", 0),)),
        Part("e", Embedding(input_dim=5, output_dim=2), (("t", 0),)),
        Part("d", Flatten(), (("e", 0),)),
    )
    net = Net((Inlet("x", (), DType.STRING),), parts, (("d", 0),), names={"t": "Words", "x": "x"})
    table = np.random.default_rng(0).normal(size=(5, 2)).astype(np.float32)
    out = Outgoing(net, {"e/embeddings": table}, targets=("y",))
    path = tmp_path / "texts.onnx"
    write_network(out, path)
    space = run_program(out, path, monkeypatch)
    numbers = words.compute(np.array(["Write a text."], DType.STRING.numpy), {})
    np.testing.assert_array_equal(space["x0"], numbers)
    agree([space["y0"]], run(flat(out), [numbers]))


def test_the_format_offers_the_program() -> None:
    kind = formats()["onnx"]
    assert kind.snippet is not None
    assert "onnxruntime" in kind.snippet(houses(), Path("not_there.onnx"))


@pytest.mark.parametrize("name", ["spiral", "quadratic", "iris", "airline", "parity"])
def test_examples_leave_as_onnx_and_as_python(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the window exports them: with their data, and the program that comes with the file."""
    graph = examples()[name].graph()
    section = graph.sections["data"]
    assert isinstance(section, DataSettings)
    bundle = load(section)
    weights = ModelCompiler(graph, feature_specs(bundle.spec), ()).fresh_weights(0)
    meaning = meaning_of(graph, name, bundle)
    out = outgoing(graph, feature_specs(bundle.spec), weights, meaning=meaning)
    path = tmp_path / f"{name}.onnx"
    write_network(out, path)
    write_network(out, tmp_path / f"{name}_numpy.py")
    (feature,) = bundle.inputs
    x = np.asarray(bundle.inputs[feature][:6], np.float32)
    (expected,) = run(flat(out), [x])
    units = units_of(out)
    found = by_runtime(path, in_units({"x": x}, units)["x"])
    agree([as_before({"y": found}, units)["y"]], [expected])
    space: dict[str, Any] = {"__name__": name, "__file__": f"{name}.py"}
    exec(compile((tmp_path / f"{name}_numpy.py").read_text(), "file", "exec"), space)
    agree(space["network"](x), [expected])
    assert run_program(out, path, monkeypatch)["y0"].shape[0] == 1


def test_a_loop_that_we_do_not_read_is_left_to_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.models.proof.command_of", lambda _judge, _places: None)
    out = named(drawn(Masking(), LSTM(units=2), shape=(4, 3)), Meaning())
    path = tmp_path / "masked.onnx"
    write_network(out, path)
    x = np.random.default_rng(0).normal(size=(2, 4, 3)).astype(np.float32)
    proof = prove(Samples({"x": x}, tuple(run(flat(out), [x])), own=False), out, path)
    ours = proof.verdicts[0]
    assert ours.missing
    assert ours.sentence.startswith("Layerloom was not asked: ")
    assert proof.holds
