"""Pictures read at affine places, for one pixel of the result: `shaders/affine.glsl` as a rule of loops."""

from __future__ import annotations

from engine.program.program import Node
from gl_kernels.bodies import literal
from gl_kernels.whole.contractions import GuardedReader
from gl_kernels.whole.index import Coords

PRECISE = "precise float"


def affine_sample(reader: GuardedReader, node: Node, at: Coords) -> str:
    """A pixel at the place that its picture's transform says, between four neighbours or of the nearest one."""
    _, height, width, _ = reader.spec(0).shape
    picture, row, column, channel = at
    t = [reader.let("float", reader.read(1, (picture, k))) for k in range(6)]
    across = reader.let(PRECISE, f"{t[0]} * float({column}) + {t[1]} * float({row}) + {t[2]}")
    down = reader.let(PRECISE, f"{t[3]} * float({column}) + {t[4]} * float({row}) + {t[5]}")

    def pixel(r: str, c: str) -> str:
        mode = node.attrs["fill_mode"]
        there = (picture, _fixed(reader, r, height, mode), _fixed(reader, c, width, mode), channel)
        inside = [f"{r} >= 0 && {r} < {height} && {c} >= 0 && {c} < {width}"] if mode == "constant" else []
        return reader.let("float", reader.read_if(inside, 0, there, literal(node.attrs["fill_value"])))

    if node.attrs["interpolation"] != "bilinear":
        nearest = (reader.let("int", f"int(roundEven({place}))") for place in (down, across))
        return pixel(*nearest)
    total = ""
    for step_down in (0, 1):
        r, share_down = _neighbour(reader, down, step_down)
        for step_across in (0, 1):
            c, share_across = _neighbour(reader, across, step_across)
            term = f"{pixel(r, c)} * ({share_down} * {share_across})"
            total = reader.let(PRECISE, f"{total} + {term}" if total else term)
    return total


def _neighbour(reader: GuardedReader, place: str, step: int) -> tuple[str, str]:
    """The pixel before or behind a place, and its share."""
    lower = reader.let(PRECISE, f"floor({place})")
    upper_share = reader.let(PRECISE, f"{place} - {lower}")
    share = upper_share if step else reader.let(PRECISE, f"1.0 - {upper_share}")
    return reader.let("int", f"int({lower}) + {step}"), share


def _fixed(reader: GuardedReader, i: str, length: int, mode: str) -> str:
    """The pixel that stands for one outside of a picture."""
    if mode not in ("wrap", "reflect"):
        return reader.let("int", f"max(min({i}, {length - 1}), 0)")
    n = length if mode == "wrap" else 2 * length
    turned = reader.let(
        "int", f"{i} >= 0 ? {i} % {n} : {n - 1} - (-1 - {i}) % {n}"
    )  # GLSL: % of those below 0 is open
    return (
        turned
        if mode == "wrap"
        else reader.let("int", f"{turned} < {length} ? {turned} : {n - 1} - {turned}")
    )
