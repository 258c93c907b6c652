"""The library of own groups: what is kept comes back, what is broken is named and refused with a sentence."""

import json
from pathlib import Path

import pytest

from engine.formats.errors import FormatError
from engine.formats.group_library import SUFFIX, GroupLibrary, read_group, write_group
from engine.layers.group import Group

CONTENT = {
    "parts": [{"id": "a", "layer": {"name": "Dense", "units": 4}}],
    "wires": [["", "input", "a", "input"]],
    "inlets": ["input"],
    "outlets": [{"name": "output", "part": "a", "port": "output"}],
}
GROUP = Group.model_validate({"label": "Stem", "content": CONTENT, "link": "abc"})


@pytest.fixture
def library(tmp_path: Path) -> GroupLibrary:
    return GroupLibrary(tmp_path / "groups")


def test_what_is_kept_comes_back_without_its_link(library: GroupLibrary) -> None:
    assert library.groups() == []
    key = library.keep(GROUP, "Stem, wide")
    (kept,) = library.groups()
    assert (kept.key, kept.name, kept.problem) == (key, "Stem, wide", "")
    assert kept.layer is not None
    assert kept.layer.content == GROUP.content
    assert not kept.layer.link
    assert library.keep(GROUP, "Stem, wide") != key


def test_it_is_renamed_and_deleted(library: GroupLibrary) -> None:
    key = library.keep(GROUP, "Stem")
    library.rename(key, "Trunk")
    assert [(k.key, k.name) for k in library.groups()] == [(key, "Trunk")]
    with pytest.raises(FormatError, match="printable"):
        library.rename(key, "  ")
    library.delete(key)
    assert library.groups() == []
    with pytest.raises(FormatError, match="no longer"):
        library.rename(key, "x")
    with pytest.raises(FormatError, match="letters and digits"):
        library.delete("../secret")


def test_it_goes_to_others_and_back(library: GroupLibrary, tmp_path: Path) -> None:
    file = tmp_path / f"for-you{SUFFIX}"
    library.copy_to(library.keep(GROUP, "Stem"), file)
    other = GroupLibrary(tmp_path / "other")
    other.add_file(file)
    assert [k.name for k in other.groups()] == ["Stem"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "is no group of Layerloom"),
        ("[]", "is no group of Layerloom"),
        ("[" * 100_000, "is no group of Layerloom"),
        ('{"format": "other"}', "is no group of Layerloom"),
        ('{"format": "layerloom-group"}', "says no version"),
        ('{"format": "layerloom-group", "version": 99}', "later version"),
        (
            '{"format": "layerloom-group", "version": 1, "group": {"content": {"parts": 5}}}',
            "no group that can be used",
        ),
        ('{"format": "layerloom-group", "version": 1, "group": {}}', "without layers"),
    ],
)
def test_a_broken_file_is_refused_with_a_sentence(library: GroupLibrary, text: str, sentence: str) -> None:
    library.keep(GROUP, "Good")
    file = library.folder / f"bad{SUFFIX}"
    file.write_text(text)
    with pytest.raises(FormatError, match=sentence):
        read_group(file)
    good, bad = library.groups()
    assert good.layer is not None
    assert bad.layer is None
    assert sentence in bad.problem
    assert bad.problem.endswith(".")
    library.delete("bad")
    assert len(library.groups()) == 1


def test_unknown_layers_inside_are_named(tmp_path: Path) -> None:
    file = tmp_path / f"x{SUFFIX}"
    write_group(file, "X", GROUP)
    record = json.loads(file.read_text())
    record["group"]["content"]["parts"][0]["layer"] = "Capsule"
    file.write_text(json.dumps(record))
    with pytest.raises(FormatError, match="no layer named 'Capsule'"):
        read_group(file)
