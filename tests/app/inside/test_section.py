"""The section of the inspector shows what it is given, in words too."""

import numpy as np
from pytestqt.qtbot import QtBot

from app.inside.images import images_of
from app.inside.section import InsideSection
from app.theme import Theme
from engine.ops.cells import Seen
from engine.training.inside.records import LayerSeen
from engine.training.inside.views import LARGE, attention_tiles, output_tiles, spread_of, weight_tiles


def _layer(output: np.ndarray, weight: np.ndarray | None = None) -> LayerSeen:
    filters = {}
    weights = {}
    if weight is not None:
        tiles = weight_tiles(weight, (), LARGE)
        assert tiles is not None
        filters, weights = {"weight": tiles}, {"weight": spread_of(weight)}
    return LayerSeen(
        {"output": output_tiles(output, LARGE)},
        {"output": spread_of(output)},
        weights=weights,
        gradients=weights,
        filters=filters,
    )


def test_maps_filters_and_histograms_are_shown(qtbot: QtBot, theme: Theme) -> None:
    rng = np.random.default_rng(0)
    section = InsideSection(theme)
    qtbot.addWidget(section)
    maps = np.maximum(rng.normal(size=(6, 6, 3)), 0).astype(np.float32)
    section.show_layer(_layer(maps, rng.normal(size=(3, 3, 1, 3)).astype(np.float32)), plane=False)
    assert [len(grid.images) for grid in section.grids] == [3, 3]
    assert section.weights.spread is not None
    assert f"{100 * np.mean(maps == 0):.0f} %" in section.note.text()
    assert "3" in section.grids[0].accessibleName()


def test_what_a_layer_does_not_have_is_not_shown(qtbot: QtBot, theme: Theme) -> None:
    section = InsideSection(theme)
    qtbot.addWidget(section)
    section.show_layer(_layer(np.ones(4, np.float32)), plane=False)
    assert len(section.grids) == 1
    assert section.weights.isHidden()
    assert section.note.isHidden()


def test_heads_of_attention_stand_side_by_side(qtbot: QtBot, theme: Theme) -> None:
    section = InsideSection(theme)
    qtbot.addWidget(section)
    heads = attention_tiles(np.full((2, 5, 5), 0.2, np.float32), LARGE)
    output = np.zeros((5, 4), np.float32)
    seen = LayerSeen({"output": output_tiles(output)}, {"output": spread_of(output)}, (heads,))
    section.show_layer(seen, plane=False)
    assert [len(grid.images) for grid in section.grids] == [1, 2]


def test_gates_of_a_recurrence_stand_below_each_other(qtbot: QtBot, theme: Theme) -> None:
    section = InsideSection(theme)
    qtbot.addWidget(section)
    output = np.zeros((5, 4), np.float32)
    names = (Seen.OUTPUT, Seen.CELL, Seen.INPUT_GATE, Seen.FORGET_GATE, Seen.OUTPUT_GATE)
    states = tuple((name, output_tiles(output)) for name in names)
    seen = LayerSeen({"output": output_tiles(output[0])}, {"output": spread_of(output)}, states=states)
    section.show_layer(seen, plane=False)
    titles = [grid.accessibleName() for grid in section.grids]
    assert titles[1:] == [f"{name}, step by step" for name in names]
    whole = LayerSeen({"output": output_tiles(output)}, {"output": spread_of(output)}, states=states)
    section.show_layer(whole, plane=False)
    assert [grid.accessibleName() for grid in section.grids][1] == "Cell, step by step"


def test_several_weights_are_told_apart_by_their_names(qtbot: QtBot, theme: Theme) -> None:
    section = InsideSection(theme)
    qtbot.addWidget(section)
    tiles = weight_tiles(np.ones((4, 6), np.float32), (), LARGE)
    assert tiles is not None
    output = np.ones(4, np.float32)
    for names, titles in (
        (("weight",), ["Weights"]),
        (("weight", "recurrent_weight"), ["Weights · weight", "Weights · recurrent weight"]),
    ):
        filters = dict.fromkeys(names, tiles)
        section.show_layer(
            LayerSeen({"output": output_tiles(output)}, {"output": spread_of(output)}, filters=filters),
            plane=False,
        )
        assert [grid.accessibleName() for grid in section.grids][1:] == titles


def test_zero_is_the_neutral_colour_of_weights() -> None:
    tiles = weight_tiles(np.array([[-2.0, 0.0, 1.0]], np.float32))
    assert tiles is not None
    (image,) = images_of(tiles)
    low, middle, high = (image.pixelColor(x, 0) for x in range(3))
    assert middle.saturation() < 10
    assert low.red() > low.blue()
    assert high.blue() > high.red()
