"""ONNX files that take the columns of the user's table: words as text, gaps as gaps; the recipe runs in the file."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest

from engine.data.load import load
from engine.data.recipe.applying import apply, open_for
from engine.data.settings import DataSettings
from engine.exchange.flat import flat, run
from engine.exchange.formats import read_network, write_network
from engine.exchange.meaning import Meaning
from engine.exchange.onnx.options import OnnxOptions
from engine.exchange.onnx.snippet import onnx_runtime
from engine.exchange.onnx.writing_columns import DOMAIN, KEY, UNSEEN, columns_in, entered, forms_of, possible
from engine.exchange.outgoing import Outgoing
from engine.exchange.use import facts_of
from engine.layers.dense import Dense
from engine.models.proof import Samples, prove
from engine.tensor.spec import Array
from tests.engine.data.recipe.files import chosen
from tests.engine.exchange.test_onnx_units import named
from tests.engine.exchange.test_onnx_writing import agree, drawn

GAPS: dict[str, Any] = {
    "size": {"missing": {"name": "mean", "indicator": True}},
    "colour": {"missing": {"name": "mode", "indicator": True}},
    "weight": {"numbers": "log"},
}


def shop(
    folder: Path, *, dates: bool = False, recipe: dict[str, Any] | None = None
) -> tuple[Path, Outgoing, Array]:
    """A table with gaps, a network on it, and what its input is made to be, row by row."""
    rng = np.random.default_rng(4)
    lines = ["size,colour,weight,when,kind"]
    for i in range(80):
        size = "" if i % 11 == 3 else f"{rng.normal(50, 10):.3f}"
        colour = "" if i % 13 == 5 else ("red", "green", "dark blue")[i % 3]
        when = f"2021-{1 + i % 12:02d}-05" if dates else str(i % 7)
        lines.append(f"{size},{colour},{rng.lognormal(3, 1):.3f},{when},{'ab'[i % 2]}")
    path = folder / "shop.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    settings: DataSettings = chosen(path, recipe={"columns": recipe or GAPS})
    bundle = load(settings)
    preparation = bundle.preparation
    assert preparation is not None
    with open_for(preparation, path) as opened:
        wanted = apply(preparation, opened).inputs["x"]
    meaning = Meaning("Shop", bundle.features, bundle.scaling, {}, preparation)
    return path, named(drawn(Dense(units=2), shape=bundle.features["x"].shape), meaning), wanted


def cells_of(table: Path, session: onnxruntime.InferenceSession) -> dict[str, Array]:
    """The cells of a table as the inputs of a session want them."""
    with table.open() as file:
        rows = list(csv.DictReader(file))
    found: dict[str, Array] = {}
    for port in session.get_inputs():
        cells = [row[port.name] for row in rows]
        words = port.type == "tensor(string)"
        found[port.name] = np.array(cells if words else [float(c or "nan") for c in cells])[:, None]
        if not words:
            found[port.name] = found[port.name].astype(np.float32)
    return found


def session_of(path: Path) -> onnxruntime.InferenceSession:
    return onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])


def test_the_file_takes_the_rows_of_the_table_as_they_are(tmp_path: Path) -> None:
    table, out, wanted = shop(tmp_path)
    path = tmp_path / "shop.onnx"
    write_network(out, path)
    onnx.checker.check_model(path, full_check=True)
    session = session_of(path)
    assert {p.name: p.type for p in session.get_inputs()} == {
        "size": "tensor(float)",
        "colour": "tensor(string)",
        "weight": "tensor(float)",
        "when": "tensor(float)",
    }
    found = session.run(None, cells_of(table, session))
    np.testing.assert_allclose(found[0], run(flat(out), [wanted])[0], rtol=1e-4, atol=1e-4)
    model = onnx.load(path)
    assert {o.domain: o.version for o in model.opset_import} == {"": 17, DOMAIN: 2}


def test_words_that_the_recipe_does_not_know_are_what_it_makes_of_them(tmp_path: Path) -> None:
    table, out, _ = shop(tmp_path)
    path = tmp_path / "shop.onnx"
    write_network(out, path)
    session = session_of(path)
    cells = {n: a[:1] for n, a in cells_of(table, session).items()}
    cells["colour"] = np.array([["mauve"]])
    (fact,) = facts_of(out)[1]["inputs"]
    unseen = next(c["unseen"] for c in fact["columns"] if c["kind"] == "words")
    (found,) = session.run(None, cells)
    assert np.isfinite(found).all()
    assert not any(unseen)


@pytest.mark.parametrize("options", [OnnxOptions(columns=False), OnnxOptions(units=False)])
def test_who_prepares_outside_gets_the_network_alone(tmp_path: Path, options: OnnxOptions) -> None:
    _, out, _ = shop(tmp_path)
    path = tmp_path / "shop.onnx"
    write_network(out, path, options)
    assert columns_in(path) == []
    assert [p.name for p in session_of(path).get_inputs()] == ["x"]


def test_points_in_time_stay_outside(tmp_path: Path) -> None:
    _, out, _ = shop(tmp_path, dates=True)
    assert forms_of(out) == ()


def test_read_again_the_network_begins_behind_the_columns(tmp_path: Path) -> None:
    _, out, wanted = shop(tmp_path)
    path = tmp_path / "shop.onnx"
    write_network(out, path)
    imported = read_network(path)
    assert not any(type(n.layer).__name__ == "UnknownLayer" for n in imported.graph.nodes.values())
    assert any("columns of a table" in note for note in imported.notes)
    proof = prove(Samples({"x": wanted}, tuple(run(flat(out), [wanted])), own=True), out, path)
    ours, *others = proof.verdicts
    assert ours.same, ours.sentence
    assert all(v.same or v.missing for v in others), others


def test_random_rows_become_what_columns_can_give(tmp_path: Path) -> None:
    _, out, wanted = shop(tmp_path)
    path = tmp_path / "shop.onnx"
    write_network(out, path)
    drawn_rows = np.random.default_rng(0).normal(size=(8, wanted.shape[1])).astype(np.float32)
    rows = possible(out, {"x": drawn_rows})["x"]
    session = session_of(path)
    given = dict(zip((p.name for p in session.get_inputs()), entered(out, path, [rows]), strict=True))
    (found,) = session.run(None, given)
    np.testing.assert_allclose(found, run(flat(out), [rows])[0], rtol=1e-4, atol=1e-4)
    assert not np.array_equal(rows, drawn_rows)
    (form,) = forms_of(out)
    plain = [places for column, places in form.places() if column["kind"] == "number"]
    assert len(plain) == 3
    for places in plain:
        np.testing.assert_array_equal(rows[:, places], drawn_rows[:, places])


@pytest.mark.parametrize(
    "said", ["[", "[1]", '{"gone": 3}', '{"x": -1}', '{"x": "three"}', '{"x": 99999999999}', "[" * 9999]
)
def test_metadata_that_says_nonsense_changes_nothing(tmp_path: Path, said: str) -> None:
    out = named(drawn(Dense(units=2), shape=(3,)), Meaning())
    path = tmp_path / "plain.onnx"
    write_network(out, path)
    model = onnx.load(path)
    entry = model.metadata_props.add()
    entry.key, entry.value = KEY, said
    onnx.save(model, path)
    imported = read_network(path)
    assert len(imported.weights) == 2
    assert not any("columns" in note for note in imported.notes)


def test_the_program_takes_a_row_of_the_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _, out, _ = shop(tmp_path)
    path = tmp_path / "shop.onnx"
    write_network(out, path)
    monkeypatch.chdir(tmp_path)
    space: dict[str, Any] = {}
    text = onnx_runtime(out, path)
    exec(compile(text, "program.py", "exec"), space)
    assert set(space["row0"]) == {"size", "colour", "weight", "when"}
    assert space["y0"].shape == (1, 2)
    agree([space["y0"]], [session_of(path).run(None, space["x0"])[0]])


def test_the_proof_gives_other_programs_the_cells_back(tmp_path: Path) -> None:
    _, out, wanted = shop(tmp_path)
    path = tmp_path / "shop.onnx"
    write_network(out, path)
    session = session_of(path)
    names = [p.name for p in session.get_inputs()]
    cells = dict(zip(names, entered(out, path, [wanted]), strict=True))
    assert UNSEEN not in cells["colour"]
    assert (cells["colour"] == "").sum() == 6
    assert np.isnan(cells["size"]).sum() == 7
    (found,) = session.run(None, cells)
    np.testing.assert_allclose(found, run(flat(out), [wanted])[0], rtol=1e-4, atol=1e-4)
