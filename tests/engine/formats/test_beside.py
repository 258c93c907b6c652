"""A project finds the data that was copied along with it, and no other."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.data.settings import DataSettings
from engine.formats.project import Project, load_project, save_project
from engine.formats.sections import DATA
from engine.graph.document import ModelGraph


def project_on(path: str, place: Path) -> Path:
    """A project in the folder `place` whose data was at `path`."""
    place.mkdir(parents=True, exist_ok=True)
    file = place / "mine.loom"
    save_project(file, Project(ModelGraph(sections={DATA: DataSettings(path=path)})))
    return file


def data_of(file: Path) -> tuple[str | None, tuple[str, ...]]:
    """Where a project reads its data when it is opened, and what is said of that."""
    project = load_project(file)
    data = project.graph.sections[DATA]
    assert isinstance(data, DataSettings)
    return data.path, project.warnings


@pytest.mark.parametrize(
    ("old", "now"),
    [
        ("/home/ada/work/rows.csv", "rows.csv"),
        ("/home/ada/work/data/rows.csv", "data/rows.csv"),
        ("/home/ada/work/data/rows.csv", "rows.csv"),
        ("C:\\Users\\Ada\\h\u00e4user.csv", "h\u00e4user.csv"),
        ("rows.csv", "rows.csv"),
        ("/home/ada/pictures", "pictures"),
    ],
)
def test_data_that_came_along_is_found(tmp_path: Path, old: str, now: str) -> None:
    file = project_on(old, tmp_path / "here")
    there = tmp_path / "here" / now
    (there if "." not in now else there.parent).mkdir(parents=True, exist_ok=True)
    if "." in now:
        there.write_text("a,b\n1,2\n", encoding="utf-8")
    path, (said,) = data_of(file)
    assert path == str(there)
    assert said == f"{there.name} is not where it was; the one in the project's folder is read."


def test_the_deepest_place_is_the_likeliest(tmp_path: Path) -> None:
    file = project_on("/gone/data/rows.csv", tmp_path)
    (tmp_path / "data").mkdir()
    for place in (tmp_path / "rows.csv", tmp_path / "data" / "rows.csv"):
        place.write_text("a\n1\n", encoding="utf-8")
    assert data_of(file)[0] == str(tmp_path / "data" / "rows.csv")


def test_data_that_is_where_it_was_stays(tmp_path: Path) -> None:
    for folder in ("old", "here"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "rows.csv").write_text("a\n1\n", encoding="utf-8")
    old = str(tmp_path / "old" / "rows.csv")
    assert data_of(project_on(old, tmp_path / "here")) == (old, ())


@pytest.mark.parametrize("old", ["/gone/rows.csv", "../rows.csv", "/gone/../rows.csv", "/", "a" * 5000])
def test_nothing_is_taken_that_is_not_there_or_above(tmp_path: Path, old: str) -> None:
    (tmp_path / "rows.csv").write_text("a\n1\n", encoding="utf-8")
    assert data_of(project_on(old, tmp_path / "here")) == (old, ())
