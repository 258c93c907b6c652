"""Texts in the cache: what was written comes back, prepared once for all processes, and never all of it in memory."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from engine.compiler.model import ModelCompiler
from engine.data.bundle import Counts, DataSpec, Feature, TaskKind
from engine.data.errors import DataError
from engine.data.load import load
from engine.data.recipe import kept_texts, store
from engine.data.recipe.kept_texts import KeptTexts, TextDraft
from engine.data.settings import DataSettings
from engine.data.sources.base import MISSING
from engine.devices.registry import open_device
from engine.graph import hosting
from engine.graph.sequence import build_sequential
from engine.layers.registry import layers
from engine.proposals.propose import facts_of, propose
from engine.tensor.spec import Array, DType
from engine.training import adaptation
from engine.training.features import feature_specs
from engine.training.objectives import objectives_of
from engine.training.session import Session
from tests.engine.data.recipe.files import chosen
from tests.engine.training.networks import settings

WORDS = ("slow", "fine", "poor", "great", "quite", "very")
STRINGS = DType.STRING.numpy
ODD = ["", "plain", "été — 東京 🙂", MISSING, "a" * 5000, "two\nlines", "\x1e"]


def kept(folder: Path, texts: list[str], order: list[int] | None = None) -> KeptTexts:
    draft = TextDraft(folder / "0", (len(texts), 1))
    order = list(range(len(texts))) if order is None else order
    for start in range(0, len(order), 3):  # block by block
        rows = np.array(order[start : start + 3])
        draft[rows] = np.array([texts[row] for row in rows], STRINGS)[:, np.newaxis]
    draft.flush()
    return KeptTexts(folder / "0")


def test_what_was_written_comes_back(tmp_path: Path) -> None:
    found = kept(tmp_path, ODD, [6, 2, 0, 1, 5, 3, 4])
    assert (found.shape, found.ndim, found.dtype, len(found)) == ((7, 1), 2, STRINGS, 7)
    assert found[:].tolist() == [[text] for text in ODD]
    assert np.asarray(found).tolist() == found[:].tolist()


@hypothesis_settings(max_examples=25)
@given(st.data())
def test_parts_are_those_of_an_array(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    texts = data.draw(st.lists(st.text(st.characters(codec="utf-8")), min_size=1, max_size=12))
    found = kept(tmp_path_factory.mktemp("texts"), texts, data.draw(st.permutations(range(len(texts)))))
    plain = np.array(texts, STRINGS)[:, np.newaxis]
    rows = st.integers(0, len(texts) - 1)
    for key in (data.draw(rows), data.draw(st.slices(len(texts))), np.array(data.draw(st.lists(rows)), int)):
        assert found[key].tolist() == plain[key].tolist()
        assert found[key].shape == plain[key].shape


def test_texts_far_apart_are_read_one_by_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [f"text {k}" for k in range(100)]
    found = kept(tmp_path, texts)
    monkeypatch.setattr(kept_texts, "_NEAR", 0)
    assert found[[3, 99, 0]].ravel().tolist() == ["text 3", "text 99", "text 0"]
    assert found[10:20].ravel().tolist() == texts[10:20]


def test_letters_that_are_gone_are_told(tmp_path: Path) -> None:
    found = kept(tmp_path, ODD)
    (tmp_path / "0.letters").write_bytes(b"")
    with pytest.raises(DataError, match="must stay in the cache"):
        found[4]


def reviews(folder: Path, rows: int) -> Path:
    path = folder / "reviews.csv"
    lines = [
        f"{WORDS[k % 6]} {WORDS[k // 6 % 6]} {WORDS[2 + k % 2]} {k},{k % 7},{k % 2}" for k in range(rows)
    ]
    path.write_text("\n".join(["review,stars,label", *lines]) + "\n", encoding="utf-8")
    return path


def by_text(folder: Path, rows: int = 300) -> DataSettings:
    return chosen(reviews(folder, rows), recipe={"columns": {"label": {"role": "target"}}})


def test_a_text_column_is_prepared_once_for_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen_file = by_text(tmp_path)
    small = load(chosen_file)
    monkeypatch.setattr(store, "KEPT_FROM", 0)
    monkeypatch.setattr("engine.data.recipe.prepare._recent", _Forgetful)
    made = load(chosen_file)
    monkeypatch.setattr(
        "engine.data.recipe.prepare._prepare_rows", None
    )  # would be called if it were made anew
    again = load(chosen_file)
    for bundle in (made, again):
        assert type(bundle.inputs["review"]).__name__ == KeptTexts.__name__
        assert np.asarray(bundle.inputs["review"]).tolist() == small.inputs["review"].tolist()
        np.testing.assert_array_equal(bundle.inputs["x"], small.inputs["x"])


class _Forgetful:
    def get(self, key: str) -> None:
        return None

    def put(self, key: str, kept: object) -> None:
        return


def test_training_is_the_same_whether_texts_are_in_memory_or_read_as_they_are_needed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen_file = by_text(tmp_path)
    in_memory = load(chosen_file)
    monkeypatch.setattr(store, "KEPT_FROM", 0)
    monkeypatch.setattr("engine.data.recipe.prepare._recent", _Forgetful)
    on_disk = load(chosen_file)
    network = propose(in_memory.spec, facts_of(in_memory), settings())
    assert facts_of(on_disk) == facts_of(in_memory)
    device = open_device("cpu")
    one = Session(network.graph, in_memory, settings(), device)
    monkeypatch.setattr(adaptation, "COMPUTED_BYTES", 0)
    other = Session(network.graph, on_disk, settings(), device)
    try:
        assert other.rows < one.rows or other.rows >= 250
        assert any(isinstance(a, adaptation.Computed) for a in other.inputs.values())
        for session in (one, other):
            session.advance(3)
        assert one.evaluate(in_memory.validation) == other.evaluate(on_disk.validation)
        theirs = other.states()
        for name, state in one.states().items():
            np.testing.assert_array_equal(state, theirs[name])
    finally:
        one.close()
        other.close()
        device.close()


def test_memory_does_not_grow_with_the_texts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = kept(tmp_path, ["x" * 2_000] * 5_000)  # 10 MB
    gc.collect()
    tracemalloc.start()
    try:
        for start in range(0, len(found), 100):
            assert len(found[start : start + 100]) == 100
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()


def test_layers_read_texts_without_having_them_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Learning a vocabulary, and turning the texts of a step into numbers: not more memory for ten times the texts."""
    monkeypatch.setattr(hosting, "BLOCK_ROWS", 50)
    monkeypatch.setattr(adaptation, "COMPUTED_BYTES", 0)
    peaks = []
    for rows in (200, 2_000):
        folder = tmp_path / str(rows)
        folder.mkdir()
        texts = cast("Array", kept(folder, [f"{WORDS[k % 6]} " * 60 for k in range(rows)]))  # 300 bytes each
        feature = Feature("x", "text", (1,), DType.STRING, column_names=("review",))
        side = hosted_side(texts, feature, rows)
        gc.collect()
        tracemalloc.start()
        try:
            found = side(texts)
            assert found[np.array([0, 6, 1])].tolist() == [found[0:1].tolist()[0]] * 2 + found[1:2].tolist()
            peaks.append(tracemalloc.get_traced_memory()[1])
        finally:
            tracemalloc.stop()
    assert peaks[1] < peaks[0] + 300_000


def hosted_side(texts: Array, feature: Feature, rows: int) -> Callable[[Array], Array]:
    target = Feature("y", "category", (), DType.INT32, class_names=("no", "yes"))
    spec = DataSpec({"x": feature, "y": target}, ("x",), ("y",), TaskKind.BINARY, Counts(rows, 0, 0))
    words = {"output_sequence_length": 4, "max_tokens": 12}
    of = layers()
    network = build_sequential(
        [
            of["Input"](),
            of["TextVectorization"].model_validate(words),
            of["Embedding"].model_validate({"input_dim": 12, "output_dim": 3}),
            of["Flatten"](),
            of["Dense"].model_validate({"units": 1}),
            of["Target"](),
        ]
    )
    compiler = ModelCompiler(network, feature_specs(spec), objectives_of(network, spec))

    def numbers(given: Array) -> Array:
        side = adaptation.HostSide(compiler, {"x": given}, range(rows), None)
        (found,) = side.inputs_of_data({"x": given}).values()
        return found

    return numbers
