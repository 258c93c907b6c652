"""Tokens as text and notes, examples in words, answers of a network, one's own example."""

import io
import wave
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine.data.bundle import DataBundle, Feature
from engine.data.load import load
from engine.data.melodies.midi import read_melody
from engine.data.melodies.sounding import RATE, midi_bytes, samples, timed, wav_bytes
from engine.data.settings import DataSettings
from engine.formats.examples import examples
from engine.tensor.spec import DType
from engine.training.predictions import arrays, own
from engine.training.predictions.answers import answers_of, answers_of_data
from engine.training.predictions.beside import makes_pictures, pairs
from engine.training.predictions.examples import in_words
from engine.training.predictions.forecasts import forecast, is_series
from engine.training.predictions.spelling import continues, is_melody, note_of, spelled, tokens_of


def bundle(name: str, **options: object) -> DataBundle:
    return load(DataSettings.model_validate({"dataset": name, "options": options}))


def test_letters_and_words_are_spelled_and_read() -> None:
    letters = ("line end", "space", "a", "b", "c", "d", "e")
    assert spelled(letters, [2, 1, 3, 0]) == "a b\n"
    assert tokens_of(letters, "a b\nX") == ((2, 1, 3, 0), "X")
    words = ("unknown", "to", "be", "or", ",")
    assert spelled(words, [1, 2, 4, 3]) == "to be, or"
    assert tokens_of(words, "To be, maybe") == ((1, 2, 4), "maybe")


def test_notes_are_notes_and_letters_are_none() -> None:
    assert is_melody(("end", "R", "C4", "D4", "E4", "F4"))
    assert not is_melody(("a", "b", "c"))
    assert str(note_of("C4")) == "C4/4"
    assert note_of("end") is None


def test_a_melody_is_the_same_in_a_midi_file_and_sounds(tmp_path: Path) -> None:
    tones = [note_of(word) for word in ("C4/4", "R/4", "E4/8", "G4/2")]
    notes, quarters = timed(tones)
    assert quarters == 1 + 1 + 0.5 + 2
    assert [n.start for n in notes] == [0.0, 2.0, 2.5]
    path = tmp_path / "melody.mid"
    path.write_bytes(midi_bytes(notes))
    assert [str(tone) for tone in read_melody(path)] == ["C4/4", "R/4", "E4/8", "G4/2"]
    sound = samples(notes, quarters)
    spectrum = np.abs(np.fft.rfft(sound[: RATE // 2].astype(float)))
    assert spectrum.argmax() * 2 == pytest.approx(261.6, abs=3)  # the middle C
    with wave.open(io.BytesIO(wav_bytes(notes, quarters))) as file:
        assert file.getframerate() == RATE
        assert file.getnframes() == len(sound)


def test_what_a_network_answers_follows_its_targets() -> None:
    iris = bundle("iris")
    (answer,) = answers_of(examples()["iris"].graph(), iris.spec)
    assert (answer.output, answer.is_class, len(answer.classes)) == ("y0", True, 3)
    assert answer.node
    assert answers_of(examples()["boston"].graph(), iris.spec)[0].feature == answer.feature
    text = bundle("shakespeare")
    assert continues(text.spec, answers_of_data(text.spec)[0])
    assert not continues(bundle("copy").spec, answers_of_data(bundle("copy").spec)[0])


def test_two_of_many_features_vary_and_all_others_are_held_at_their_median() -> None:
    iris = bundle("iris")
    columns = arrays.columns_of(iris)
    assert len(columns) == 4
    x = arrays.grid(iris, columns[1], columns[3])["x"]
    median = np.median(iris.inputs["x"][: len(iris.train)], axis=0)
    assert x.shape == (arrays.GRID**2, 4)
    np.testing.assert_allclose(x[:, [0, 2]], np.broadcast_to(median[[0, 2]], (len(x), 2)), rtol=1e-6)
    low, high, bottom, top = arrays.extent(iris, columns[1], columns[3])
    assert low < 2.0  # of the widths of sepals, in centimetres
    assert high > 4.4
    assert bottom < 0.1
    assert top > 2.5
    values = arrays.values_of(iris, columns[1], range(3))
    np.testing.assert_allclose(arrays.in_units(iris, columns[1], iris.inputs["x"][:3, 1]), values)


def test_examples_are_told_in_words_and_units() -> None:
    assert "sepal" in in_words(bundle("iris"), 0)
    assert in_words(bundle("digits"), 0) == ""
    assert in_words(bundle("shakespeare"), 0)


def test_the_most_probable_class_comes_first() -> None:
    answer = answers_of_data(bundle("iris").spec)[0]
    best = own.chances(answer, np.array([[0.1, 0.7, 0.2]]))
    assert [p for _, _, p in best] == [0.7, 0.2, 0.1]
    assert best[0][0] == answer.classes[1]


def test_ones_own_picture_and_text_are_seen_as_those_of_the_data() -> None:
    digits = bundle("digits")
    pixels = arrays.images_of(digits, "x", np.array([3]))
    seen = own.of_picture(digits, 0, "x", pixels)["x"]
    np.testing.assert_allclose(seen, own.of_row(digits, 3)["x"], atol=1 / 255)
    text = bundle("shakespeare")
    found, strange, last = own.of_text(text, 0, "x", "To be\N{SNOWMAN}")
    assert (strange, last) == ("\N{SNOWMAN}", 4)
    assert spelled(text.features["x"].class_names, found["x"][0, :5].tolist()) == "To be"


def test_a_forecast_joins_what_was_known_and_what_came() -> None:
    series = bundle("airline")
    answer = answers_of_data(series.spec)[0]
    assert is_series(series, answer)
    one = forecast(series, answer, 0, np.zeros((1, 1), np.float32))
    assert one.known.shape == (12,)
    assert one.known[0] == pytest.approx(112)  # thousand passengers in January 1949
    assert one.came[0] == pytest.approx(115)  # in January 1950


def test_pictures_of_classes_stand_beside_what_they_are_of() -> None:
    x = np.zeros((4, 6, 6, 1), np.uint8)
    digits = bundle("digits")
    target = Feature("y", "category", (6, 6), DType.INT32, class_names=("a", "b"))
    features = {"x": replace(digits.features["x"], shape=(6, 6, 1)), "y": target}
    parts = replace(digits, inputs={"x": x}, targets={"y": np.ones((4, 6, 6), np.int32)}, features=features)
    parts = replace(parts, train=range(4), validation=range(4, 4), test=range(4, 4))
    answer = answers_of_data(parts.spec)[0]
    assert makes_pictures(parts.spec, answer)
    output = np.zeros((4, 6, 6, 2), np.float32)
    output[..., 1] = 1.0
    output[0, :3, :, 0] = 2.0
    found = pairs(parts, answer, range(4), output, 3)
    assert found.error.tolist() == [0.5, 0.0, 0.0]
    assert found.made.shape == (3, 6, 6)
