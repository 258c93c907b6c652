"""Finds devices by the name of the module that provides them, so that the engine imports none of them.

A provider has `probe() -> DeviceInfo | None` (None, or a DeviceError with the reason: not on this computer) and
`open_device() -> Device`.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from engine.devices.base import Device, DeviceError, DeviceInfo

PROVIDERS: Mapping[str, str] = MappingProxyType(
    {"cpu": "engine.devices.cpu.device", "gl": "gl_kernels.device"}
)


def available() -> list[DeviceInfo]:
    """What this computer has, the CPU first."""
    found: list[DeviceInfo] = []
    for kind in PROVIDERS:
        try:
            info = _provider(kind).probe()
        except DeviceError:
            continue
        if info is not None:
            found.append(info)
    return found


def reason_for_absence(kind: str) -> str:
    """Why a device cannot be used, as one sentence; empty if it can."""
    try:
        info = _provider(kind).probe()
    except DeviceError as error:
        return str(error)
    return "" if info is not None else f"This computer has no {kind} device."


def open_device(kind: str) -> Device:
    """A device of that kind.

    Raises:
        DeviceError: no such kind, or not on this computer.
    """
    device: Device = _provider(kind).open_device()
    return device


def _provider(kind: str) -> Any:
    if kind not in PROVIDERS:
        raise DeviceError(f"A device is one of {', '.join(PROVIDERS)}, received {kind}.")
    try:
        return importlib.import_module(PROVIDERS[kind])
    except ImportError as error:
        raise DeviceError(f"The {kind} device cannot be loaded: {error}.") from error
