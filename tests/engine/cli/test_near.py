"""What may have been meant by a name that there is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.cli.main import main
from engine.cli.near import meant, no_such_file


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "here"
    folder.mkdir()
    for name in ("shop.loom", "shop.csv", "shop.png", ".hidden.csv"):
        (folder / name).write_bytes(b"")
    monkeypatch.chdir(folder)
    return folder


@pytest.mark.parametrize(
    ("name", "question"),
    [
        ("shopp.csv", "Did you mean 'shop.csv'?"),
        ("SHOP.CSV", "Did you mean 'shop.csv'?"),
        ("tomorrow.csv", ""),
        ("", ""),
        ("no/such/folder/shop.csv", ""),
        ("hidden.csv", ""),
    ],
)
def test_files_beside(here: Path, name: str, question: str) -> None:
    assert meant(name) == question
    assert no_such_file(name, "--data") == f"--data: there is no file {name!r}.{question and f' {question}'}"


def test_a_path_is_answered_with_a_path(here: Path) -> None:
    assert meant(str(here / "shop.cvs")) == f"Did you mean {str(here / 'shop.csv')!r}?"
    assert meant("shap", ("shape", "sharp"), lambda _path: False) == "Did you mean 'sharp' or 'shape'?"


@pytest.mark.parametrize(
    ("name", "meant_by_it"),
    [("spirall", "spiral"), ("XOR", "xor"), ("shop", "shop.loom"), ("shp.loom", "shop.loom")],
)
def test_a_project_or_an_example(
    here: Path, name: str, meant_by_it: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", name]) == 2
    said = f"error: there is no file and no example {name!r}. Did you mean {meant_by_it!r}?\n"
    assert capsys.readouterr().err == said
