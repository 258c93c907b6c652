"""Turns LLVM's intermediate representation into machine code of this processor, and keeps it in the cache folder."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

import llvmlite
import llvmlite.binding as llvm

from engine.paths import cache_dir

OPTIMIZED = 2  # speed level; 3 takes longer and gains nothing on loops that are vectors already
FOLDER = "native"
NEEDLESS = ("amx", "fp16")  # features that our code does not use and that virtual machines may lack


class Library:
    """Machine code that stays loaded as long as this object lives."""

    def __init__(self, text: str) -> None:
        machine = _machine()
        module = llvm.parse_assembly(text)
        self._engine = llvm.create_mcjit_compiler(module, machine)
        key = hashlib.blake2b(f"{llvmlite.__version__} {_cpu()} {text}".encode(), digest_size=16).hexdigest()
        kept = _Kept(key)
        if not kept.found:
            options = llvm.create_pipeline_tuning_options(speed_level=OPTIMIZED)
            passes = llvm.create_pass_builder(machine, options)
            passes.getModulePassManager().run(module, passes)
        self._engine.set_object_cache(kept.write, kept.read)
        self._engine.finalize_object()

    def address(self, name: str) -> int:
        """Of a function."""
        return int(self._engine.get_function_address(name))


class _Kept:
    """Object code in a file; where there is no folder for it, it is made anew each time."""

    def __init__(self, key: str) -> None:
        self.found: bytes | None = None
        self._path: Path | None = None
        try:
            folder = cache_dir() / FOLDER
            folder.mkdir(exist_ok=True)
            self._path = folder / f"{key}.o"
            self.found = self._path.read_bytes() if self._path.exists() else None
        except OSError:
            self._path = None

    def read(self, module: Any) -> bytes | None:
        """What LLVM asks for before it makes code."""
        return self.found

    def write(self, module: Any, code: bytes) -> None:
        """What LLVM calls with the code it has made."""
        if self._path is None:
            return
        temporary = self._path.with_name(f"{self._path.name}.{os.getpid()}")
        try:
            temporary.write_bytes(code)
            temporary.replace(self._path)
        except OSError:
            temporary.unlink(missing_ok=True)


def has_wide_registers() -> bool:
    """Whether this processor has AVX-512."""
    return bool(llvm.get_host_cpu_features().get("avx512f", False))


def _cpu() -> str:
    features = {k: v for k, v in llvm.get_host_cpu_features().items() if not k.startswith(NEEDLESS)}
    return f"{llvm.get_host_cpu_name()} {sorted(features.items())}"


def _machine() -> Any:
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    features = ",".join(
        ("+" if on and not name.startswith(NEEDLESS) else "-") + name
        for name, on in sorted(llvm.get_host_cpu_features().items())
    )
    target = llvm.Target.from_default_triple()
    return target.create_target_machine(
        cpu=llvm.get_host_cpu_name(), features=features, opt=OPTIMIZED, jit=True
    )
