"""Folders that change while they are used: what comes, goes or is written anew is noticed, whichever file it is."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.data.load import load
from engine.data.sources import held_files
from engine.data.sources.held_files import GONE, HeldFiles, state
from engine.data.sources.registry import open_source
from tests.engine.data.recipe.files import chosen

FILES = 25


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for k in range(FILES):
        place = tmp_path / "pictures" / "ab"[k % 2]
        place.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.full((4, 4), 9 * k, np.uint8)).save(place / f"{k}.png")
    return tmp_path / "pictures"


def rewrite(path: Path, seconds: int = 100) -> None:
    Image.fromarray(np.full((4, 4), 255, np.uint8)).save(path)
    os.utime(path, ns=(0, path.stat().st_mtime_ns - seconds * 10**9))  # an older file was copied over it


@pytest.mark.parametrize("k", range(0, FILES, 6))
def test_any_file_that_is_another_is_noticed(folder: Path, k: int) -> None:
    with open_source(folder, {}) as source:
        assert not source.changed()
        rewrite(folder / "ab"[k % 2] / f"{k}.png")
        assert source.changed()


def test_files_that_come_and_go_are_noticed(folder: Path) -> None:
    with open_source(folder, {}) as source:
        (folder / "a" / "2.png").rename(folder / "a" / "200.png")
        assert source.changed()


def test_glances_come_round_to_all_files(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(held_files, "GLANCED_AT", 10)
    with open_source(folder, {}) as source:
        assert not any(source.glance() for _ in range(4))
        rewrite(folder / "b" / "23.png")
        assert [source.glance() for _ in range(3)].count(True) == 1


def test_a_glance_looks_at_few(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def looked_at(_root: Path, name: str) -> tuple[int, int]:
        asked.append(name)
        return GONE

    monkeypatch.setattr(held_files, "state", looked_at)
    held = HeldFiles(tmp_path, [str(k) for k in range(60_000)], [GONE] * 60_000)
    assert not held.glance()
    assert asked == [str(k) for k in range(held_files.GLANCED_AT)]


def test_a_file_that_cannot_be_looked_at_is_gone(tmp_path: Path) -> None:
    assert state(tmp_path, "") == state(tmp_path, "not there") == state(tmp_path, "nul\0") == GONE


def test_training_tells_of_a_folder_that_changed(folder: Path) -> None:
    bundle = load(chosen(folder))
    assert bundle.origin is not None
    assert bundle.origin.complaint(glance=True) == bundle.origin.complaint() == ""
    rewrite(folder / "b" / "7.png")
    assert "has changed since it was read" in bundle.origin.complaint(glance=True)


def test_pictures_that_a_table_names_belong_to_it(folder: Path) -> None:
    table = folder.parent / "labels.csv"
    lines = [f"pictures/{'ab'[k % 2]}/{k}.png,{'ab'[k % 2]}" for k in range(FILES)]
    table.write_text("\n".join(["file,label", *lines]) + "\n", encoding="utf-8")
    before = load(chosen(table))
    assert before.origin is not None
    assert not before.origin.complaint()
    for k in range(FILES):
        rewrite(folder / "ab"[k % 2] / f"{k}.png")
    assert "has changed" in before.origin.complaint()
    assert load(chosen(table)).inputs["x"].min() == 255
