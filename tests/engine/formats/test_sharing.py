"""Projects that are sent: as a text, and as one file with or without their data; opened from anywhere, safely."""

from __future__ import annotations

import contextlib
import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.data.settings import DataSettings
from engine.devices.base import Interrupted
from engine.formats import embedding, letters, sharing
from engine.formats.embedding import Embedded, size_of, unpack
from engine.formats.errors import FormatError
from engine.formats.examples import examples
from engine.formats.project import LoadedProject, Project, load_project
from engine.formats.sections import DATA, INPUTS, InputShapes
from engine.formats.sharing import EXACT, HALF, NONE, WORD, from_text, is_text, share, to_text, with_data
from engine.formats.weights import bundled_features
from engine.graph.document import ModelGraph
from engine.graph.features import FeatureSpec
from engine.graph.serialize import graph_to_json


def project_of(name: str = "xor", scale: float = 1.0) -> Project:
    from engine.models.files import model_of

    graph = examples()[name].graph()
    weights = model_of(LoadedProject(graph), name).weights
    return Project(graph, {n: (a * scale).astype(np.float32) for n, a in weights.items()}, step=7)


def own_data(graph: ModelGraph, path: Path) -> ModelGraph:
    graph = graph.copy()
    graph.put_section(DATA, DataSettings(path=str(path)))
    return graph


# -- as a text --------------------------------------------------------------------------------------
def test_a_small_project_comes_back_from_its_text() -> None:
    project = project_of()
    shared = to_text(project, bundled_features(project.graph))
    assert shared.weights == EXACT
    assert is_text(shared.text)
    assert len(shared.text) <= sharing.USUAL
    back = from_text(shared.text)
    assert graph_to_json(back.graph) == graph_to_json(project.graph)
    assert back.weights.keys() == project.weights.keys()
    for name, array in back.weights.items():
        np.testing.assert_array_equal(array, project.weights[name])
    assert back.warnings == ()


def test_a_larger_one_travels_in_half_precision_or_without_weights() -> None:
    half, none = project_of("spiral"), project_of("mnist-mlp")
    texts = [to_text(p, bundled_features(p.graph)) for p in (half, none)]
    sizes = [sum(a.size for a in p.weights.values()) for p in (half, none)]
    assert sizes[1] > 2 * sharing.USUAL
    assert texts[1].weights == NONE
    assert not from_text(texts[1].text).weights
    if texts[0].weights == HALF:
        for name, array in from_text(texts[0].text).weights.items():
            np.testing.assert_allclose(array, half.weights[name], rtol=1e-3, atol=1e-6)


def test_weights_that_half_precision_would_lose_stay_out(monkeypatch: pytest.MonkeyPatch) -> None:
    project = project_of(scale=1e6)
    monkeypatch.setattr(sharing, "USUAL", 2_500)
    shared = to_text(project, bundled_features(project.graph))
    assert shared.weights in (EXACT, NONE)


QUOTED: tuple[Callable[[str], str], ...] = (
    lambda t: f"\n> {t[:40]}\n> {t[40:]} \n",
    lambda t: f"\ufeff{t}",
    lambda t: f"  {t}\u200b",
)


@pytest.mark.parametrize("wrap", QUOTED)
def test_mail_programs_may_break_and_quote_it(wrap: Callable[[str], str]) -> None:
    project = project_of()
    text = wrap(to_text(project, {}).text)
    assert is_text(text)
    assert len(from_text(text).weights) == len(project.weights)


def test_the_place_of_a_file_does_not_travel(tmp_path: Path) -> None:
    project = project_of()
    graph = own_data(project.graph, tmp_path / "secret folder" / "mine.csv")
    shared = to_text(replace(project, graph=graph), {"x": FeatureSpec((2,)), "y": FeatureSpec((1,))})
    back = from_text(shared.text)
    assert "secret" not in json.dumps(graph_to_json(back.graph))
    given_ = back.graph.sections[INPUTS]
    assert isinstance(given_, InputShapes)
    assert {name: shape.shape for name, shape in given_.shapes.items()} == {"x": (2,)}
    assert back.weights.keys() == project.weights.keys()


def text_of(values: Any) -> str:
    return WORD + letters.pack(values)


def good() -> dict[str, Any]:
    return {"version": 1, "graph": graph_to_json(project_of().graph)}


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([], "which version"),
        ({"version": True}, "which version"),
        ({"version": 2}, "newer version"),
        ({"version": 1}, "can't be read"),
        ({"version": 1, "graph": {"nodes": 7}}, "can't be read"),
        (lambda: good() | {"weights": 7}, "weights in the text"),
        (lambda: good() | {"weights": {"a": [[2], "AAAA"]}, "code": "f8"}, "weights in the text"),
        (lambda: good() | {"weights": {"a": [[2], "AAAA"]}, "code": "f4"}, "weights in the text"),
        (lambda: good() | {"weights": {"a": [[2**40], ""]}, "code": "f4"}, "weights in the text"),
        (lambda: good() | {"weights": {"a": [[-1], ""]}, "code": "f4"}, "weights in the text"),
        (lambda: good() | {"weights": {"a": "x"}, "code": "f4"}, "weights in the text"),
    ],
)
def test_texts_that_are_no_project(values: Any, words: str) -> None:
    with pytest.raises(FormatError, match=words):
        from_text(text_of(values() if callable(values) else values))


def test_weights_of_another_network_are_left_out() -> None:
    values = good() | {"weights": {"nobody/weight": [[1], "AACAPw=="]}, "code": "f4"}
    back = from_text(text_of(values))
    assert not back.weights
    assert "belongs to no layer" in back.warnings[0]


@pytest.mark.parametrize("letters_", ["", "%%%", "AAAA", "eJw", "x" * 100_001])
def test_letters_that_are_damaged(letters_: str) -> None:
    with pytest.raises(FormatError, match=r"damaged|at most"):
        from_text(WORD + letters_)


def test_a_bomb_is_given_up_at_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sharing, "LARGEST", 10_000)
    with pytest.raises(FormatError, match="unpacks to more"):
        from_text(text_of("x" * 1_000_000))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from("AZaz09-_=%"))
def test_a_text_with_a_changed_letter_opens_or_is_refused(place: int, letter: str) -> None:
    text = to_text(project_of(), {}).text
    at = len(WORD) + place % (len(text) - len(WORD))
    with contextlib.suppress(FormatError):
        from_text(text[:at] + letter + text[at + 1 :])


# -- with data ----------------------------------------------------------------------------------------
@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "there" / "my table.csv"
    path.parent.mkdir()
    path.write_text("a,b\n1,2\n" * 100)
    return path


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    folder = tmp_path / "there" / "pets"
    for name in ("cats/1.png", "dogs/2.png", ".hidden/3.png"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(name.encode() * 50)
    (folder / "link.png").symlink_to(folder / "cats" / "1.png")
    return folder


def shared_with(data: Path, tmp_path: Path) -> tuple[Path, LoadedProject]:
    path = tmp_path / "shared.loom"
    project = project_of()
    share(path, replace(project, graph=own_data(project.graph, data)), data)
    return path, load_project(path)


def test_a_file_travels_in_the_project(table: Path, tmp_path: Path) -> None:
    path, loaded = shared_with(table, tmp_path)
    assert loaded.warnings == ()
    assert loaded.data == Embedded(
        "my table.csv", False, size_of(table), loaded.data.sha256 if loaded.data else ""
    )
    settings_ = loaded.graph.sections[DATA]
    assert isinstance(settings_, DataSettings)
    assert settings_.path == "my table.csv"  # no folder of ours
    place = unpack(path, loaded.data, tmp_path / "here")
    assert place.read_bytes() == table.read_bytes()
    assert place.name == "my table.csv"
    opened = with_data(loaded, place).graph.sections[DATA]
    assert isinstance(opened, DataSettings)
    assert opened.path == str(place)


def test_a_folder_travels_without_what_is_hidden_and_links(pictures: Path, tmp_path: Path) -> None:
    path, loaded = shared_with(pictures, tmp_path)
    assert loaded.data is not None
    place = unpack(path, loaded.data, tmp_path / "here")
    found = {p.relative_to(place).as_posix() for p in place.rglob("*") if p.is_file()}
    assert found == {"cats/1.png", "dogs/2.png"}
    assert size_of(pictures) == size_of(place)


def test_what_was_unpacked_is_not_unpacked_again(table: Path, tmp_path: Path) -> None:
    path, loaded = shared_with(table, tmp_path)
    assert loaded.data is not None
    place = unpack(path, loaded.data, tmp_path / "here")
    path.unlink()
    assert unpack(path, loaded.data, tmp_path / "here") == place
    assert [p.name for p in place.parent.iterdir()] == ["my table.csv"]


def test_without_data_no_folder_of_this_machine_is_in_the_file(table: Path, tmp_path: Path) -> None:
    project = project_of()
    share(tmp_path / "a.loom", replace(project, graph=own_data(project.graph, table)), None)
    loaded = load_project(tmp_path / "a.loom")
    assert loaded.data is None
    with zipfile.ZipFile(tmp_path / "a.loom") as archive:
        assert str(table.parent).encode() not in archive.read("project.json")


def test_data_that_is_gone_is_said_and_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="not there any more"):
        share(tmp_path / "a.loom", project_of(), tmp_path / "gone")
    assert not list(tmp_path.iterdir())


def test_who_waits_no_more_ends_it_and_the_file_before_stays(table: Path, tmp_path: Path) -> None:
    def watch(_done: int, _total: int) -> None:
        raise Interrupted

    (tmp_path / "a.loom").write_text("before")
    with pytest.raises(Interrupted):
        share(tmp_path / "a.loom", project_of(), table, watch)
    assert (tmp_path / "a.loom").read_text() == "before"


def changed(path: Path, member: str, content: bytes) -> None:
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    members[member] = content
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)


@pytest.mark.parametrize("content", [b"", b"other", b"a,b\n1,2\n" * 101])
def test_other_data_than_was_saved_is_refused_and_leaves_nothing(
    table: Path, tmp_path: Path, content: bytes
) -> None:
    path, loaded = shared_with(table, tmp_path)
    changed(path, embedding.MEMBER, content)
    assert loaded.data is not None
    with pytest.raises(FormatError, match="SHA-256"):
        unpack(path, loaded.data, tmp_path / "here")
    assert not [p for p in (tmp_path / "here").rglob("*") if p.is_file()]


@pytest.mark.parametrize("name", ["../evil.txt", "/tmp/evil.txt", "a\\..\\b", "C:evil", "a/../../b"])
def test_a_folder_that_leads_out_is_refused(pictures: Path, tmp_path: Path, name: str) -> None:
    import hashlib

    path, _ = shared_with(pictures, tmp_path)
    bad = tmp_path / "bad.zip"
    with zipfile.ZipFile(bad, "w") as archive:
        archive.writestr(zipfile.ZipInfo(name), b"evil")
    content = bad.read_bytes()
    changed(path, embedding.MEMBER, content)
    said = Embedded("pets", True, len(content), hashlib.sha256(content).hexdigest())
    with pytest.raises(FormatError, match="lead out"):
        unpack(path, said, tmp_path / "here")
    assert not [p for p in (tmp_path / "here").rglob("*") if p.is_file()]


def test_a_folder_that_unpacks_to_too_much_is_given_up(
    pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (pictures / "cats" / "large.png").write_bytes(bytes(100_000))
    path, loaded = shared_with(pictures, tmp_path)
    assert loaded.data is not None
    monkeypatch.setattr(embedding, "_RATIO", 0)
    monkeypatch.setattr(embedding, "_FREE", 1_000)
    with pytest.raises(FormatError, match="suspiciously many"):
        unpack(path, loaded.data, tmp_path / "here")


@pytest.mark.parametrize(
    "record",
    [
        None,
        7,
        {},
        {"name": "../x", "folder": False, "size": 1, "sha256": "0" * 64},
        {"name": "a/b", "folder": False, "size": 1, "sha256": "0" * 64},
        {"name": "x", "folder": 1, "size": 1, "sha256": "0" * 64},
        {"name": "x", "folder": False, "size": -1, "sha256": "0" * 64},
        {"name": "x", "folder": False, "size": 1, "sha256": "../../" + "0" * 58},
        {"name": "x", "folder": False, "size": 2**60, "sha256": "0" * 64},
    ],
)
def test_records_of_data_that_make_no_sense(record: object) -> None:
    assert Embedded.read(record) is None


def test_a_record_comes_back() -> None:
    said = Embedded("x.csv", False, 5, "0" * 64)
    assert Embedded.read(said.record()) == said


def test_sizes(table: Path, pictures: Path, tmp_path: Path) -> None:
    assert size_of(table) == 800
    assert size_of(pictures) == 2 * 10 * 50
    assert size_of(tmp_path / "gone") == 0
