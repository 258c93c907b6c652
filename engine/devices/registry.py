"""Finds devices by the names of the modules that provide them, so that the engine imports none of them.

Of a provider, one module has `probe() -> DeviceInfo | None` (None, or a DeviceError with the reason: not on this computer),
another `open_device() -> Device`: looking for devices imports nothing of what compiles for them.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from engine.devices.base import Device, DeviceError, DeviceInfo


class Provider(NamedTuple):
    """The names of two modules: one that knows whether the device is there, and one that opens it."""

    finds: str
    opens: str


class Survey(NamedTuple):
    """What this computer has, the CPU first, and a sentence for each kind that it has not."""

    infos: tuple[DeviceInfo, ...]
    absent: Mapping[str, str]


PROVIDERS: Mapping[str, Provider] = MappingProxyType(
    {
        "cpu": Provider("engine.devices.cpu.processor", "engine.devices.cpu.device"),
        "gl": Provider("gl_kernels.driver", "gl_kernels.device"),
    }
)


def survey() -> Survey:
    """Look for all devices."""
    infos: list[DeviceInfo] = []
    absent: dict[str, str] = {}
    for kind in PROVIDERS:
        found = _look_for(kind)
        if isinstance(found, DeviceInfo):
            infos.append(found)
        else:
            absent[kind] = found
    return Survey(tuple(infos), absent)


def available() -> list[DeviceInfo]:
    """What this computer has, the CPU first."""
    return list(survey().infos)


def reason_for_absence(kind: str) -> str:
    """Why a device cannot be used, as one sentence; empty if it can."""
    found = _look_for(kind)
    return found if isinstance(found, str) else ""


def open_device(kind: str) -> Device:
    """A device of that kind.

    Raises:
        DeviceError: no such kind, or not on this computer.
    """
    device: Device = _module(kind, _provider(kind).opens).open_device()
    return device


def _look_for(kind: str) -> DeviceInfo | str:
    """The device, or why it is not there."""
    try:
        info: DeviceInfo | None = _module(kind, _provider(kind).finds).probe()
    except DeviceError as error:
        return str(error)
    return f"This computer has no {kind} device." if info is None else info


def _provider(kind: str) -> Provider:
    if kind not in PROVIDERS:
        raise DeviceError(f"A device is one of {', '.join(PROVIDERS)}, received {kind}.")
    return PROVIDERS[kind]


def _module(kind: str, name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise DeviceError(f"The {kind} device cannot be loaded: {error}.") from error
