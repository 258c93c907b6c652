"""An OpenGL context, and what its driver says of itself; asked by bare C functions.

OpenGL's library for Python and what compiles for the device take longer to import than a context takes to make, and
whoever only wants to know which devices there are needs neither.
"""

from __future__ import annotations

import ctypes
import platform
import re
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import glcontext

from engine.devices.base import DeviceError, DeviceInfo

VERSION = 430
LINUX = platform.system() == "Linux"
SOFTWARE = re.compile(r"llvmpipe|softpipe|swiftshader|software rasterizer|basic render", re.IGNORECASE)
# numbers from the OpenGL registry
_VENDOR, _RENDERER, _VERSION = 0x1F00, 0x1F01, 0x1F02
_BLOCK_SIZE = 0x90DE  # GL_MAX_SHADER_STORAGE_BLOCK_SIZE
_LARGEST = 2**31 - 1  # bytes of a range that a shader of ours may address: it counts with int


def create() -> Any:
    """A context of `glcontext` that is current on this thread; raises DeviceError where there is no driver for it."""
    try:
        if LINUX:  # with the names, as looking for them takes two processes
            names = {"libgl": "libGL.so.1", "libegl": "libEGL.so.1"}
            return glcontext.get_backend_by_name("egl")(mode="standalone", glversion=VERSION, **names)
        return glcontext.default_backend()(mode="standalone", glversion=VERSION)
    except Exception as error:  # glcontext raises bare Exceptions
        raise DeviceError(
            f"No OpenGL 4.3 context could be made ({error}). Install a GPU driver, or Mesa (libegl1, libgl1) on Linux."
        ) from error


def function(handle: Any, name: str, *arguments: Any, result: Any = None) -> Callable[..., Any]:
    """A function of the driver of a context, with the types of its arguments."""
    make = getattr(ctypes, "WINFUNCTYPE", ctypes.CFUNCTYPE)
    pointer: Callable[..., Any] = make(result, *arguments)(handle.load_opengl_function(name))
    return pointer


def describe(handle: Any) -> tuple[DeviceInfo, str]:
    """For the device chip, and text that changes whenever compiled programs may become invalid.

    Raises:
        DeviceError: it is older than OpenGL 4.3.
    """
    ask = function(handle, "glGetString", ctypes.c_uint, result=ctypes.c_char_p)
    vendor, renderer, version = (
        (ask(n) or b"").decode("utf-8", "replace") for n in (_VENDOR, _RENDERER, _VERSION)
    )
    number = re.match(r"(\d+)\.(\d+)", version)
    if number is None or int(number[1]) * 100 + int(number[2]) * 10 < VERSION:
        raise DeviceError(
            f"The gl device needs OpenGL 4.3, the driver offers {version or 'none'}. Update the driver."
        )
    block = ctypes.c_int()
    function(handle, "glGetIntegerv", ctypes.c_uint, ctypes.c_void_p)(_BLOCK_SIZE, ctypes.byref(block))
    software = bool(SOFTWARE.search(renderer))
    return (
        DeviceInfo("gl", renderer, f"OpenGL {version}", software, tensor_bytes=addressable(block.value)),
        f"{vendor}\n{renderer}\n{version}",
    )


def addressable(answer: int) -> int:
    """Bytes of the largest range, by what a driver answers as an int: those that have no limit below 4 GiB say -1."""
    return answer if answer > 0 else _LARGEST


def probe() -> DeviceInfo:
    """What the device would be, without keeping it.

    Raises:
        DeviceError: there is no usable driver.
    """
    if find_spec("OpenGL") is None:
        raise DeviceError("The OpenGL library could not be loaded (PyOpenGL is not installed).")
    handle = create()
    try:
        return describe(handle)[0]
    finally:
        handle.release()
