"""Networks that read text leave with their vocabulary; where padding would be counted elsewhere, that is said."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.exchange.formats import read_network, write_network
from engine.exchange.judges import Places
from engine.exchange.meaning import Meaning
from engine.exchange.outgoing import Outgoing, outgoing
from engine.formats.errors import FormatError
from engine.graph.features import FeatureSpec
from engine.layers.host import packed
from engine.layers.registry import layers
from engine.layers.string_lookup import StringLookup
from engine.layers.text_vectorization import TextVectorization
from engine.models import Input, Model
from engine.models.proof import Samples, prove, samples_of
from engine.tensor.spec import DType
from tests.engine.exchange.test_web import page_of

WORDS = ("night", "the", "good", "bad")


@pytest.fixture
def reading() -> tuple[Outgoing, Samples]:
    """Words by number, their vectors without padding, their mean, two scores; the vocabulary was learned."""
    known: dict[str, Any] = dict(layers())
    text = Input((1,), dtype="string", name="x")
    numbers = TextVectorization(output_sequence_length=6, vocabulary=WORDS)(text)
    vectors = known["Embedding"](input_dim=10, output_dim=3, mask_zero=True)(numbers)
    model = Model(text, known["Dense"](units=2)(known["GlobalAveragePooling1D"]()(vectors)))
    graph, weights = model.graph, dict(model.weights)
    (host,) = [n for n in graph.nodes.values() if isinstance(n.layer, TextVectorization)]
    from engine.graph.edits import SetSettings

    learned = host.layer.model_copy(update={"vocabulary": None})  # type: ignore[union-attr]  # of that class
    SetSettings(host.id, learned).apply(graph)
    weights[f"{host.id}/vocabulary"] = packed(WORDS)
    features = {"x": FeatureSpec((1,), DType.STRING)}
    return outgoing(graph, features, weights, meaning=Meaning("Reviews")), samples_of(
        graph, weights, features
    )


def test_what_was_learned_is_a_setting_of_the_layer_that_leaves(reading: tuple[Outgoing, Samples]) -> None:
    out, _ = reading
    (layer,) = [p.what for p in out.net.parts if isinstance(p.what, TextVectorization)]
    assert layer.vocabulary == WORDS


def test_a_file_of_keras_has_the_vocabulary(reading: tuple[Outgoing, Samples], tmp_path: Path) -> None:
    out, samples = reading
    write_network(out, tmp_path / "a.keras")
    back = read_network(tmp_path / "a.keras")
    (layer,) = [n.layer for n in back.graph.nodes.values() if isinstance(n.layer, TextVectorization)]
    assert layer.vocabulary == WORDS
    verdict = prove(samples, out, tmp_path / "a.keras", Places()).verdicts[0]
    assert verdict.same


def test_samples_of_text_are_texts(reading: tuple[Outgoing, Samples]) -> None:
    _, samples = reading
    (texts,) = samples.inputs.values()
    assert texts.dtype.kind == "T"
    assert len(set(texts.reshape(-1).tolist())) == samples.rows


def test_a_page_reads_the_text_in_its_script(reading: tuple[Outgoing, Samples], tmp_path: Path) -> None:
    out, _ = reading
    (given,) = page_of(out, tmp_path)["inputs"]
    assert given["kind"] == "text"
    assert given["shape"] == [6]
    assert given["dtype"] == "int32"
    assert given["step"]["vocabulary"] == list(WORDS)


def test_a_mean_without_padding_is_none_of_tensorflow_js(
    reading: tuple[Outgoing, Samples], tmp_path: Path
) -> None:
    from dataclasses import replace

    from engine.exchange.web.texts import without_texts

    network, _ = without_texts(reading[0])
    with pytest.raises(FormatError, match="leaves padding out"):
        write_network(network, tmp_path / "model.json")
    plain = [
        replace(p, what=p.what.model_copy(update={"mask_zero": False}))  # type: ignore[union-attr]  # a layer
        if hasattr(p.what, "mask_zero")
        else p
        for p in network.net.parts
    ]
    write_network(replace(network, net=replace(network.net, parts=tuple(plain))), tmp_path / "model.json")
    assert (tmp_path / "model.json").is_file()


def test_settings_with_what_was_learned_say_the_same() -> None:
    texts = np.array(["The night", "good BAD", "never seen"], DType.STRING.numpy)[:, np.newaxis]
    for layer in (
        TextVectorization(output_sequence_length=3),
        TextVectorization(output_mode="tf_idf", max_tokens=9),
        TextVectorization(output_mode="count", max_tokens=9),
    ):
        tables = layer.adapt([texts])
        fixed = layer.with_tables(tables)
        assert not fixed.adapts
        np.testing.assert_array_equal(fixed.compute(texts, {}), layer.compute(texts, tables))
    looked = StringLookup()
    words = np.array(["a", "b", "a"], DType.STRING.numpy)[:, np.newaxis]
    tables = looked.adapt([words])
    np.testing.assert_array_equal(
        looked.with_tables(tables).compute(words, {}), looked.compute(words, tables)
    )
    assert looked.with_tables({}) is looked
