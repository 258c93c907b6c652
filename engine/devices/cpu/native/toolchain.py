"""Turns LLVM's intermediate representation into machine code of this processor, and keeps it in the cache folder."""

from __future__ import annotations

import hashlib
import os
import platform
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import llvmlite
import llvmlite.binding as llvm
from llvmlite import ir

from engine.paths import cache_dir

OPTIMIZED = 2  # when instructions are chosen; passes before that would take as long again, for nothing
FOLDER = "native"
NEEDLESS = ("amx", "fp16")  # features that our code does not use and that virtual machines may lack
DIGEST = 16  # bytes
MOST_KEPT = 4_000  # files; some ten kilobytes each

Write = Callable[[Any, str], None]  # adds a function to a module under a name


class Toolchain:
    """Makes functions, which stay loaded as long as this object lives.

    Attributes:
        lock: to be held while a function is made.
    """

    def __init__(self) -> None:
        self.lock = threading.Lock()
        llvm.initialize_native_target()
        llvm.initialize_native_asmprinter()
        self._machine = _machine()
        # the engine takes a machine for itself; it never sees a module with anything in it
        self._engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), _machine())
        self._version = _version()
        self._folder = _folder()

    def load(self, key: str, write: Write) -> int:
        """The address of a function: from the cache folder, or made now.

        Args:
            key: equal for functions with the same code.
            write: makes its code.
        """
        digest = hashlib.blake2b(f"{self._version} {key}".encode(), digest_size=DIGEST).hexdigest()
        name = f"f{digest}"
        code = self._kept(digest)
        if code is None:
            module = ir.Module()
            write(module, name)
            code = self._machine.emit_object(llvm.parse_assembly(str(module)))
            self._keep(digest, code)
        self._engine.add_object_file(llvm.ObjectFileRef.from_data(code))
        self._engine.finalize_object()
        return int(self._engine.get_function_address(name))

    def _kept(self, digest: str) -> bytes | None:
        """Object code in a file, if it is whole: a loader trusts what it is given."""
        if self._folder is None:
            return None
        try:
            found = (self._folder / f"{digest}.o").read_bytes()
        except OSError:
            return None
        return found[DIGEST:] if found[:DIGEST] == _checked(found[DIGEST:]) else None

    def _keep(self, digest: str, code: bytes) -> None:
        if self._folder is None:
            return
        path = self._folder / f"{digest}.o"
        temporary = path.with_name(f"{path.name}.{os.getpid()}")
        try:
            temporary.write_bytes(_checked(code) + code)
            temporary.replace(path)
        except OSError:
            temporary.unlink(missing_ok=True)


def has_wide_registers() -> bool:
    """Whether this processor has AVX-512."""
    return bool(_features().get("avx512f", False))


def _checked(code: bytes) -> bytes:
    return hashlib.blake2b(code, digest_size=DIGEST).digest()


def _folder() -> Path | None:
    """Where code is kept, or None where there is no place for it; too much of it is thrown away, the oldest first."""
    try:
        folder = cache_dir() / FOLDER
        folder.mkdir(exist_ok=True)
        files = list(folder.iterdir())
        if len(files) > MOST_KEPT:
            for path in sorted(files, key=lambda p: p.stat().st_mtime)[: len(files) - MOST_KEPT // 2]:
                path.unlink(missing_ok=True)
    except OSError:
        return None
    return folder


def _version() -> str:
    """What machine code depends on besides what is asked for: the processor, LLVM, and how we write it."""
    written = hashlib.blake2b(digest_size=DIGEST)
    for path in sorted(Path(__file__).parent.glob("*.py")):
        written.update(path.read_bytes())
    system = f"{platform.system()} {platform.machine()}"
    return f"{llvmlite.__version__} {system} {llvm.get_host_cpu_name()} {_flags()} {written.hexdigest()}"


def _features() -> dict[str, bool]:
    """Of this processor, less those that are of no use here."""
    known = dict(llvm.get_host_cpu_features())
    return {name: on and not name.startswith(NEEDLESS) for name, on in sorted(known.items())}


def _flags() -> str:
    return ",".join(("+" if on else "-") + name for name, on in _features().items())


def _machine() -> Any:
    target = llvm.Target.from_default_triple()
    return target.create_target_machine(
        cpu=llvm.get_host_cpu_name(), features=_flags(), opt=OPTIMIZED, jit=True
    )
