"""One file of Python: run on its own, without anything of ours, it says what the project says."""

from __future__ import annotations

import ast
import csv
import itertools
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st

from engine.data.bundle import Curve, Feature, Scaling
from engine.data.load import load
from engine.data.recipe.applying import apply, open_for
from engine.exchange.flat import flat, run
from engine.exchange.formats import format_of, write_network
from engine.exchange.meaning import Meaning
from engine.exchange.net import Inlet, Net, Part
from engine.exchange.outgoing import Outgoing
from engine.exchange.python import kit
from engine.exchange.python.expressions import EXPRESSIONS, REFUSED
from engine.exchange.python.kit_table import read_table
from engine.exchange.python.network import Lines
from engine.exchange.python.reading import reading_of
from engine.exchange.python.writing import EMBEDDED, python_file, write_python
from engine.formats.errors import FormatError
from engine.graph.document import UnknownLayer
from engine.layers.conv2d import Conv2D
from engine.layers.dense import Dense
from engine.layers.embedding import Embedding
from engine.layers.flatten import Flatten
from engine.layers.lstm import LSTM
from engine.layers.text_vectorization import TextVectorization
from engine.objectives.loss import Link
from engine.ops.registry import ops
from engine.tensor.spec import Array, DType
from tests.engine.data.recipe.files import chosen, table
from tests.engine.exchange.cases import AREAS, known
from tests.engine.exchange.test_onnx_writing import agree, drawn, of_op, together
from tests.engine.ops.samples import arrays

DRIVER = """
import importlib.util, pathlib, sys
import numpy as np
folder = pathlib.Path(sys.argv[1])
for path in sorted(folder.glob("*_numpy.py")):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    given = np.load(path.with_suffix(".in.npz"))
    with np.errstate(all="ignore"):
        found = module.network(*(given[f"x{k}"] for k in range(len(given.files))))
    np.savez(path.with_suffix(".out.npz"), **{f"y{k}": y for k, y in enumerate(found)})
assert not [name for name in sys.modules if name.split(".")[0] in ("engine", "app", "onnx", "pydantic")]
"""


def alone(*arguments: str) -> subprocess.CompletedProcess[str]:
    """An interpreter that knows nothing of this folder."""
    return subprocess.run(
        [sys.executable, "-I", *arguments], capture_output=True, text=True, timeout=100, check=False
    )


@pytest.mark.parametrize("area", AREAS)
def test_every_layer_says_what_it_says_here(area: str, tmp_path: Path) -> None:
    expected: dict[Path, list[Array]] = {}
    cases = sorted(known(area), key=lambda c: len(c.inputs[0]))
    for rows, group in itertools.groupby(cases, lambda c: len(c.inputs[0])):
        some = list(group)
        out = together(some)
        path = tmp_path / f"of_{rows}_numpy.py"
        write_python(out, path)
        inputs = [array for case in some for array in case.inputs]
        given: dict[str, Any] = {f"x{k}": a for k, a in enumerate(inputs)}
        np.savez(path.with_suffix(".in.npz"), **given)
        expected[path] = run(flat(out), inputs)
    done = alone("-c", DRIVER, str(tmp_path))
    assert done.returncode == 0, done.stderr
    for path, outputs in expected.items():
        with np.load(path.with_suffix(".out.npz")) as file:
            found = [file[f"y{k}"] for k in range(len(file.files))]
        for k, (one, other) in enumerate(zip(found, outputs, strict=True)):
            agree([one], [other], f"{path.stem} {k}")


def test_every_op_is_said_or_refused_with_a_reason() -> None:
    said = {*EXPRESSIONS, "recurrent"}
    assert said | set(REFUSED) == set(ops())
    assert not said & set(REFUSED)


@pytest.mark.parametrize("name", sorted(EXPRESSIONS))
def test_every_op_is_said_as_it_is_computed(name: str) -> None:
    op = ops()[name]
    for number, sample in enumerate(op.samples):
        given = arrays(op, sample)
        lines = list(Lines(of_op(op, sample), set(), {}).write())
        body = "\n    ".join(lines)
        space: dict[str, Any] = {"np": np, **{k: v for k, v in vars(kit).items() if callable(v)}}
        exec(f"def network({', '.join(f'x{k}' for k in range(len(given)))}):\n    {body}", space)
        with np.errstate(all="ignore"):
            found = [np.asarray(y) for y in space["network"](*given)]
        agree(found, op.evaluate(*given, **sample.attrs), f"{name} {number}")


# -- what people use -----------------------------------------------------------------------------------------
def flowers() -> Outgoing:
    """Two numbers with scales, one of them bent, to three classes."""
    out = drawn(Dense(units=3), shape=(2,))
    features = {
        "x": Feature("x", "numeric", (2,), column_names=("length", "price")),
        "y": Feature("y", "category", (), DType.INT32, class_names=("=rose", "tulip", "lily")),
    }
    scaling = {"x": Scaling((5.0, 2.0), (2.0, 0.5), (None, Curve("signed_log")))}
    meaning = Meaning('Flow"ers', features, scaling, {"y": Link.SOFTMAX})
    return replace(
        out, net=replace(out.net, names={"x": "x", "n0": "Dense"}), targets=("y",), meaning=meaning
    )


def in_own_space(out: Outgoing) -> dict[str, Any]:
    text, _ = python_file(out, "flowers")
    space: dict[str, Any] = {"__name__": "flowers", "__file__": "flowers.py"}
    exec(compile(text, "flowers.py", "exec"), space)
    return space


def expected_shares(out: Outgoing, lengths: Array, prices: Array) -> Array:
    x = np.stack([(lengths - 5.0) / 2.0, (np.log1p(prices) - 2.0) / 0.5], axis=1).astype(np.float32)
    (scores,) = run(flat(out), [x])
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def test_a_table_becomes_classes_with_probabilities(tmp_path: Path) -> None:
    out = flowers()
    path = tmp_path / "flowers_numpy.py"
    write_network(out, path)
    table = tmp_path / "rows.csv"
    table.write_text("price,length\n3,4\n100,7.5\n")
    done = alone(str(path), str(table))
    assert done.returncode == 0, done.stderr
    head, *rows = done.stdout.splitlines()
    assert head == "class,'=rose,tulip,lily"
    shares = expected_shares(out, np.array([4.0, 7.5]), np.array([3.0, 100.0]))
    for row, wanted in zip(rows, shares, strict=True):
        name, *numbers = row.split(",")
        assert name == ("'=rose", "tulip", "lily")[int(wanted.argmax())]
        np.testing.assert_allclose([float(n) for n in numbers], wanted, rtol=1e-5)


def test_rows_and_arrays_are_in_the_units_of_the_data() -> None:
    out = flowers()
    space = in_own_space(out)
    shares = expected_shares(out, np.array([4.0, 7.5]), np.array([3.0, 100.0]))
    np.testing.assert_allclose(space["predict"](np.array([[4.0, 3.0], [7.5, 100.0]])), shares, rtol=1e-5)
    rows = space["predict_rows"]([{"length": "4", "price": 3}, {"length": 7.5, "price": "100"}])
    assert [list(row) for row in rows] == [["class", "=rose", "tulip", "lily"]] * 2
    np.testing.assert_allclose([list(row.values())[1:] for row in rows], shares, rtol=1e-5)
    assert space["predict_rows"]([]) == []


def test_a_number_comes_back_in_its_unit() -> None:
    out = drawn(Dense(units=1), shape=(2,))
    scaling = {"y": Scaling((100.0,), (25.0,))}
    features = {"y": Feature("y", "numeric", (1,), column_names=("price, thousand dollars",))}
    meaning = Meaning("Houses", features, scaling, {"y": Link.NONE})
    out = replace(out, net=replace(out.net, names={"x": "x", "n0": "Dense"}), targets=("y",), meaning=meaning)
    x = np.array([[1.0, 2.0], [0.5, -1.0]], np.float32)
    (raw,) = run(flat(out), [x])
    space = in_own_space(out)
    np.testing.assert_allclose(space["predict"](x), raw * 25.0 + 100.0, rtol=1e-5)
    (row, _) = space["predict_rows"]([{"x": x[0]}, {"x": "0.5 -1"}])
    assert list(row) == ["price, thousand dollars"]


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ("length\n1\n", "error: The rows need the columns price."),
        ("length,price\n1,much\n", "error: price is a number; received 'much'."),
        ("length,price\n1,\n", "error: price is missing; give it a value."),
    ],
)
def test_rows_that_do_not_fit_are_one_sentence(table: str, expected: str, tmp_path: Path) -> None:
    path, rows = tmp_path / "flowers_numpy.py", tmp_path / "rows.csv"
    write_python(flowers(), path)
    rows.write_text(table)
    done = alone(str(path), str(rows))
    assert (done.returncode, done.stderr.strip(), done.stdout) == (2, expected, "")


def test_a_recipe_of_words_dates_and_gaps_is_applied_as_it_was(tmp_path: Path) -> None:
    path = table(tmp_path)
    recipe = {
        "columns": {"size": {"missing": {"name": "mean", "indicator": True}}, "weight": {"numbers": "log"}}
    }
    bundle = load(chosen(path, recipe=recipe))
    preparation = bundle.preparation
    assert preparation is not None
    with open_for(preparation, path) as source:
        inputs = apply(preparation, source).inputs["x"]
    width = bundle.features["x"].shape[0]
    out = drawn(Dense(units=2), shape=(width,))
    meaning = Meaning("Things", bundle.features, bundle.scaling, {}, preparation)
    out = replace(out, net=replace(out.net, names={"x": "x", "n0": "Dense"}), meaning=meaning)
    space = in_own_space(out)
    assert {c["kind"] for c in space["FACTS"]["inputs"][0]["columns"]} == {"number", "mark", "words", "date"}
    with path.open() as file:
        found = space["prepared"](space["FACTS"]["inputs"][0], list(csv.DictReader(file)))
    np.testing.assert_allclose(found, inputs, rtol=1e-5, atol=1e-6)


GERMAN = "Größe;Preis;Einzug;Lage;Art\n" + "".join(
    f"{k},5;{k + 1}.{k % 10}00,25 €;{k % 28 + 1:02d}.{k % 12 + 1:02d}.2021;{'Süd' if k % 3 else 'Nord'};{'ab'[k % 2]}\n"
    for k in range(40)
)


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (GERMAN, "cp1252"),
        (GERMAN, "utf-8-sig"),
        (f"Ein Auszug\n\n{GERMAN}", "cp1252"),
        (GERMAN.replace("\n", "\r\n"), "utf-8"),
    ],
)
def test_a_table_is_read_as_the_one_that_was_learned_from(tmp_path: Path, text: str, encoding: str) -> None:
    learned, given = tmp_path / "learned.csv", tmp_path / "given.csv"
    learned.write_bytes(GERMAN.encode("cp1252"))
    given.write_bytes(text.encode(encoding))
    preparation = load(chosen(learned)).preparation
    assert preparation is not None
    with open_for(preparation, learned) as source:
        inputs = apply(preparation, source).inputs["x"]
    out = drawn(Dense(units=2), shape=inputs.shape[1:])
    features = {feature.name: feature.feature() for feature in preparation.features}
    meaning = Meaning("Häuser", features, preparation.scaling(), {}, preparation)
    out = replace(out, net=replace(out.net, names={"x": "x", "n0": "Dense"}), meaning=meaning)
    space = in_own_space(out)
    fact = space["FACTS"]["inputs"][0]
    assert {c["kind"] for c in fact["columns"]} == {"number", "words", "date"}
    rows = space["read_table"](space["READING"], [fact], given)
    np.testing.assert_allclose(space["prepared"](fact, rows), inputs, rtol=1e-5, atol=1e-6)


def test_a_table_with_points_and_commas_is_read_by_a_network_of_another_style(tmp_path: Path) -> None:
    reading = reading_of(None) | {"delimiter": ";", "decimal": ",", "thousands": ".", "missing": ["na"]}
    inputs = [{"columns": [{"name": "a", "kind": "number"}, {"name": "b", "kind": "number"}]}]
    path = tmp_path / "rows.csv"
    path.write_text("b,a\n$1.5,NA\n-3 kg,2e3\n", encoding="utf-8")
    assert read_table(reading, inputs, path) == [{"b": "1.5", "a": ""}, {"b": "-3", "a": "2e3"}]


def test_a_table_of_other_columns_is_refused_unless_rows_are_arrays(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("u,v\n1,2\n", encoding="utf-8")
    known = [{"name": "x", "title": "x", "columns": [{"name": "a", "kind": "number"}]}]
    with pytest.raises(ValueError, match=r"rows.csv has none of the columns a, x\."):
        read_table(reading_of(None), known, path)
    assert read_table(reading_of(None), [{"name": "x", "title": "x"}], path) == [{"u": "1", "v": "2"}]


def test_a_file_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    write_python(flowers(), tmp_path / "flowers_numpy.py")
    done = alone(str(tmp_path / "flowers_numpy.py"), "nowhere.csv")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: ")
    assert "Traceback" not in done.stderr


def test_words_of_a_text_have_the_numbers_that_the_layer_gives_them() -> None:
    vectors = TextVectorization(
        max_tokens=9, output_sequence_length=4, standardize="lower_and_strip_punctuation"
    )
    vocabulary = vectors.adapt([np.array(["the cat sat", "The dog, the cat!"], DType.STRING.numpy)])
    net = Net(
        (Inlet("x", (), DType.STRING),),
        (
            Part("t", vectors, (("x", 0),)),
            Part("e", Embedding(input_dim=9, output_dim=2), (("t", 0),)),
            Part("d", Flatten(), (("e", 0),)),
        ),
        (("d", 0),),
    )
    table = np.random.default_rng(0).normal(size=(9, 2)).astype(np.float32)
    out = Outgoing(
        net, {"e/embeddings": table, **{f"t/{n}": a for n, a in vocabulary.items()}}, targets=("y",)
    )
    texts = ["The CAT sat on the dog.", "", "Nobody: cat cat cat cat cat"]
    numbers = vectors.compute(np.array(texts, DType.STRING.numpy), vocabulary)
    space = in_own_space(out)
    rows = [{"x": text} for text in texts]
    np.testing.assert_array_equal(space["prepared"](space["FACTS"]["inputs"][0], rows), numbers)
    (expected,) = run(flat(out), [numbers])
    found = [list(row.values()) for row in space["predict_rows"](rows)]
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_letters_are_numbers_by_their_names() -> None:
    """Also those that have no letter of their own: a blank, the end of a line."""
    names = ("line end", "space", "a", "b", "c")
    features = {"x": Feature("x", "index", (6,), DType.INT32, class_names=names)}
    out = drawn(Embedding(input_dim=5, output_dim=2), Flatten(), shape=(6,), dtype=DType.INT32)
    out = replace(out, net=replace(out.net, names={"x": "x"}), meaning=Meaning("Letters", features))
    space = in_own_space(out)
    found = space["prepared"](space["FACTS"]["inputs"][0], [{"x": "c\nb a?"}, {"x": "abcabcabc"}])
    assert found.tolist() == [[1, 4, 0, 3, 1, 2], [2, 3, 4, 2, 3, 4]]


def test_pixels_and_windows_of_rows() -> None:
    features = {"x": Feature("x", "image", (4, 4, 1), DType.UINT8, scale=1.0 / 255.0)}
    digits = drawn(Conv2D(filters=2, kernel_size=(3, 3)), Flatten(), Dense(units=2), shape=(4, 4, 1))
    digits = replace(digits, net=replace(digits.net, names={"x": "x"}), meaning=Meaning("Digits", features))
    pixels = np.random.default_rng(0).integers(0, 256, (3, 4, 4, 1))
    (expected,) = run(flat(digits), [(pixels / 255.0).astype(np.float32)])
    space = in_own_space(digits)
    np.testing.assert_allclose(space["predict"](pixels), expected, rtol=1e-4, atol=1e-6)
    rows = [{"x": " ".join(map(str, picture.ravel()))} for picture in pixels]
    np.testing.assert_allclose(
        [list(r.values()) for r in space["predict_rows"](rows)], expected, rtol=1e-4, atol=1e-6
    )
    features = {"x": Feature("x", "numeric", (5, 2), column_names=("a", "b"))}
    meaning = Meaning("Series", features, {"x": Scaling((1.0, 2.0), (3.0, 4.0))})
    series = drawn(LSTM(units=2), shape=(5, 2))
    series = replace(series, net=replace(series.net, names={"x": "x"}), meaning=meaning)
    table = np.random.default_rng(0).normal(size=(8, 2))
    windows = np.stack([table[k : k + 5] for k in range(4)])
    (expected,) = run(flat(series), [((windows - (1.0, 2.0)) / (3.0, 4.0)).astype(np.float32)])
    answers = in_own_space(series)["predict_rows"]([{"a": a, "b": b} for a, b in table])
    np.testing.assert_allclose([list(r.values()) for r in answers], expected, rtol=1e-5)


# -- names, sizes, what can't be -----------------------------------------------------------------------------
HARMLESS = st.text(max_size=30) | st.sampled_from(
    ['"""', "'''\nimport os", "\\", "a\nb", "# x\n1/0", "{x}", "class", "n", "W", "np", "\u202eeno", "\ud800"]
)


@hypothesis.settings(max_examples=15, deadline=None)
@hypothesis.given(HARMLESS, HARMLESS, HARMLESS, HARMLESS)
def test_no_name_becomes_code(title: str, layer: str, target: str, column: str) -> None:
    out = drawn(Dense(units=2), shape=(2,))
    features = {"x": Feature("x", "numeric", (2,), column_names=(column, "b"))}
    net = replace(out.net, names={"x": "x", "n0": layer})
    out = replace(out, net=net, targets=(target or "y",), meaning=Meaning(title, features))
    text, _ = python_file(out, title)
    calls = [n for n in ast.walk(ast.parse(text)) if isinstance(n, ast.Import)]
    assert {name.name for n in calls for name in n.names} <= {
        "base64",
        "csv",
        "math",
        "sys",
        "zlib",
        "numpy",
        "io",
        "itertools",
        "re",
    }
    space: dict[str, Any] = {"__name__": "m", "__file__": "m.py"}
    exec(compile(text.encode(), "m.py", "exec"), space)
    x = np.ones((3, 2), np.float32)
    agree(space["network"](x), run(flat(out), [x]))


def test_many_weights_lie_beside_the_file(tmp_path: Path) -> None:
    out = drawn(Dense(units=1200), shape=(1200,))
    assert sum(a.nbytes for a in out.weights.values()) > EMBEDDED
    path = tmp_path / "big_numpy.py"
    write_python(out, path)
    assert {p.name for p in tmp_path.iterdir()} == {"big_numpy.py", "big_numpy.npz"}
    x = np.random.default_rng(0).normal(size=(2, 1200)).astype(np.float32)
    np.savez(tmp_path / "big_numpy.in.npz", x0=x)
    done = alone("-c", DRIVER, str(tmp_path))
    assert done.returncode == 0, done.stderr
    with np.load(tmp_path / "big_numpy.out.npz") as file:
        agree([file["y0"]], run(flat(out), [x]))
    other = replace(out, weights={name: array + 1.0 for name, array in out.weights.items()})
    _, weights = python_file(other, "big_numpy")
    (tmp_path / "big_numpy.npz").write_bytes(weights)
    done = alone("-c", DRIVER, str(tmp_path))
    assert "big_numpy.npz has the weights of another network" in done.stderr


def test_the_file_reads_like_the_network() -> None:
    out = drawn(Conv2D(filters=2, kernel_size=(2, 2)), Flatten(), Dense(units=3), shape=(3, 3, 1))
    text, _ = python_file(out, "small")
    begin = text.index("def network(")
    body = text[begin : text.index("\n\n\n", begin)]
    assert body.splitlines()[3:] == [
        "    # Conv2D: Conv2D",
        "    conv2d_conv = conv(x, W['Conv2D/weight'], (1, 1), ((0, 0), (0, 0)), (1, 1), 1)",
        "    conv2d_add = conv2d_conv + W['Conv2D/bias']",
        "    # Flatten: Flatten",
        "    flatten_reshape = conv2d_add.reshape((n, 8))",
        "    # Dense: Dense",
        "    dense_matmul = flatten_reshape @ W['Dense/weight']",
        "    dense_add = dense_matmul + W['Dense/bias']",
        "    return [dense_add]",
    ]


def test_it_takes_along_only_what_it_needs() -> None:
    text, _ = python_file(drawn(Dense(units=3), shape=(2,)), "small")
    assert "def conv(" not in text
    assert "def recurrence(" in python_file(drawn(LSTM(units=2), shape=(3, 2)), "small")[0]


def test_the_same_network_gives_the_same_text() -> None:
    assert python_file(flowers(), "a") == python_file(flowers(), "a")


def test_its_name_says_what_it_is() -> None:
    found = format_of(Path("flowers_numpy.py"))
    assert found is not None
    assert found.name == "numpy"


def test_a_refused_file_leaves_the_one_that_was_there(tmp_path: Path) -> None:
    path = tmp_path / "a_numpy.py"
    path.write_text("before")
    out = drawn(Dense(units=2), shape=(2,))
    strange = replace(out.net.parts[0], what=UnknownLayer("Strange", {}))
    with pytest.raises(FormatError):
        write_python(replace(out, net=replace(out.net, parts=(strange,))), path)
    assert path.read_text() == "before"
