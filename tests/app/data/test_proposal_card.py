"""The card proposes a network for the data of the project, says why, and puts it on the canvas with one click."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.canvas import short_count
from app.data.desk import DataDesk
from app.data.proposal_card import ProposalCard
from app.document import Document
from app.theme import Theme
from engine.data.load import load
from engine.data.settings import DataSettings
from engine.graph.document import ModelGraph
from engine.layers.target import Target
from engine.proposals.proposal import Size, Topic

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def document(qtbot: QtBot) -> Iterator[Document]:
    document = Document(ModelGraph(sections={"data": DataSettings(dataset="penguins")}))
    yield document
    document.close()


@pytest.fixture
def card(qtbot: QtBot, theme: Theme, document: Document) -> Iterator[ProposalCard]:
    desk = DataDesk(document)
    card = ProposalCard(theme, document, desk)
    card.setFixedWidth(300)
    qtbot.addWidget(card)
    with qtbot.waitExposed(card):
        card.show()
    qtbot.waitUntil(lambda: card.proposal is not None)
    yield card
    desk.close()


def test_one_click_puts_it_on_the_canvas_and_one_undo_takes_it_back(
    qtbot: QtBot, document: Document, card: ProposalCard
) -> None:
    with qtbot.waitSignal(card.used):
        QTest.mouseClick(card.use, LEFT)
    assert document.inference.ok
    assert [n.layer.title() for n in document.graph.nodes.values()] == [
        "Input",
        "Dense",
        "Dense",
        "Dense",
        "Target",
    ]
    assert document.training.keep_best
    assert document.data == DataSettings(dataset="penguins")
    document.stack.undo()
    assert not document.graph.nodes


def test_it_says_why(card: ProposalCard) -> None:
    assert card.title.text() == "Dense network for a table"
    assert not any(row.isVisible() for row in card.reasons())
    QTest.mouseClick(card.why.heading, LEFT)
    rows = card.reasons()
    assert len(rows) >= 10
    assert all(row.isVisible() and row.sentence.text().endswith(".") for row in rows)
    assert any(row.choice.text().startswith("Learning rate: ") for row in rows)


def test_smaller_and_larger_are_offered_with_their_sizes(document: Document, card: ProposalCard) -> None:
    fitting = card.proposal
    assert fitting is not None
    QTest.mouseClick(card.size_button(Size.LARGER), LEFT)
    larger = card.proposal
    assert larger is not None
    assert larger.parameters > 2 * fitting.parameters
    assert card.facts.text().startswith(f"{short_count(larger.parameters)} weights")
    QTest.mouseClick(card.use, LEFT)
    assert document.inference.trainable == larger.parameters


def test_it_follows_the_data(qtbot: QtBot, document: Document, card: ProposalCard) -> None:
    document.set_data(DataSettings(dataset="digits"))
    qtbot.waitUntil(lambda: card.title.text() == "Convolutional network for pictures")
    assert "Conv2D" in card.sketch.accessibleDescription()
    document.set_data(DataSettings(dataset="nothing of that name"))
    qtbot.waitUntil(card.problem.isVisible)
    assert "nothing of that name" in card.problem.text()
    assert not card.use.isVisible()


def test_what_loading_shows_is_used(qtbot: QtBot, document: Document, card: ProposalCard) -> None:
    bundle = load(document.data)
    bundle.targets["y"].setflags(write=True)
    bundle.targets["y"][:] = 0
    bundle.targets["y"][:4] = (1, 1, 2, 2)
    card.set_bundle(bundle)
    qtbot.waitUntil(lambda: "F1" in _proposed(card))
    QTest.mouseClick(card.use, LEFT)
    (target,) = (n.layer for n in document.graph.nodes.values() if isinstance(n.layer, Target))
    assert target.class_weight == "balanced"


def _proposed(card: ProposalCard) -> str:
    return "" if card.proposal is None else card.proposal.reason(Topic.METRICS).choice
