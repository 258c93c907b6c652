"""A study of variants that came with the project: shown as it was, its settings to be taken, and kept again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from app.document import Document
from app.many.panel import ManyPanel
from app.theme import Theme
from app.window.looks import Looks
from engine.formats.examples import examples
from engine.training.many.kept import KeptKnob, KeptStudy
from engine.training.many.reports import ManyEnded, ManyProgress


def study(metric: str = "accuracy") -> KeptStudy:
    """Two rates at two widths; one variant broke."""
    values = tuple({"learning_rate": rate, "width": width} for rate in (0.01, 0.1) for width in (4, 8))
    knobs = (
        KeptKnob("learning_rate", "Learning rate", ("0.01", "0.1", "2")),
        KeptKnob("width", "Width of hidden layers", ("4", "8", "2")),
    )
    losses = np.array([0.5, 0.4, 0.3, np.nan])
    curves = np.linspace(1.0, 0.3, 24, dtype=np.float32).reshape(3, 2, 4)
    planes = np.zeros((4, 2, 24, 24), np.uint8)
    told = np.array([0.7, 0.8, 0.9, 0.1])
    return KeptStudy(knobs, values, 120, 200, "stopped", losses, losses, told, curves, planes, metric)


@pytest.fixture
def document(qtbot: QtBot) -> Iterator[Document]:
    document = Document(examples()["circle"].graph())
    yield document
    document.close()


@pytest.fixture
def panel(theme: Theme, qtbot: QtBot, document: Document) -> ManyPanel:
    panel = ManyPanel(theme)
    qtbot.addWidget(panel)
    nobody: Any = None
    panel.watch(document, nobody)
    return panel


def test_it_is_shown_as_it_was_and_kept_again(panel: ManyPanel) -> None:
    assert panel.kept() is None
    panel.show_kept(study())
    variants = panel.grid.variants
    assert (variants.best, len(variants.images), variants.rowCount()) == (2, 4, 4)
    assert variants.value_text(2) == "0.3 · 90 %"
    assert variants.value_text(3) == "broke"
    words = panel.sentence.text()
    assert words.startswith(
        "Stopped at step 120. The best is Learning rate 0.1, Width of hidden layers 4: loss 0.3"
    )
    assert words.endswith("weights are not kept with the project.")
    assert (panel.first.low.text(), panel.first.high.text(), panel.first.count.text()) == ("0.01", "0.1", "2")
    assert panel.start.text() == "Train 4 variants"
    kept, before = panel.kept(), study()
    assert kept is not None
    assert (kept.knobs, kept.values, kept.reason) == (before.knobs, before.values, "stopped")
    assert (kept.step, kept.steps) == (120, 200)
    np.testing.assert_array_equal(kept.curves, before.curves)


@pytest.mark.parametrize(
    ("metric", "short", "words"),
    [
        ("accuracy", "0.3 \N{MIDDLE DOT} 90 %", "loss 0.3, 90 % right"),
        ("r2", "0.3 \N{MIDDLE DOT} 0.9", "loss 0.3, R\u00b2 0.9"),
        ("", "0.3", "loss 0.3"),  # files of former versions do not say what it is
    ],
)
def test_only_a_share_that_is_right_is_called_so(
    panel: ManyPanel, metric: str, short: str, words: str
) -> None:
    panel.show_kept(study(metric))
    assert panel.grid.variants.value_text(2) == short
    assert panel.grid.variants.score_text(2) == words
    kept = panel.kept()
    assert kept is not None
    assert kept.metric == metric


def test_a_click_takes_the_settings_in_one_step(panel: ManyPanel, document: Document) -> None:
    said: list[str] = []
    panel.refused.connect(said.append)
    panel.show_kept(study())
    panel.grid.opened.emit(2)
    assert document.training.optimizer.learning_rate == 0.1
    assert document.stack.count() == 1
    assert "Learning rate 0.1, Width of hidden layers 4" in said[0]
    assert "press Train" in said[0]
    panel.grid.opened.emit(2)
    assert (document.stack.count(), len(said)) == (1, 2)  # they are those of now


def test_a_study_that_is_interrupted_by_saving_is_kept_as_far_as_it_is(panel: ManyPanel) -> None:
    panel.show_kept(study())
    panel._ended = None
    scores = np.full(4, 0.2)
    panel._on_study_told(ManyProgress(150, scores, scores, np.empty(0), np.empty(0), None, 10.0))
    kept = panel.kept()
    assert kept is not None
    assert (kept.step, kept.reason, kept.planes) == (150, "stopped", None)
    panel._on_study_told(ManyEnded("done", 200, 3.0))
    kept = panel.kept()
    assert kept is not None
    assert (kept.step, kept.reason) == (200, "done")


def test_a_project_keeps_it_though_nobody_looks_at_it(theme: Theme, qtbot: QtBot) -> None:
    looks = Looks(theme)
    assert looks.kept_study() is None
    mine = study()
    looks.take_study(mine)
    assert looks.kept_study() is mine
    assert not looks.variants.is_made
    for page in looks.pages:
        page.deleteLater()
