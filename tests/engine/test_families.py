"""A setting that is one of a family: every form it may have in a file, and what is said of wrong ones."""

import importlib
from types import ModuleType
from typing import Annotated, Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from engine.families import Family, Member, snake_case
from engine.layers.constraints import CONSTRAINTS
from engine.layers.initializers import INITIALIZERS
from engine.layers.recurrent import RECURRENT
from engine.layers.registry import layers
from engine.layers.regularizers import REGULARIZERS
from engine.objectives.auto import Auto
from engine.objectives.loss import LOSSES, Loss
from engine.objectives.metric import METRICS
from engine.optimizers.base import OPTIMIZERS
from engine.schedules.base import SCHEDULES
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


FAMILIES = (LOSSES, METRICS, OPTIMIZERS, SCHEDULES, CONSTRAINTS, INITIALIZERS, REGULARIZERS, RECURRENT)


@pytest.mark.parametrize("family", FAMILIES, ids=repr)
def test_no_two_members_share_a_name(family: Family[Any]) -> None:
    """The first that is found under a name counts, whichever was imported first."""
    names = [name for kind in family.members.values() for name in family.names(kind)]
    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_one_loss_is_usual_for_a_kind_of_target(task: str) -> None:
    assert len([kind for kind in LOSSES.members.values() if task in kind.usual_for]) == 1


def test_nothing_more_is_imported_once_a_name_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    imported: list[str] = []
    real = importlib.import_module

    def note(name: str) -> ModuleType:
        imported.append(name)
        return real(name)

    monkeypatch.setattr(importlib, "import_module", note)
    assert type(Family(Loss, "engine.objectives", "loss")("auto")) is Auto
    assert imported[-1] == "engine.objectives.auto"
    assert "engine.objectives.thresholds" not in imported
