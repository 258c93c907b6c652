"""The page that says where the time goes: measured while somebody looks, sorted, marked on the canvas, exported."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QHeaderView
from pytestqt.qtbot import QtBot

from app.theme import Theme
from app.training import TrainingController, TrainState
from app.welcome.templates import templates
from app.window.bottom_dock import LEARNING, PROFILE
from app.window.profile_panel import (
    LAUNCHES,
    LAYER,
    OF_PEAK,
    SHARE,
    TIME,
    ProfilePanel,
    bytes_text,
    rate_text,
    time_text,
)
from app.window.project_tab import PROFILE_DELAY_MS
from app.window.share_bar import PARTS_ROLE
from engine.devices.base import Timing
from engine.formats.examples import examples
from engine.profiling.advice import SLOWED
from engine.profiling.peaks import Peaks
from engine.profiling.profile import Profile
from engine.program.program import Phase
from engine.worker.client import WorkerClient
from engine.worker.messages import Command, ProfileJob, SetProfiling
from tests.app.window.conftest import User

FORWARD, BACKWARD, UPDATE = Phase


def _profile(*timings: tuple[str, Phase, float]) -> Profile:
    timeline = tuple(Timing("op", node, phase, 0.0, took, 3, 4000, 10_000) for node, phase, took in timings)
    return Profile("Some GPU", "gl", 32, 5, 1234.0, timeline, Peaks(1e7, 1e7))


@pytest.fixture
def panel(theme: Theme, qtbot: QtBot) -> ProfilePanel:
    found = ProfilePanel(theme)
    qtbot.addWidget(found)
    found.watch(examples()["spiral"].graph())
    return found


def _column(panel: ProfilePanel, column: int) -> list[str]:
    rows = [panel.table.topLevelItem(i) for i in range(panel.table.topLevelItemCount())]
    return [row.text(column) for row in rows if row is not None]


def test_rows_are_sorted_by_time_and_by_any_column(panel: ProfilePanel) -> None:
    a, b = list(examples()["spiral"].graph().nodes)[1:3]
    panel.show_profile(
        _profile((a, FORWARD, 0.002), (b, FORWARD, 0.009), (b, BACKWARD, 0.03), ("", UPDATE, 0.02))
    )
    assert _column(panel, TIME) == ["39 ms", "20 ms", "2 ms"]
    assert _column(panel, SHARE) == ["64 %", "33 %", "3 %"]
    assert _column(panel, LAYER)[1] == "Optimizer"
    assert _column(panel, OF_PEAK)[2] == "50 %"
    panel.table.sortByColumn(TIME, Qt.SortOrder.AscendingOrder)
    assert _column(panel, TIME) == ["2 ms", "20 ms", "39 ms"]
    panel.table.sortByColumn(LAYER, Qt.SortOrder.DescendingOrder)
    assert _column(panel, LAYER)[0] == "Optimizer"
    first = panel.table.topLevelItem(2) or panel.table.topLevelItem(0)
    assert first is not None
    assert 0.0 < sum(first.data(SHARE, PARTS_ROLE)) <= 1.0


def test_a_narrow_table_does_without_columns_and_tells_them_in_its_rows(panel: ProfilePanel) -> None:
    a, b = list(examples()["spiral"].graph().nodes)[1:3]
    panel.show_profile(_profile((a, FORWARD, 0.002), (b, BACKWARD, 0.03)))
    table = panel.table
    panel.resize(2000, 200)
    panel.show()
    assert not any(table.isColumnHidden(column) for column in range(table.columnCount()))
    panel.resize(500, 200)
    assert table.isColumnHidden(LAUNCHES)
    assert not table.isColumnHidden(TIME)
    row = table.topLevelItem(0)
    assert row is not None
    assert "Launches: 3" in row.toolTip(LAYER)


def test_layers_with_the_same_settings_go_by_their_names(panel: ProfilePanel) -> None:
    graph = templates()["residual-pictures"].graph()
    panel.watch(graph)
    node = next(i for i, each in graph.nodes.items() if each.name == "batch_normalization")
    panel.show_profile(_profile((node, FORWARD, 0.002)))
    assert _column(panel, LAYER) == ["batch_normalization"]


def test_it_says_what_is_evident(panel: ProfilePanel) -> None:
    a, b = list(examples()["spiral"].graph().nodes)[1:3]
    panel.show_profile(_profile((a, FORWARD, 0.9), (b, FORWARD, 0.1)))
    assert "1234 times as long" in panel.advice.text()  # with 1,234 ordinary steps in the same second
    panel.show_profile(_profile((a, FORWARD, 0.0009), (b, FORWARD, 0.0001)))
    assert "takes 90 % of a step" in panel.advice.text()
    assert "1,234 steps a second" in panel.summary.text()
    panel.show_profile(_profile(("", FORWARD, 0.9)))
    assert "one program" in panel.advice.text()
    assert _column(panel, LAYER) == ["Whole step"]
    panel.show_profile(_profile((a, FORWARD, 0.0005), (b, FORWARD, 0.0005)))
    assert panel.advice.text() == ""


def test_a_click_on_a_row_names_the_node(panel: ProfilePanel, qtbot: QtBot) -> None:
    a, b = list(examples()["spiral"].graph().nodes)[1:3]
    panel.show_profile(_profile((a, FORWARD, 0.9), (b, FORWARD, 0.1)))
    row = panel.table.topLevelItem(0)
    assert row is not None
    with qtbot.waitSignal(panel.node_chosen) as chosen:
        panel.table.itemClicked.emit(row, 0)
    assert chosen.args == [a]


def test_what_cannot_be_measured_or_written_is_said(
    panel: ProfilePanel, qtbot: QtBot, tmp_path: Path
) -> None:
    assert not panel.export.isEnabled()
    panel.show_profile(_profile(("", FORWARD, 0.9)))
    assert panel.export.isEnabled()
    with qtbot.waitSignal(panel.refused) as refused:
        panel.export_to(tmp_path / "no such folder" / "trace.json")
    assert "could not be written" in refused.args[0]
    panel.show_problem("The GPU is gone.")
    assert panel.summary.text() == "The GPU is gone."
    assert not panel.export.isEnabled()


def test_numbers_are_short() -> None:
    assert [time_text(t) for t in (0.0, 4.3e-5, 0.00125, 2.1)] == [
        "",
        "43 \N{MICRO SIGN}s",
        "1.25 ms",
        "2.1 s",
    ]
    assert [bytes_text(n) for n in (0, 320, 2_100_000)] == ["", "320 B", "2.1 MB"]
    assert [rate_text(r) for r in (12_345.0, 8.43)] == ["12,345", "8.4"]


def test_columns_can_be_told_apart_by_a_screen_reader(panel: ProfilePanel) -> None:
    header = panel.table.header()
    assert isinstance(header, QHeaderView)
    titles = [panel.table.headerItem().text(i) for i in range(panel.table.columnCount())]
    assert len(set(titles)) == len(titles)
    assert all(titles)
    assert panel.table.accessibleName()


# -- in the window -----------------------------------------------------------------------------------------------------
def test_nothing_is_measured_until_somebody_looks(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[Command] = []
    send = WorkerClient.send

    def note(worker: WorkerClient, command: Command) -> bool:
        sent.append(command)
        return send(worker, command)

    monkeypatch.setattr(WorkerClient, "send", note)
    user.open_endless("spiral")
    document = user.document
    document.set_training(document.training.model_copy(update={"device": "cpu"}))
    user.click(user.window.top_bar.train)
    user.until_steps(3)
    assert not [c for c in sent if isinstance(c, ProfileJob | SetProfiling)]
    panel, tabs = user.window.dock.profile, user.window.dock.tabs
    assert panel.profile is None
    tabs.setCurrentIndex(PROFILE)
    user.until(lambda: panel.profile is not None)
    assert not [c for c in sent if isinstance(c, ProfileJob)]  # the run tells by itself
    assert user.state is TrainState.RUNNING
    tabs.setCurrentIndex(LEARNING)
    assert [c.on for c in sent if isinstance(c, SetProfiling)] == [True, False]
    user.click(user.window.top_bar.stop)
    user.until(lambda: user.state is TrainState.IDLE)


def test_while_a_run_is_paused_it_is_said_that_nothing_is_timed(panel: ProfilePanel, qtbot: QtBot) -> None:
    panel.show()
    panel.set_paused(paused=True)
    assert "The run is paused" in panel.summary.text()
    assert not panel.again.isEnabled()
    with qtbot.waitSignal(panel.wanted):
        panel.set_paused(paused=False)
    assert "as soon as the network can be trained" in panel.summary.text()
    assert panel.again.isEnabled()


def test_an_idle_network_is_measured_marked_and_exported(
    user: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    user.open_example("spiral")
    document = user.document
    document.set_training(document.training.model_copy(update={"device": "cpu"}))
    panel, tabs = user.window.dock.profile, user.window.dock.tabs
    tabs.setCurrentIndex(PROFILE)
    user.until(lambda: panel.profile is not None)
    assert panel.profile is not None
    assert panel.profile.peaks is not None
    scene = user.window.workspace.canvas.scene

    def marked() -> list[str]:
        return [i for i, item in scene.nodes.items() if item.badge and "% of a step" in item.badge.sentence]

    panel.show_profile(replace(panel.profile, steps_per_s=2 * SLOWED / panel.profile.seconds))
    assert marked() == []  # timing takes most of it
    panel.show_profile(replace(panel.profile, steps_per_s=0.5 / panel.profile.seconds))
    top = [
        layer.node for layer in panel.profile.layers[:3] if layer.node and panel.profile.share(layer) >= 0.1
    ]
    assert sorted(marked()) == sorted(top)
    path = tmp_path / "trace.json"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    user.click(panel.export)
    bars = [e for e in json.loads(path.read_text())["traceEvents"] if e["ph"] == "X"]
    assert len(bars) == len(panel.profile.timeline)
    tabs.setCurrentIndex(LEARNING)
    assert marked() == []
    document.stack.setClean()


def test_a_profile_that_is_missing_is_asked_for_again(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TrainingController, "profile", lambda *_: False)  # no profile but those of this test
    user.open_example("spiral")
    panel, training = user.window.dock.profile, user.window.workspace.run.training
    user.window.dock.tabs.setCurrentIndex(PROFILE)
    panel.show_profile(_profile(("", UPDATE, 0.9)))
    with user.qtbot.assertNotEmitted(panel.wanted, wait=2 * PROFILE_DELAY_MS):
        training.profile_put_off.emit()
    panel.watch(user.document.graph)  # forgets what it showed
    with user.qtbot.waitSignal(panel.wanted):
        training.profile_put_off.emit()
    with user.qtbot.waitSignal(panel.wanted):
        training.state_changed.emit(TrainState.IDLE)
