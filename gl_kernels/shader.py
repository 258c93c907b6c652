"""Puts a shader together: a text file, named options, buffer declarations and generated sections. Needs no OpenGL.

A file in `shaders/` holds the part people read; `#pragma section NAME` marks where generated text goes,
`#pragma place NAME` where there may be some, and `#pragma include NAME` pulls in another file. Lines between
`#pragma each i: 0 1 2` and `#pragma done i` are repeated with `$i` replaced: compilers keep straight-line code in
registers, and not all of them know `##`.
The same options always give the same text, and its hash names the program.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from types import MappingProxyType

from engine.ops.special import PRELUDE

FOLDER = Path(__file__).parent / "shaders"
PRAGMA = re.compile(r"^[ \t]*#pragma (section|place|include) (\w+)[ \t]*$", re.MULTILINE)
EACH = re.compile(
    r"^[ \t]*#pragma each (\w+):([^\n]*)\n(.*?)^[ \t]*#pragma done \1[ \t]*$\n?", re.MULTILINE | re.DOTALL
)
COUNTED = re.compile(r"^[ \t]*#pragma each \w+:([^\n]*)$", re.MULTILINE)
SCALARS = {"float32": "float", "int32": "int", "uint8": "uint"}  # uint8: four to a word


class Access(StrEnum):
    """What a shader does with a buffer; the words are GLSL's."""

    READ = "readonly"
    WRITE = "writeonly"
    SHARE = "coherent"  # written by some invocations and read by others
    UPDATE = ""  # read and written by the same invocation
    FETCH = "uniform"  # read through a texture buffer, which some devices do much faster


@dataclass(frozen=True, slots=True)
class Slot:
    """A buffer as a shader sees it: an unsized array `name` of GLSL type `kind`.

    Those that are only read also have the macro `load_<name>(index)`; it is the only way to FETCH.
    """

    name: str
    kind: str
    access: Access


@dataclass(frozen=True, slots=True)
class Shader:
    """The text of a compute shader, complete.

    Attributes:
        name: of its file.
        text: all of it.
        texels: GLSL types of the elements that it reads through textures 0, 1, ...
        image: whether it reads image 0, of float32 numbers.
    """

    name: str
    text: str
    texels: tuple[str, ...] = ()
    image: bool = False

    @property
    def key(self) -> str:
        """Hash of the text: equal for equal programs."""
        return hashlib.sha256(self.text.encode()).hexdigest()


@cache
def _file(name: str) -> str:
    if name == "special":
        return PRELUDE
    return (FOLDER / f"{name}.glsl").read_text(encoding="utf-8")


def compose(
    name: str,
    local: int,
    options: Mapping[str, int | float | str],
    slots: Sequence[Slot],
    sections: Mapping[str, str],
    uniforms: str = "",
    extensions: Sequence[str] = (),
) -> Shader:
    """The shader `shaders/<name>.glsl` with everything filled in.

    Args:
        name: of the file, without the ending.
        local: invocations of a work group.
        options: become `#define NAME value`; text is taken as it is.
        slots: buffers, at binding points 0, 1, ...
        sections: text for `#pragma section` marks; each of them must be used.
        uniforms: declarations that options and sections refer to.
        extensions: of GLSL that it needs.

    Raises:
        ValueError: the file has a mark without a section, or a section has no mark.
    """
    used: set[str] = set()

    def fill(match: re.Match[str]) -> str:
        kind, mark = match.groups()
        if kind == "include":
            return PRAGMA.sub(fill, _file(mark))
        if kind == "place" and mark not in sections:
            return ""
        if mark not in sections:
            raise ValueError(f"The shader {name} needs the section {mark}; received {sorted(sections)}.")
        used.add(mark)
        return sections[mark]

    counts = tuple((word, int(options[word])) for word in _counters(name) if word in options)
    body = PRAGMA.sub(fill, _written_out(name, counts))
    if set(sections) - used:
        raise ValueError(f"The shader {name} has no place for {sorted(set(sections) - used)}.")
    needed = [f"#extension {name} : require" for name in extensions]
    lines = ["#version 430 core", *needed, *(f"#define {k} {_option(v)}" for k, v in sorted(options.items()))]
    lines.append(f"layout(local_size_x = {local}) in;")
    lines += [uniforms] if uniforms else []
    buffers = [slot for slot in slots if slot.access is not Access.FETCH]
    lines += [_declaration(i, slot) for i, slot in enumerate(buffers)]
    lines += [_texels(i, slot) for i, slot in enumerate(s for s in slots if s.access is Access.FETCH)]
    texels = tuple(slot.kind for slot in slots if slot.access is Access.FETCH)
    return Shader(name, "\n".join([*lines, body]), texels)


@cache
def _counters(name: str) -> tuple[str, ...]:
    """Names of options that say how often lines of a file are repeated."""
    words = {word for match in COUNTED.finditer(_file(name)) for word in match[1].split()}
    return tuple(sorted(word for word in words if not word.isdigit()))


@cache
def _written_out(name: str, counts: tuple[tuple[str, int], ...]) -> str:
    """A file with `#pragma each` written out: the same for all shaders of one shape of block."""
    return repeat(_file(name), dict(counts))


def repeat(text: str, options: Mapping[str, int | float | str] = MappingProxyType({})) -> str:
    """The text with `#pragma each` written out, also inside each other; an option's name stands for 0 .. value - 1."""

    def write_out(match: re.Match[str]) -> str:
        name, list_, block = match.groups()
        words = [w for word in list_.split() for w in _counted(word, options)]
        return "".join(repeat(block.replace(f"${name}", word), options) for word in words)

    return EACH.sub(write_out, text)


def _counted(word: str, options: Mapping[str, int | float | str]) -> Sequence[str]:
    return [str(i) for i in range(int(options[word]))] if word in options else [word]


def _option(value: float | str) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(int(value))  # for #if, which knows no unsigned literals
    return f"{value}u" if isinstance(value, int) and value >= 0 else f"({value})"


def _declaration(index: int, slot: Slot) -> str:
    head = f"layout(std430, binding = {index}) {slot.access} buffer Buffer{index}"
    text = f"{head} {{ {slot.kind} {slot.name}[]; }};"
    if slot.access is not Access.READ:
        return text
    return f"{text}\n#define load_{slot.name}(i) {slot.name}[i]"


def _texels(index: int, slot: Slot) -> str:
    prefix = {"i": "i", "u": "u"}.get(slot.kind[0], "")
    wide = slot.kind.endswith("4")
    load = f"texelFetch({slot.name}_texels, int(i)){'' if wide else '.r'}"
    return (
        f"layout(binding = {index}) uniform {prefix}samplerBuffer {slot.name}_texels;\n"
        f"#define load_{slot.name}(i) {load}"
    )
