"""A cache folder of the tests' own: no test reads what another, or the user, left behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.data.bundle import DataBundle
from engine.data.load import load
from engine.data.settings import DataSettings
from engine.paths import CACHE_DIR_VARIABLE


@pytest.fixture(autouse=True)
def cache_folder(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for the whole test run, so that MNIST is unpacked once."""
    folder = tmp_path_factory.getbasetemp() / "layerloom-cache"
    folder.mkdir(exist_ok=True)
    monkeypatch.setenv(CACHE_DIR_VARIABLE, str(folder))
    return folder


@pytest.fixture(scope="session")
def mnist(tmp_path_factory: pytest.TempPathFactory) -> DataBundle:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(CACHE_DIR_VARIABLE, str(tmp_path_factory.mktemp("mnist")))
        return load(DataSettings(dataset="mnist"))
