"""The reference: complete, fresh, small, and true to what the declarations do."""

import re
from html import escape
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest

from engine.layers.registry import layers
from engine.lessons.registry import lessons
from engine.reference.__main__ import main
from engine.reference.lessons import path_of
from engine.reference.library import CONTENTS, FOLDER, INDEX, Library
from engine.reference.pictures.svg import Ink
from engine.reference.subjects import SHELVES, find, formulas, subjects
from engine.reference.write import generate, stale, write

LARGEST = 1_500_000  # bytes of all pages together


@pytest.fixture(scope="module")
def files() -> dict[str, str]:
    """The committed pages; that they are those that would be made now, which takes seconds, one test asks for all."""
    paths = (path for path in FOLDER.rglob("*") if path.is_file())
    return {path.relative_to(FOLDER).as_posix(): path.read_text(encoding="utf-8") for path in paths}


class Balance(HTMLParser):
    """Notes tags that are closed without being open, or the other way round."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.faults: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in {"meta", "br", "img"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.faults.append(tag)


def test_the_committed_pages_are_fresh_and_made_the_same_every_time() -> None:
    made = generate()
    found = list(stale(made, FOLDER))
    assert not found, f"run `python -m engine.reference`: {', '.join(found[:10])}"
    assert generate() == made


def test_there_is_a_page_for_everything_and_they_stay_small(files: dict[str, str]) -> None:
    assert {subject.declaration for subject in subjects()} >= set(layers().values())
    for shelf in SHELVES:
        assert shelf.members(), shelf.folder
        assert {find(kind) for kind in shelf.members().values()} <= set(subjects())
    assert {INDEX, CONTENTS} <= set(files)
    assert sum(len(text.encode()) for text in files.values()) < LARGEST


def test_pages_say_what_the_declarations_say(files: dict[str, str]) -> None:
    for subject in subjects():
        text = files[subject.path]
        balance = Balance()
        balance.feed(text)
        assert not balance.faults, subject.path
        assert not balance.open, subject.path
        assert f"<h1>{escape(subject.title)}</h1>" in text
        assert subject.summary
        for name in subject.declaration.model_fields:
            assert f'name="{name}"' in text, "every setting has a place that help can open"


def test_pictures_are_valid_and_in_the_inks_that_themes_replace(files: dict[str, str]) -> None:
    for path, svg in files.items():
        if path.endswith(".svg"):
            assert ElementTree.fromstring(svg).tag.endswith("svg")
            assert "nan" not in svg, path
            inks = set(re.findall(r'(?:fill|stroke)="([a-z]+)"', svg))
            assert inks <= {"none", *Ink}, path


def test_nearly_everything_has_a_picture(files: dict[str, str]) -> None:
    without = [s.path for s in subjects() if s.path.replace(".html", ".svg") not in files]
    assert len(without) < 0.1 * len(subjects()), without


def test_a_curve_is_the_function(files: dict[str, str]) -> None:
    svg = files["layers/ReLU.svg"]
    lines = re.findall(r'<polyline points="([^"]+)" fill="none" stroke="royalblue"', svg)
    points = [tuple(map(float, pair.split(","))) for pair in lines[0].split()]
    assert len(points) == 3, "flat, a corner at zero, straight up"
    (x0, y0), (x1, y1), (x2, y2) = points
    assert y0 == y1 > y2
    assert x1 - x0 == pytest.approx(x2 - x1, abs=4.0)


def test_a_window_shows_strides_and_size(files: dict[str, str]) -> None:
    page, svg = files["layers/MaxPooling2D.html"], files["layers/MaxPooling2D.svg"]
    assert "neighbouring results" in page
    boxes = [len(re.findall("M", path)) for path in re.findall(r'<path d="([^"]+)" fill', svg)]
    assert boxes == [4, 4, 1, 1], "two windows of 2 by 2 that do not overlap, and their results"


def test_equations_are_found_in_docstrings() -> None:
    assert formulas("It adds. y = a + b. Then more.") == "y = a + b"
    assert formulas("y = a + b + .. All alike.") == "y = a + b + .."
    assert formulas("First i, f = g(x), one for each.") == "i, f = g(x)"
    assert formulas("Set units = 3 and go.") == ""


def test_writing_changes_only_what_is_stale(files: dict[str, str], tmp_path: Path) -> None:
    assert write(files, tmp_path) == len(files)
    assert write(files, tmp_path) == 0
    (tmp_path / "left.html").write_text("of a layer that is gone", encoding="utf-8")
    (tmp_path / INDEX).write_text("changed", encoding="utf-8")
    svg = tmp_path / "layers/ReLU.svg"
    moved = re.sub(
        r'points="(\d+)', lambda m: f'points="{int(m[1])}.1', svg.read_text(encoding="utf-8"), count=1
    )
    svg.write_text(moved, encoding="utf-8")
    assert sorted(stale(files, tmp_path)) == [INDEX, "left.html"], "another rounding is not another picture"
    assert write(files, tmp_path) == 2
    assert not (tmp_path / "left.html").exists()


def test_the_command_says_how_to_use_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--nonsense"]) == 2
    assert "usage" in capsys.readouterr().err


def test_the_library_reads_what_was_written(files: dict[str, str], tmp_path: Path) -> None:
    write(files, tmp_path)
    library = Library(tmp_path)
    pages = [subject.path for subject in subjects()] + [path_of(lesson) for lesson in lessons().values()]
    assert [entry.path for entry in library.entries] == pages
