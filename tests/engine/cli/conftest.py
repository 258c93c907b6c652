"""Folders of their own for what a command writes, and a trained project to predict with."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.cli.main import main
from engine.paths import CACHE_DIR_VARIABLE, DATA_DIR_VARIABLE


@pytest.fixture(autouse=True)
def _own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(CACHE_DIR_VARIABLE, str(tmp_path / "cache"))
    monkeypatch.setenv(DATA_DIR_VARIABLE, str(tmp_path / "data"))


@pytest.fixture
def trained(tmp_path: Path) -> Path:
    """XOR after ten epochs."""
    path = tmp_path / "trained.loom"
    assert main(["train", "xor", "--device", "cpu", "--epochs", "10", "--out", str(path), "--json"]) == 0
    return path
