"""Shaders are put together from text alone: no OpenGL is needed to see what a driver will get."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gl_kernels import shader
from gl_kernels.bodies import literal
from gl_kernels.indexing import IndexMap
from gl_kernels.launch import MAX_GROUPS, fold
from gl_kernels.shader import Access, Slot, compose, repeat

SLOTS = (Slot("x", "vec4", Access.READ), Slot("y", "float", Access.WRITE))


def test_version_options_and_buffers_come_first() -> None:
    text = compose("map", 64, {"THREADS": 7, "FLAG": True}, SLOTS, {"ELEMENT": "y[e] = x[e].x;"}).text
    lines = text.splitlines()
    assert lines[0] == "#version 430 core"
    assert "#define THREADS 7u" in lines
    assert "#define FLAG 1" in lines
    assert "layout(local_size_x = 64) in;" in lines
    assert "layout(std430, binding = 0) readonly buffer Buffer0 { vec4 x[]; };" in lines
    assert "layout(std430, binding = 1) writeonly buffer Buffer1 { float y[]; };" in lines


def test_sections_and_includes_are_filled_in() -> None:
    text = compose("map", 1, {"THREADS": 1}, SLOTS, {"ELEMENT": "y[e] = 1.0;"}).text
    assert "y[e] = 1.0;" in text
    assert "uint thread_id()" in text
    assert "#pragma" not in text


def test_equal_options_in_any_order_have_one_key() -> None:
    one = compose("map", 1, {"A": 1, "B": 2, "THREADS": 1}, SLOTS, {"ELEMENT": ""})
    other = compose("map", 1, {"THREADS": 1, "B": 2, "A": 1}, SLOTS, {"ELEMENT": ""})
    assert one.key == other.key
    assert one.key != compose("map", 1, {"A": 1, "B": 3, "THREADS": 1}, SLOTS, {"ELEMENT": ""}).key


@pytest.mark.parametrize("sections", [{}, {"ELEMENT": "", "SOUP": ""}])
def test_missing_and_useless_sections_are_refused(sections: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="map"):
        compose("map", 1, {}, SLOTS, sections)


def test_repeats_are_written_out_inside_each_other() -> None:
    text = "#pragma each i: 0 1\n#pragma each c: x y\na$i.$c;\n#pragma done c\n#pragma done i\nend\n"
    assert repeat(text) == "a0.x;\na0.y;\na1.x;\na1.y;\nend\n"


def test_an_option_counts_repeats() -> None:
    text = "#pragma each i: COUNT last\na$i;\n#pragma done i\n"
    assert repeat(text, {"COUNT": 3}) == "a0;\na1;\na2;\nalast;\n"


def test_texels_have_numbers_of_their_own() -> None:
    slots = (
        Slot("x", "vec4", Access.FETCH),
        Slot("y", "float", Access.WRITE),
        Slot("numbers", "int", Access.FETCH),
        Slot("z", "float", Access.READ),
    )
    text = compose("map", 64, {"THREADS": 7}, slots, {"ELEMENT": "y[e] = load_x(e).x + load_z(e);"}).text
    assert "layout(binding = 0) uniform samplerBuffer x_texels;" in text
    assert "layout(binding = 1) uniform isamplerBuffer numbers_texels;" in text
    assert "#define load_numbers(i) texelFetch(numbers_texels, int(i)).r" in text
    assert "layout(std430, binding = 0) writeonly buffer Buffer0 { float y[]; };" in text
    assert "layout(std430, binding = 1) readonly buffer Buffer1 { float z[]; };" in text
    assert "#define load_z(i) z[i]" in text


@pytest.mark.parametrize("path", sorted(shader.FOLDER.glob("*.glsl")), ids=lambda p: p.stem)
def test_no_shader_relies_on_what_some_drivers_lack(path: object) -> None:
    text = shader.FOLDER.joinpath(str(path)).read_text(encoding="utf-8")
    assert "##" not in text, "token pasting"
    assert not re.search(r"\batomic", text), "the order of atomics changes from run to run"
    optional = re.compile(r"^#if SUBGROUPS\n.*?^#(else|endif)$", re.MULTILINE | re.DOTALL)
    assert not re.search("[Ss]ubgroup", optional.sub("", text))


@given(st.floats(width=32))
def test_literals_give_the_same_bits(value: float) -> None:
    text = literal(value)
    number = np.float32(value)
    if match := re.fullmatch(r"uintBitsToFloat\(0x([0-9a-f]{8})u\)", text):
        assert int(match[1], 16) == int(number.view(np.uint32))
    else:
        assert "." in text, "an integer literal would change the type"
        assert np.float32(text.strip("()")).view(np.uint32) == number.view(np.uint32)


@given(st.integers(0, 2**31))
def test_folded_groups_cover_all(groups: int) -> None:
    x, y = fold(groups)
    assert x <= MAX_GROUPS
    assert y <= MAX_GROUPS
    assert groups <= x * y < groups + max(1, y)


def evaluate(expression: str, e: int) -> int:
    return int(eval(expression.replace("u", "").replace("/", "//"), {}, {"e": e}))


@st.composite
def broadcasts(draw: st.DrawFn) -> tuple[tuple[int, ...], tuple[int, ...]]:
    target = tuple(draw(st.lists(st.integers(1, 5), max_size=4)))
    kept = draw(st.integers(0, len(target)))
    source = tuple(draw(st.sampled_from([1, n])) for n in target[len(target) - kept :])
    return source, target


@given(broadcasts())
def test_index_maps_follow_numpy_broadcasting(shapes: tuple[tuple[int, ...], tuple[int, ...]]) -> None:
    source, target = shapes
    size = int(np.prod(source))
    expected = np.broadcast_to(np.arange(size).reshape(source), target).reshape(-1)
    expression = IndexMap.broadcast(source, target).offset("e")
    assert [evaluate(expression, e) for e in range(expected.size)] == expected.tolist()


@given(st.permutations(range(3)), st.tuples(*[st.integers(1, 5)] * 3))
def test_index_maps_follow_numpy_transposition(perm: list[int], shape: tuple[int, int, int]) -> None:
    array = np.arange(np.prod(shape)).reshape(shape)
    expected = array.transpose(perm).reshape(-1)
    strides = [s // array.itemsize for s in array.strides]
    index_map = IndexMap.of([shape[i] for i in perm], [strides[i] for i in perm])
    assert [evaluate(index_map.offset("e"), e) for e in range(expected.size)] == expected.tolist()


def test_neighbouring_dimensions_are_merged() -> None:
    assert IndexMap.broadcast((2, 3, 5), (2, 3, 5)).offset("e") == "(e)"
    assert IndexMap.broadcast((), (2, 3, 5)).constant
    assert IndexMap.broadcast((1, 1, 5), (2, 3, 5)).offset("e") == "((e % 5u))"


@pytest.mark.parametrize("path", sorted(shader.FOLDER.glob("*.glsl")), ids=lambda path: path.stem)
def test_whoever_waits_has_written_what_others_read(path: Path) -> None:
    """GLSL 4.30 orders shared memory by both together; llvmpipe forgives a barrier alone."""
    text = path.read_text(encoding="utf-8")
    assert len(re.findall(r"\bbarrier\(\)", text)) == len(
        re.findall(r"memoryBarrierShared\(\);\s*barrier\(\);", text)
    )


@pytest.mark.parametrize("name", ["tile", "block"])
def test_sums_of_products_are_registers(name: str) -> None:
    """An array that a loop counts through lies in memory on drivers that do not write the loop out."""
    body = (shader.FOLDER / f"{name}.glsl").read_text(encoding="utf-8")
    written = repeat(body, {"TALL": 8, "WIDE": 8, "WIDE_QUADS": 2, "TALL_QUADS": 2})
    counters = re.findall(r"for \(uint (\w+)", written)
    assert counters
    indices = re.findall(r"\b(?:total|sum|column|right)\[([^\]]*)\]", written)
    assert indices
    assert not set(indices) & set(counters)


def test_a_file_is_written_out_once_for_all_shaders_of_one_shape(monkeypatch: pytest.MonkeyPatch) -> None:
    options = {"WIDTH": 4, "TALL": 4, "WIDE": 4, "WIDE_QUADS": 1, "TALL_QUADS": 1}
    first = shader._written_out("block", tuple((n, options[n]) for n in shader._counters("block")))
    assert first == repeat(shader._file("block"), options)
    assert set(shader._counters("block")) == {"TALL", "WIDE", "WIDE_QUADS", "TALL_QUADS"}
    assert shader._counters("pool_first") == ("w", "x", "y", "z")  # which are no options
    monkeypatch.setattr(shader, "repeat", lambda *_: pytest.fail("It was written out again."))
    assert shader._written_out("block", tuple((n, options[n]) for n in shader._counters("block"))) is first
