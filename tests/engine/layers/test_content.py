"""What a group may consist of: a wrong one is one sentence, and a sound one does what its parts do."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from engine.layers.base import Layer
from engine.layers.content import DEEPEST, Content, Outlet, Part, PartError
from engine.layers.dense import Dense
from engine.layers.group import Group
from engine.layers.registry import layers
from engine.ops.op import Tensor
from engine.tensor.spec import ShapeError
from tests.engine.bench import LayerBench

PORT = "output"


def part(name: str, kind: str = "Activation", **more: Any) -> dict[str, Any]:
    return {"id": name, "layer": kind, **more}


def wire(source: str, target: str, port: str = PORT, into: str = "input") -> tuple[str, str, str, str]:
    return (source, port if source else "in", target, into)


def chain(*kinds: str) -> dict[str, Any]:
    """Parts a, b, .. behind each other between one inlet and one outlet."""
    names = "abcdefgh"[: len(kinds)]
    return {
        "parts": [part(name, kind) for name, kind in zip(names, kinds, strict=True)],
        "wires": [wire(source, name) for source, name in zip(("", *names), names, strict=False)],
        "inlets": ["in"],
        "outlets": [{"name": "out", "part": names[-1], "port": PORT}],
    }


def test_a_chain_is_sound() -> None:
    content = Content.model_validate(chain("ReLU", "Dense"))
    assert [p.id for p in content.parts] == ["a", "b"]
    assert Content.model_validate_json(content.model_dump_json()) == content


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"parts": [part("a"), part("a")]}, "Two layers of a group have one id"),
        ({"parts": [part("a", "Input"), part("b")]}, "holds no Input and no Target"),
        ({"parts": [part("a", "Target"), part("b")]}, "holds no Input and no Target"),
        ({"inlets": ["in", "in"]}, "Two ports of a group have one name"),
        ({"outlets": [{"name": "o"}, {"name": "o"}]}, "Two ports of a group have one name"),
        ({"wires": [wire("", "c")]}, "ends at c.input, which is not there"),
        ({"wires": [wire("", "a", into="mask")]}, "ends at a.mask, which is not there"),
        ({"wires": [("", "other", "a", "input")]}, "ends at .other, which is not there"),
        ({"outlets": [{"name": "o", "part": "z", "port": PORT}]}, "ends at z.output, which is not there"),
        ({"wires": [wire("", "b"), wire("a", "b")]}, "Two wires of a group end at one port"),
        ({"wires": [wire("b", "a")]}, "do not come in the order of its wires"),
        ({"wires": [wire("a", "a")]}, "do not come in the order of its wires"),
        ({"parts": [part("a"), part("b", shares="z")]}, "shares the weights of one that is not there"),
        ({"parts": [part("a"), part("b", shares="b")]}, "shares the weights of one that is not there"),
        ({"parts": [part("a", "Dense"), part("b", shares="a")]}, "Only layers of one kind share weights"),
    ],
)
def test_what_is_no_group_is_said(change: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        Content.model_validate({**chain("Activation", "Activation"), **change})


def test_groups_are_only_so_deep_in_each_other() -> None:
    def nested(depth: int) -> Content:
        inner: Layer = Dense(units=2)
        for _ in range(depth - 1):
            inner = Group(content=around(inner))
        return around(inner)

    def around(layer: Layer) -> Content:
        (source,) = (port.name for port in layer.input_ports())
        (end,) = (port.name for port in layer.output_ports())
        return Content(
            parts=(Part(id="a", layer=layer),),
            wires=(("", source, "a", source),),
            inlets=(source,),
            outlets=(Outlet(name=end, part="a", port=end),),
        )

    assert nested(DEEPEST).parts
    with pytest.raises(ValidationError, match=f"at most {DEEPEST} deep"):
        nested(DEEPEST + 1)


def built(content: Content, *inputs: np.ndarray) -> list[np.ndarray]:
    bench = LayerBench()
    outputs = content.build(bench, [bench.input(array) for array in inputs])
    return list(bench.run(*outputs))


X = np.array([[-1.0, 2.0]], np.float32)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, np.exp([[0.0, 2.0]])),
        ({"parts": [part("a", "ReLU", bypassed=True), part("b", "Exponential")]}, np.exp(X)),
        ({"parts": [part("a", "ReLU", muted=True), part("b", "Exponential")]}, np.ones((1, 2))),
        ({"outlets": [{"name": "o", "part": "a", "port": PORT}]}, [[0.0, 2.0]]),
        ({"outlets": [{"name": "o", "part": "", "port": "in"}]}, X),
    ],
)
def test_a_group_does_what_its_parts_do(change: dict[str, Any], expected: Any) -> None:
    content = Content.model_validate({**chain("ReLU", "Exponential"), **change})
    np.testing.assert_allclose(built(content, X)[0], expected, rtol=1e-5)


def test_only_what_an_outlet_needs_is_built() -> None:
    content = Content.model_validate(
        {**chain("ReLU", "Conv2D"), "outlets": [{"name": "o", "part": "a", "port": PORT}]}
    )
    assert content.needed() == {"a"}
    np.testing.assert_allclose(
        built(content, X)[0], [[0.0, 2.0]]
    )  # no picture for Conv2D, and none is missed


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"parts": [], "wires": [], "outlets": []}, "^A group needs layers inside"),
        ({"inlets": ["in", "more"]}, "^The group has 2 inputs, received 1"),
        ({"outlets": [{"name": "o"}]}, "^Nothing leads to the o of the group"),
        ({"wires": [wire("", "a")]}, "^b inside: nothing is connected to its input"),
    ],
)
def test_a_group_that_cannot_be_built_says_why(change: dict[str, Any], words: str) -> None:
    content = Content.model_validate({**chain("ReLU", "Exponential"), **change})
    with pytest.raises(ShapeError, match=words):
        built(content, X)


def test_a_part_that_fails_is_named_by_its_path() -> None:
    inner = Group(content=Content.model_validate(chain("ReLU", "Conv2D")))
    (source,), (end,) = ([p.name for p in ports] for ports in (inner.input_ports(), inner.output_ports()))
    outer = Content(
        parts=(Part(id="g", layer=inner, name="Block"),),
        wires=(("", "in", "g", source),),
        inlets=("in",),
        outlets=(Outlet(name="out", part="g", port=end),),
    )
    with pytest.raises(PartError, match=r"^Block inside: b inside: Conv2D needs a picture") as caught:
        built(outer, X)
    assert caught.value.path == "g/b"


# -- layers ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("name", "settings", "inputs", "words"),
    [
        ("Dot", {}, ((2, 3),), "Dot needs two inputs, received 1"),
        ("CategoryEncoding", {"num_tokens": 3}, ((2, 3), (2, 3)), "adds up weights under count"),
        (
            "CategoryEncoding",
            {"num_tokens": 3, "output_mode": "count"},
            ((2, 3), (2, 4)),
            "needs a weight for each number",
        ),
        ("UNetLevel", {}, ((2, 1, 4, 3),), "halves every length, received 1 × 4 × 3"),
        ("UNetLevel", {}, ((2, 3),), "needs a sequence, a picture or a volume"),
        ("Encoder", {}, ((2, 3, 4, 5, 6, 7),), "needs a vector, a sequence, a picture or a volume"),
        ("TransformerBlock", {"num_heads": 8}, ((2, 5, 4),), "Take at most 4 heads"),
    ],
)
def test_what_a_layer_does_not_take(
    name: str, settings: dict[str, Any], inputs: tuple[tuple[int, ...], ...], words: str
) -> None:
    bench = LayerBench()
    tensors: list[Tensor] = [bench.input(np.zeros(shape, np.float32)) for shape in inputs]
    with pytest.raises(ShapeError, match=words):
        layers()[name].model_validate(settings).build(bench, *tensors)
