"""The architecture as boxes: what they say, that arrows go round them, and the window that offers it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.canvas.scene import GraphScene
from app.export.boxes import Boxes, Shown
from app.export.dialog import PictureDialog
from app.export.picture import PictureKind, PictureOptions, image, picture
from app.theme import DARK, LIGHT, Theme
from engine.formats.errors import FormatError
from engine.formats.examples import examples
from engine.formats.weights import bundled_features
from engine.graph.document import Edge, ModelGraph
from engine.graph.inference import Inference, infer
from engine.layers.registry import layers

CNN = examples()["mnist-cnn"].graph()


def inference_of(graph: ModelGraph) -> Inference:
    return infer(graph, bundled_features(graph))


def words(graph: ModelGraph, shown: Shown | None = None) -> str:
    options = PictureOptions(style="boxes", shown=shown or Shown())
    return picture(
        GraphScene(graph, Theme("light", reduced_motion=True)), options, inference_of(graph)
    ).decode()


def boxes_of(theme: Theme, graph: ModelGraph) -> Boxes:
    return Boxes(graph, inference_of(graph), theme, Shown())


def diamond(wires: list[tuple[int, int]], count: int) -> ModelGraph:
    """Add layers, wired as told: every one joins whatever it gets."""
    graph = ModelGraph()
    ids = []
    for k in range(count):
        node = graph.new_node(layers()["Add"](), (250.0 * k, 0.0))
        graph.insert_node(node)
        ids.append(node.id)
    for a, b in wires:
        edge = Edge(ids[a], "output", ids[b], "inputs")
        if edge not in graph.edges:
            graph.insert_edge(edge)
    return graph


def test_a_box_says_name_kind_shapes_activation_and_parameters(theme: Theme) -> None:
    svg = words(CNN)
    for said in ("conv2d", "Conv2D", "(None, 28, 28, 1)", "(None, 26, 26, 32)", "relu", "18,496"):
        assert said in svg, said
    assert "<image" not in svg  # words are words


@pytest.mark.parametrize(
    ("shown", "said"),
    [
        (Shown(shapes=False), "(None, 26"),
        (Shown(activations=False), "Activation"),
        (Shown(parameters=False), "18,496"),
    ],
)
def test_rows_can_be_left_out(theme: Theme, shown: Shown, said: str) -> None:
    assert said in words(CNN)
    assert said not in words(CNN, shown)


def test_without_shapes_known_the_names_are_there(theme: Theme) -> None:
    svg = picture(GraphScene(CNN, theme), PictureOptions(style="boxes")).decode()
    assert "conv2d_1" in svg
    assert "(None" not in svg


@pytest.mark.parametrize("look", [DARK, LIGHT])
def test_it_has_the_colours_that_were_asked_for(theme: Theme, look: object) -> None:
    tokens = DARK if look is DARK else LIGHT
    options = PictureOptions(PictureKind.PNG, tokens.name, 1, style="boxes")
    assert image(GraphScene(CNN, theme), options).pixelColor(1, 1) == QColor(tokens.canvas)


def test_the_data_is_at_the_top_and_every_layer_below_what_it_reads(theme: Theme) -> None:
    boxes = boxes_of(theme, CNN)
    for edge in CNN.edges:
        assert boxes.places[edge.source].bottom() < boxes.places[edge.target].top()


WIRES = st.lists(
    st.tuples(st.integers(0, 7), st.integers(0, 7)).filter(lambda pair: pair[0] < pair[1]), max_size=14
)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(WIRES)
def test_boxes_never_overlap_and_arrows_end_where_they_should(
    theme: Theme, wires: list[tuple[int, int]]
) -> None:
    boxes = boxes_of(theme, diamond(wires, 8))
    places = list(boxes.places.values())
    assert len(places) == 8
    assert not any(a.intersects(b) for k, a in enumerate(places) for b in places[:k])
    for edge in boxes.edges:
        path, target = boxes._path(edge), boxes.places[edge.target]
        assert path.currentPosition() == QPointF(target.center().x(), target.top())
        assert boxes.area.contains(path.boundingRect().adjusted(-1, -1, 1, 1))


def test_an_arrow_past_a_layer_goes_round_it(theme: Theme) -> None:
    graph = diamond([(0, 1), (1, 2), (0, 2)], 3)
    boxes = boxes_of(theme, graph)
    first, middle, last = graph.nodes
    path = boxes._path(Edge(first, "output", last, "inputs"))
    assert not path.intersects(boxes.places[middle])


def test_nothing_to_show_is_said(theme: Theme) -> None:
    with pytest.raises(FormatError, match="there are none"):
        picture(GraphScene(ModelGraph(), theme), PictureOptions(style="boxes"))
    with pytest.raises(FormatError, match="none is selected"):
        picture(GraphScene(CNN, theme), PictureOptions(style="boxes", nodes=frozenset()))


def test_the_window_offers_boxes_and_saves_them(theme: Theme, qtbot: QtBot, tmp_path: Path) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    dialog = PictureDialog(theme, GraphScene(CNN, theme), "net", window, lambda: inference_of(CNN))
    dialog.show()
    assert not dialog.shapes.isEnabled()
    before = dialog.sentence.text()
    dialog.style_.segments[1].click()
    assert dialog.shapes.isEnabled()
    assert dialog.sentence.text() != before  # another size
    dialog.parameters.click()
    dialog.save_to(tmp_path / "net.svg")
    svg = (tmp_path / "net.svg").read_text()
    assert "(None, 26, 26, 32)" in svg
    assert "18,496" not in svg
