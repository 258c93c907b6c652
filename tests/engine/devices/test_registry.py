"""Devices are found by name; one that is missing says why and hides no other."""

from __future__ import annotations

import sys
from types import ModuleType

import pytest

from engine.devices import registry
from engine.devices.base import DeviceError, DeviceInfo


@pytest.fixture
def providers(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A fake provider of `gl` that tests fill in."""
    module = ModuleType("tests_fake_device")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    known = {**registry.PROVIDERS, "gl": registry.Provider(module.__name__, module.__name__)}
    monkeypatch.setattr(registry, "PROVIDERS", known)
    return module


def test_the_cpu_is_always_there(providers: ModuleType) -> None:
    def probe() -> DeviceInfo:
        raise DeviceError("No driver offers OpenGL 4.3.")

    vars(providers)["probe"] = probe
    (info,) = registry.available()
    assert info.kind == "cpu"
    assert info.name
    assert "NumPy" in info.detail
    assert registry.reason_for_absence("gl") == "No driver offers OpenGL 4.3."
    assert registry.reason_for_absence("cpu") == ""
    device = registry.open_device("cpu")
    assert device.info == info
    device.close()


def test_a_second_device_comes_after_the_cpu(providers: ModuleType) -> None:
    vars(providers)["probe"] = lambda: DeviceInfo("gl", "A GPU")
    assert [info.name for info in registry.available()][1:] == ["A GPU"]
    vars(providers)["probe"] = lambda: None
    assert [info.kind for info in registry.available()] == ["cpu"]
    assert "no gl device" in registry.reason_for_absence("gl")


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(DeviceError, match="one of cpu, gl, received tpu"):
        registry.open_device("tpu")


def test_a_provider_that_cannot_be_imported_is_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    nowhere = registry.Provider("tests.no_such_module", "tests.no_such_module")
    monkeypatch.setattr(registry, "PROVIDERS", {**registry.PROVIDERS, "gl": nowhere})
    found = registry.survey()
    assert [info.kind for info in found.infos] == ["cpu"]
    assert "cannot be loaded" in found.absent["gl"]
    with pytest.raises(DeviceError, match="cannot be loaded"):
        registry.open_device("gl")
