"""Networks in use: all kinds of files, block by block, in the units of the data, and nothing half written."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import engine.data.block
from engine import layers
from engine.data.bundle import Feature
from engine.data.errors import DataError
from engine.data.pictures.ranges import Pixels, in_range
from engine.data.recipe.applying import apply, open_for
from engine.data.recipe.prepare import prepare
from engine.data.recipe.streaming import RecipeRows
from engine.data.settings import DataSettings
from engine.devices.base import Interrupted
from engine.formats.dataless import given_inputs
from engine.formats.errors import FormatError
from engine.formats.project import Project, load_project, save_project
from engine.formats.sections import ANSWERS, AnswerWords
from engine.formats.weights import expected_shapes
from engine.models import Input, Model, Sequential
from engine.models.answering.network import Answering, answering
from engine.models.answering.results import gathered
from engine.models.answering.table import Answer, titles
from engine.models.answering.writing import save_csv, save_npz
from engine.proposals.propose import propose
from engine.tensor.spec import Array
from engine.training.features import feature_specs


def asked(model: Model, tmp_path: Path, words: AnswerWords | None = None) -> Answering:
    model.save(tmp_path / "model.loom")
    project = load_project(tmp_path / "model.loom")
    if words is not None:
        project.graph.put_section(ANSWERS, words)
    return answering(project, "model.loom")


def answers_of(network: Answering, path: Path, answers: str = "") -> tuple[Array, Array]:
    """All outputs of the only target, and the truth in the file (nothing where it has none)."""
    rows = network.open(path, answers=answers)
    try:
        found = list(network.answer(rows))
    finally:
        rows.close()
    truths = [truth for a in found for truth in a.block.truth.values()]
    return np.concatenate([a.outputs[0] for a in found]), np.concatenate(truths) if truths else np.zeros(0)


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a few rows are several blocks."""
    monkeypatch.setattr(engine.data.block, "MOST_ROWS", 3)


@pytest.fixture
def three() -> Model:
    return Sequential([Input((2,)), layers.Dense(units=3, activation="softmax")])


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("suffix", [".csv", ".npz", ".npy"])
def test_every_kind_of_file_gives_what_the_model_gives(three: Model, tmp_path: Path, suffix: str) -> None:
    x = np.random.default_rng(0).normal(size=(8, 2)).astype(np.float32)
    path = tmp_path / f"in{suffix}"
    if suffix == ".csv":
        path.write_text("a,b\n" + "\n".join(f"{u!r},{v!r}" for u, v in x.tolist()), encoding="utf-8")
    elif suffix == ".npz":
        np.savez(path, x0=x)
    else:
        np.save(path, x)
    found, _ = answers_of(asked(three, tmp_path), path)
    np.testing.assert_allclose(found, three.predict(x), atol=1e-6)


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize(
    ("written", "expected"),
    [(["0", "2", "1", "7"], [0, 2, 1, -1]), (["ant", "cow", "bee", "elk"], [0, 2, 1, -1])],
)
def test_answers_in_a_table_are_class_numbers(
    three: Model, tmp_path: Path, written: list[str], expected: list[int]
) -> None:
    words = AnswerWords(classes={"y": ("ant", "bee", "cow")})
    path = tmp_path / "in.csv"
    path.write_text("a,b,animal\n" + "".join(f"0,1,{w}\n" for w in written), encoding="utf-8")
    network = asked(three, tmp_path, words)
    assert answers_of(network, path, "animal")[1].tolist() == expected
    path.write_text(path.read_text(encoding="utf-8").replace("animal", "Class"), encoding="utf-8")
    assert answers_of(network, path)[1].tolist() == expected
    assert titles([Answer(network.targets[0], np.zeros((1, 3)))]) == ["class", "ant", "bee", "cow"]


def test_answers_in_arrays_may_be_one_hot(three: Model, tmp_path: Path) -> None:
    np.savez(tmp_path / "in.npz", x0=np.zeros((2, 2), np.float32), y0=np.eye(3)[[2, 0]])
    assert answers_of(asked(three, tmp_path), tmp_path / "in.npz")[1].tolist() == [2, 0]


def picture_folder(folder: Path) -> Path:
    for number, name in enumerate(("cat", "dog")):
        (folder / name).mkdir(parents=True)
        Image.fromarray(np.full((6, 6, 3), 100 + 50 * number, np.uint8)).save(folder / name / "a.png")
    return folder


def test_a_folder_of_pictures_is_read_in_the_range_of_the_network(tmp_path: Path) -> None:
    model = Sequential([Input((4, 4, 3)), layers.GlobalAveragePooling2D()])
    folder = picture_folder(tmp_path / "pets")
    found, _ = answers_of(asked(model, tmp_path, AnswerWords(pixels=Pixels.BYTES)), folder)
    np.testing.assert_allclose(found, [[100] * 3, [150] * 3])
    found, _ = answers_of(asked(model, tmp_path), folder)
    np.testing.assert_allclose(found, np.array([[100] * 3, [150] * 3]) / 255, rtol=1e-6)


def test_a_picture_that_cannot_be_read_has_no_answer_and_spoils_no_other(tmp_path: Path) -> None:
    model = Sequential([Input((4, 4, 3)), layers.GlobalAveragePooling2D()])
    folder = picture_folder(tmp_path / "pets")
    (folder / "cat" / "b.png").write_bytes(b"\x89PNG\r\n\x1a\n nothing")
    network = asked(model, tmp_path)
    rows = network.open(folder)
    (block,) = network.answer(rows)
    assert np.isnan(block.outputs[0]).all(axis=1).tolist() == [False, True, False]
    assert any("b.png" in note for note in rows.notes)
    rows.close()


@pytest.mark.parametrize(
    ("pixels", "black", "white"),
    [(Pixels.UNIT, 0.0, 1.0), (Pixels.SYMMETRIC, -1.0, 1.0), (Pixels.BYTES, 0.0, 255.0)],
)
def test_ranges_of_pixels(pixels: Pixels, black: float, white: float) -> None:
    found = in_range(np.array([[[[0, 0, 0], [255, 255, 255]]]], np.uint8), pixels)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found[0, 0], [[black] * 3, [white] * 3])


def test_ranges_of_published_networks() -> None:
    pixels = np.array([[[[255, 0, 0]]]], np.uint8)
    standard = in_range(pixels, Pixels.STANDARD)[0, 0, 0]
    np.testing.assert_allclose(standard, [(1 - 0.485) / 0.229, -0.456 / 0.224, -0.406 / 0.225], rtol=1e-5)
    caffe = in_range(pixels, Pixels.CAFFE)[0, 0, 0]
    np.testing.assert_allclose(caffe, [-103.939, -116.779, 255 - 123.68], rtol=1e-5)


@pytest.mark.usefixtures("small_blocks")
def test_a_recipe_in_blocks_is_the_recipe_at_once(tmp_path: Path) -> None:
    rows = [f"{i % 7},{'uvw'[i % 3]},{'ab'[i % 2]},2024-01-{1 + i % 28:02d}" for i in range(40)]
    path = tmp_path / "own.csv"
    path.write_text("\n".join(["size,letter,species,day", *rows]) + "\n", encoding="utf-8")
    preparation = prepare(DataSettings(path=str(path))).preparation
    assert preparation is not None
    with open_for(preparation, path) as source:
        whole = apply(preparation, source)
        stream = RecipeRows(preparation, source)
        blocks = list(stream.blocks())
    assert len(blocks) > 10
    for name, array in whole.inputs.items():
        np.testing.assert_array_equal(np.concatenate([b.inputs[name] for b in blocks]), array)
    (target,) = preparation.of("target")
    told = np.concatenate([b.truth[target.name] for b in blocks])
    assert told.tolist() == ["ab".index(row.split(",")[2]) for row in rows] or target.kind != "category"


def bad_after(blocks: int, error: BaseException) -> Iterator[Sequence[Answer]]:
    for _ in range(blocks):
        yield [Answer(Feature("y", "numeric", (2,)), np.ones((3, 2), np.float32))]
    raise error


@pytest.mark.parametrize("error", [DataError("Values must be finite."), KeyboardInterrupt()])
@pytest.mark.parametrize("save", [save_csv, save_npz])
def test_what_breaks_in_the_middle_leaves_the_old_file(
    tmp_path: Path, save: Callable[[Path, Iterator[Sequence[Answer]]], int], error: BaseException
) -> None:
    path = tmp_path / "out.any"
    path.write_text("old", encoding="utf-8")
    with pytest.raises(type(error)):
        save(path, bad_after(2, error))
    assert path.read_text(encoding="utf-8") == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["out.any"]


def test_a_full_disk_is_a_sentence_and_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    path = tmp_path / "out.npz"
    path.write_text("old", encoding="utf-8")
    monkeypatch.setattr("tempfile.TemporaryFile", full)
    with pytest.raises(FormatError, match="No space left on device"):
        save_npz(path, bad_after(1, DataError("")))
    assert path.read_text(encoding="utf-8") == "old"


def test_whoever_waits_no_longer_ends_the_work(three: Model, tmp_path: Path) -> None:
    np.save(tmp_path / "in.npy", np.zeros((9, 2), np.float32))
    network = asked(three, tmp_path)

    def stop(_done: int, _total: int) -> None:
        raise Interrupted

    with pytest.raises(Interrupted):
        list(network.answer(network.open(tmp_path / "in.npy"), stop))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a,b,c\n1,2,3\n", "needs 2 columns of numbers"),
        ("a,b\n1,x\n", "column 'b' of in.csv is 'x'"),
        ("a,b\n", "must have rows below its header"),
        ("a,b\n1,2\n1\n", "line 3 of in.csv has 1"),
    ],
)
def test_bad_tables_are_a_sentence(three: Model, tmp_path: Path, text: str, sentence: str) -> None:
    (tmp_path / "in.csv").write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=sentence):
        answers_of(asked(three, tmp_path), tmp_path / "in.csv")


def test_pictures_for_a_network_of_numbers_are_refused(three: Model, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="which is no picture; pets holds pictures"):
        answers_of(asked(three, tmp_path), picture_folder(tmp_path / "pets"))


def test_names_and_pixels_are_kept_in_the_project(three: Model, tmp_path: Path) -> None:
    words = AnswerWords(classes={"y": ("ant", "bee", "cow")}, pixels=Pixels.CAFFE)
    asked(three, tmp_path, words)
    project = load_project(tmp_path / "model.loom")
    project.graph.put_section(ANSWERS, words)
    save_project(tmp_path / "again.loom", Project(project.graph, project.weights))
    again = load_project(tmp_path / "again.loom")
    assert again.graph.sections[ANSWERS] == words
    assert given_inputs(again.graph) is not None


def strokes_on(folder: Path, ground: int) -> Path:
    pixels = np.full((6, 6), ground, np.uint8)
    pixels[2:4, 1:4] = 255 - ground
    path = folder / f"stroke{ground}.png"
    Image.fromarray(pixels).save(path)
    return path


@pytest.fixture
def looking(tmp_path: Path) -> Answering:
    """A network of grey pictures."""
    model = Sequential([Input((4, 4, 1)), layers.Flatten(), layers.Dense(units=2, activation="softmax")])
    return asked(model, tmp_path)


def test_a_picture_that_is_turned_round_has_the_answers_of_the_other(
    looking: Answering, tmp_path: Path
) -> None:
    plain, _ = answers_of(looking, strokes_on(tmp_path, 0))
    rows = looking.open(strokes_on(tmp_path, 255), inverted=True)
    (turned,) = (answered.outputs[0] for answered in looking.answer(rows))
    rows.close()
    np.testing.assert_array_equal(turned, plain)


@pytest.mark.parametrize(
    ("learned", "ground", "inverted", "expected"),
    [
        (0.0, 255, False, True),
        (0.0, 255, True, False),
        (0.0, 0, False, False),
        (1.0, 0, False, True),
        (None, 255, False, False),
    ],
)
def test_results_say_whether_pictures_look_inverted(
    looking: Answering, tmp_path: Path, learned: float | None, ground: int, inverted: bool, expected: bool
) -> None:
    looking.ground = learned
    rows = looking.open(strokes_on(tmp_path, ground), inverted=inverted)
    found = gathered(looking, rows, "stroke", inverted=inverted)
    rows.close()
    assert (found.pictured, found.inverted, found.looks_inverted) == (True, inverted, expected)


def test_a_drawing_in_a_corner_has_the_answers_of_the_one_in_the_middle(
    looking: Answering, tmp_path: Path
) -> None:
    looking.extent = 0.5
    pixels = np.zeros((32, 32), np.uint8)
    pixels[8:24, 8:24] = 255
    Image.fromarray(pixels).save(tmp_path / "middle.png")
    plain, _ = answers_of(looking, tmp_path / "middle.png")
    Image.fromarray(np.roll(pixels, (-8, -8), (0, 1))).save(tmp_path / "corner.png")
    found = {}
    for centred in (False, True):
        rows = looking.open(tmp_path / "corner.png", centred=centred)
        found[centred] = gathered(looking, rows, "corner", centred=centred)
        rows.close()
    assert (found[False].looks_off_centre, found[True].looks_off_centre) == (True, False)
    assert (found[False].centred, found[True].centred, found[True].extent) == (False, True, 0.5)
    np.testing.assert_allclose(found[True].answers[0].values, plain, atol=0.05)
    assert np.abs(found[False].answers[0].values - plain).max() > 0.09
    (picture,) = (cell for cell in found[True].shown[0] if isinstance(cell, np.ndarray))
    assert picture.shape == (4, 4, 1)  # as the network gets it
    assert picture[1:3, 1:3].min() > 190


def test_rows_of_numbers_are_not_centred(three: Model, tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"Only pictures can be centred; rows.csv holds none"):
        asked(three, tmp_path).open(tmp_path / "rows.csv", centred=True)


@pytest.mark.parametrize("name", ["rows.npy", "rows.csv"])
def test_rows_of_numbers_are_not_inverted(three: Model, tmp_path: Path, name: str) -> None:
    if name.endswith(".npy"):
        np.save(tmp_path / name, np.zeros((2, 2), np.float32))
    else:
        (tmp_path / name).write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(DataError, match=f"Only pictures can be inverted; {name} holds none"):
        asked(three, tmp_path).open(tmp_path / name, inverted=True)


def test_the_ground_that_was_learned_is_known_where_the_data_is(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / "own" / name).mkdir(parents=True)
        for k in range(6):
            pixels = np.full((4, 4), 250 - k, np.uint8)
            Image.fromarray(pixels).save(tmp_path / "own" / name / f"{k}.png")
    bundle = prepare(DataSettings(path=str(tmp_path / "own")))
    graph = propose(bundle.spec).graph
    weights = {
        n: np.zeros(s, np.float32) for n, s in expected_shapes(graph, feature_specs(bundle.spec)).items()
    }
    project = Project(graph, weights, preparation=bundle.preparation)
    for given, expected in ((bundle, 1.0), (None, None)):
        network = answering(project, "own", given)
        assert network.ground == expected
        network.close()


def test_a_last_block_is_answered_by_what_was_compiled_for_the_others(
    looking: Answering, tmp_path: Path
) -> None:
    rng = np.random.default_rng(0)
    pixels = rng.random((7, 4, 4, 1), np.float32)
    compiled = looking._runner._compiled
    (whole,) = looking.of({looking.inputs[0].name: pixels})
    assert len(compiled) == 1
    for start, stop in ((0, 3), (3, 7), (6, 7)):
        (part,) = looking.of({looking.inputs[0].name: pixels[start:stop]})
        np.testing.assert_allclose(part, whole[start:stop], atol=1e-6)
    assert len(compiled) == 1
    (more,) = looking.of({looking.inputs[0].name: np.repeat(pixels, 2, 0)})
    np.testing.assert_allclose(more[::2], whole, atol=1e-6)
    assert len(compiled) == 2


def test_large_pictures_are_answered_a_few_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = Sequential([Input((224, 224, 3)), layers.GlobalAveragePooling2D(), layers.Dense(units=2)])
    network = asked(model, tmp_path)
    (found,) = network.of({network.inputs[0].name: np.zeros((5, 224, 224, 3), np.float32)})
    assert found.shape == (5, 2)
    ((_, batch),) = network._runner._compiled
    assert batch == 2


def test_answers_are_called_as_their_column_or_as_what_they_are(three: Model, tmp_path: Path) -> None:
    network = asked(three, tmp_path)
    (target,) = network.targets
    assert network.title_of(target) == ("class" if target.class_names else "y")
    assert network.title_of(Feature("y", "numeric", (1,), column_names=("price",))) == "price"
    assert network.title_of(Feature("mask", "category", (), class_names=("a", "b"))) == "mask"
    (tmp_path / "mine.csv").write_text("a,b,species\n" + "1,2,ant\n3,4,bee\n" * 9, encoding="utf-8")
    bundle = prepare(DataSettings(path=str(tmp_path / "mine.csv")))
    network._preparation = bundle.preparation
    (name,) = bundle.targets
    assert network.title_of(bundle.features[name]) == "species"
