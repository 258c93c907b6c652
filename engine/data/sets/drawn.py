"""What people draw themselves: points of several colours in the plane, and small pictures of several classes.

Without a drawing of one's own, each shows a small one to begin with: a face in a ring, and circles, crosses and lines.
"""

from __future__ import annotations

from functools import cache
from typing import Literal

import numpy as np
from pydantic import Field

from engine.data.bundle import INPUT, Feature, TaskKind
from engine.data.dataset import (
    Columns,
    DataGroup,
    DataSet,
    Options,
    Outline,
    class_feature,
    columns,
    table_feature,
)
from engine.data.drawn import LARGEST_TEXT, MOST_CLASSES, Pictures, Points
from engine.data.errors import DataError
from engine.data.sets.plane import COORDINATES
from engine.settings import setting
from engine.tensor.spec import Array, DType

HALF_WIDTH = 6.0  # of the plane, as the generated puzzles have it
COLOURS = ("blue", "orange", "green", "pink", "sky blue", "red")
SIDE = 28


def _face() -> Points:
    """A ring, two eyes and a mouth."""
    angle = np.linspace(0.0, 2 * np.pi, 60, endpoint=False)
    ring = 0.82 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    bow = np.linspace(np.pi * 1.15, np.pi * 1.85, 18)
    mouth = 0.45 * np.stack([np.cos(bow), np.sin(bow)], axis=1)
    turns = np.linspace(0.0, 2 * np.pi, 7, endpoint=False)
    eye = 0.11 * np.stack([np.cos(turns), np.sin(turns)], axis=1)
    eyes = np.concatenate([eye + np.array([-0.28, 0.3]), eye + np.array([0.28, 0.3])])
    return Points.none().with_more(ring, 0).with_more(eyes, 1).with_more(mouth, 2)


def _signs() -> Pictures:
    """Eight circles, crosses and lines each, none like another."""
    rng = np.random.default_rng(0)
    found = Pictures.none(SIDE)
    for label in range(3):
        places = rng.uniform((-2.5, -2.5, 6.0), (2.5, 2.5, 9.0), (8, 3)).tolist()
        made = [_sign(label, x, y, r) for x, y, r in places]
        found = found.with_more(np.stack(made)[..., np.newaxis], label)
    return found


def _sign(label: int, x: float, y: float, r: float) -> Array:
    """A circle, a cross or a line, uint8 (28, 28), so far from the middle and so large."""
    from PIL import Image, ImageDraw  # the start of the window need not pay for it

    scale = 4  # drawn larger and shrunk, for soft edges
    image = Image.new("L", (SIDE * scale, SIDE * scale))
    draw, half = ImageDraw.Draw(image), SIDE / 2
    left, top, right, bottom = (scale * v for v in (half + x - r, half + y - r, half + x + r, half + y + r))
    if label == 0:
        draw.ellipse((left, top, right, bottom), outline=255, width=2 * scale)
    if label == 1:
        draw.line((left, top, right, bottom), fill=255, width=2 * scale)
    if label in (1, 2):
        draw.line((left, bottom, right, top), fill=255, width=2 * scale)
    return np.asarray(image.resize((SIDE, SIDE), Image.Resampling.BOX))


@cache
def _first_points() -> tuple[str, str]:
    return _face().pack()


@cache
def _first_pictures() -> tuple[str, str]:
    """Made when they are first wanted, as it takes a library for pictures."""
    return _signs().pack()


class DrawnPointOptions(Options):
    """Points that were drawn; they are changed on the pad."""

    points: str = setting(
        _first_points()[0], "Points", "places, packed", hidden=True, max_length=LARGEST_TEXT
    )
    classes: str = setting(
        _first_points()[1], "Classes", "a digit for each point", hidden=True, max_length=LARGEST_TEXT
    )

    def drawing(self) -> Points:
        """What was drawn; raises DataError."""
        return Points.unpack(self.points, self.classes)

    @classmethod
    def of(cls, drawing: Points) -> DrawnPointOptions:
        """The options that hold a drawing."""
        points, classes = drawing.pack()
        return cls(points=points, classes=classes)


class DrawnPictureOptions(Options):
    """Pictures that were drawn or taken; they are changed on the pad."""

    names: str = setting(
        "circle, cross, line", "Classes", "names, with commas between them; at most ten", max_length=400
    )
    side: Literal[28, 48, 64] = setting(28, "Size", "pixels of a side; new pictures have it", hidden=True)
    colour: bool = setting(False, "Colour", "pictures of a camera", hidden=True)
    pictures: str = Field(
        default_factory=lambda: _first_pictures()[0],
        title="Pictures",
        description="a PNG, packed",
        json_schema_extra={"hidden": True},
        max_length=LARGEST_TEXT,
    )
    labels: str = setting(
        "000000001111111122222222", "Labels", "a digit for each picture", hidden=True, max_length=LARGEST_TEXT
    )

    @property
    def class_names(self) -> tuple[str, ...]:
        """By class number, all different."""
        given = [part.strip() for part in self.names.split(",")]
        return tuple(dict.fromkeys(name for name in given if name))[:MOST_CLASSES]

    @property
    def channels(self) -> int:
        """Of a picture."""
        return 3 if self.colour else 1

    def drawing(self) -> Pictures:
        """What was drawn; raises DataError."""
        return Pictures.unpack(self.pictures, self.labels, self.side, self.channels)

    def holding(self, drawing: Pictures) -> DrawnPictureOptions:
        """The same with another drawing; raises DataError where it is more than a project should carry."""
        pictures, labels = drawing.pack()
        if len(pictures) > LARGEST_TEXT:
            raise DataError(
                f"A project carries at most {LARGEST_TEXT >> 20} MB of pictures, received {len(pictures) >> 20}. Delete "
                "some, or use a folder of pictures."
            )
        return self.model_copy(update={"pictures": pictures, "labels": labels})


def _enough(classes: Array, what: str) -> None:
    if not len(classes):
        raise DataError(f"A network learns to tell at least two classes apart. Draw some {what} of each.")
    if len(np.unique(classes)) < 2 or len(classes) < 4:
        raise DataError(
            f"A network learns to tell at least two classes apart, and there are {len(classes)} {what} of "
            f"{len(np.unique(classes))}. Draw some more."
        )


def _outline_points(options: DrawnPointOptions) -> Outline:
    drawing = options.drawing()
    _enough(drawing.classes, "points")
    names = COLOURS[: int(drawing.classes.max()) + 1]
    return Outline((table_feature(COORDINATES),), (class_feature(names),), len(drawing))


def _load_points(options: DrawnPointOptions, _rng: np.random.Generator) -> Columns:
    drawing = options.drawing()
    return columns((drawing.places * HALF_WIDTH).astype(np.float32), drawing.classes)


def _outline_pictures(options: DrawnPictureOptions) -> Outline:
    drawing, names = options.drawing(), options.class_names
    _enough(drawing.classes, "pictures")
    if drawing.classes.max() >= len(names):
        raise DataError(
            f"Each class of pictures has a name, and there are pictures of class {drawing.classes.max() + 1} and "
            f"{len(names)} names. Name the class, or delete its pictures."
        )
    shape = (options.side, options.side, options.channels)
    feature = Feature(INPUT, "image", shape, DType.UINT8, scale=1 / 255)
    return Outline((feature,), (class_feature(names),), len(drawing))


def _load_pictures(options: DrawnPictureOptions, _rng: np.random.Generator) -> Columns:
    drawing = options.drawing()
    return columns(drawing.pixels, drawing.classes)


DRAWN_POINTS = DataSet(
    name="drawn_points",
    title="Drawn points",
    summary="Points that you draw in the plane, in up to six colours",
    description="A plane to draw on: each colour is a class, and the network learns which colour belongs where. Draw what "
    "is hard for it: islands, rings, a spiral. What is drawn is saved in the project.",
    source="Drawn by you; the face to begin with is ours.",
    licence="yours",
    task=TaskKind.MULTICLASS,
    group=DataGroup.DRAWN,
    settings=DrawnPointOptions,
    outline=_outline_points,
    load=_load_points,
)
DRAWN_PICTURES = DataSet(
    name="drawn_pictures",
    title="Drawn pictures",
    summary="Small pictures that you draw or take, in up to ten classes",
    description="A pad for digits, signs or whatever you like, and a camera where there is one. Ten pictures of each class "
    "are a beginning; drawn in different places and sizes they teach more. They are saved in the project, "
    "and leave it nowhere.",
    source="Drawn by you; the signs to begin with are ours.",
    licence="yours",
    task=TaskKind.MULTICLASS,
    group=DataGroup.DRAWN,
    settings=DrawnPictureOptions,
    outline=_outline_pictures,
    load=_load_pictures,
    caution="So few pictures of one hand say little about those of others.",
)
