"""A setting that is one of a family: every form it may have in a file, and what is said of wrong ones."""

from typing import Annotated, Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from engine.families import Family, Member, snake_case
from engine.layers.registry import layers
from engine.settings import Settings, problems, setting


class Shape(Member):
    """What the family consists of."""


class RoundShape(Shape):
    """Has one setting."""

    summary: ClassVar[str] = "round"
    aliases: ClassVar[tuple[str, ...]] = ("circle",)
    radius: float = setting(1.0, "Radius", "half its width", gt=0.0)


class SquareShape(Shape):
    """Has none."""

    label: ClassVar[str] = "Square"
    summary: ClassVar[str] = "square"


SHAPES = Family(Shape, __name__, "shape")


class Drawing(Settings):
    """Uses the family."""

    shape: Annotated[Shape, SHAPES] = setting("round_shape", "Shape", "what is drawn")
    frame: Annotated[Shape, SHAPES] | None = setting(None, "Frame", "what is around it")


def test_members_are_those_with_a_summary() -> None:
    assert dict(SHAPES.members) == {"round_shape": RoundShape, "square_shape": SquareShape}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("square_shape", SquareShape()),
        ("SquareShape", SquareShape()),
        ("circle", RoundShape()),
        ({"name": "round_shape", "radius": 2}, RoundShape(radius=2.0)),
        (RoundShape(radius=3.0), RoundShape(radius=3.0)),
    ],
)
def test_forms(value: Any, expected: Shape) -> None:
    assert Drawing(shape=value).shape == expected


@given(st.floats(0.001, 1e6), st.booleans())
def test_written_and_read(radius: float, framed: bool) -> None:
    drawing = Drawing(shape=RoundShape(radius=radius), frame=SquareShape() if framed else None)
    assert Drawing.model_validate_json(drawing.model_dump_json()) == drawing
    assert Drawing.model_validate(drawing.model_dump()) == drawing


def test_usual_settings_are_written_as_the_name() -> None:
    assert Drawing().model_dump() == {"shape": "round_shape", "frame": None}
    assert Drawing(shape=RoundShape(radius=2.0)).model_dump()["shape"] == {
        "name": "round_shape",
        "radius": 2.0,
    }


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ("oval", "There is no shape named 'oval'; take one of round_shape, square_shape."),
        ({"name": "round_shape", "radius": -1}, "Radius must be above 0, received -1."),
        ({"name": "round_shape", "size": 1}, "There is no setting 'size' here; remove it."),
        (
            7,
            "The shape is a name or a name with settings, received 7; take one of round_shape, square_shape.",
        ),
        ({"radius": 7}, "The shape is a name"),
    ],
)
def test_sentences(value: Any, sentence: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Drawing(shape=value)
    assert problems(Drawing, caught.value)["shape"].startswith(sentence)


@pytest.mark.parametrize(
    ("name", "snake"),
    [
        ("GlorotUniform", "glorot_uniform"),
        ("L1L2", "l1_l2"),
        ("L1", "l1"),
        ("MaxNorm", "max_norm"),
        ("RMSprop", "rm_sprop"),
    ],
)
def test_snake_case(name: str, snake: str) -> None:
    assert snake_case(name) == snake


def test_a_nested_member_with_the_usual_settings_is_written_as_its_name() -> None:
    dumped = layers()["Bidirectional"]().model_dump(mode="json")
    assert dumped["layer"] == "LSTM"
