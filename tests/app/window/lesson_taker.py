"""Somebody who takes a lesson in the real window: clicks, types and trains as its steps ask for."""

from collections.abc import Mapping

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.exceptions import TimeoutError  # noqa: A004 - what waiting in these tests raises

from app.lessons.places import PANELS
from app.lessons.session import LessonSession
from app.palette.entries import layer_mime
from app.training import TrainState
from engine.data.settings import DataSettings
from engine.formats.sections import DATA
from engine.graph.edits import SetSettings
from engine.layers.base import Layer
from engine.lessons.checks import (
    Check,
    DataSetting,
    Did,
    HasLayers,
    LayerSetting,
    TrainingSetting,
    WeightIs,
)
from engine.training.settings import TrainingSettings
from tests.app.canvas.conftest import LEFT, NONE
from tests.app.window.conftest import CONTROL, RUN_MS, User
from tests.engine.lessons.learner import SETTING_UP, chosen, section_with, settings_with


class LessonTaker:
    """Takes the lesson that is open in a window."""

    def __init__(self, user: User, beforehand: Mapping[int, Mapping[str, Mapping[str, object]]]) -> None:
        self.user = user
        self._beforehand = beforehand

    @property
    def session(self) -> LessonSession:
        session = self.user.window.lessons.session
        assert session is not None
        return session

    def take_all(self) -> None:
        """Every step, and the end."""
        for place, step in enumerate(self.session.lesson.steps):
            assert self.session.state.place == place
            self._take(place, step.check)
            panel = self.user.window.lessons.dock.panel
            self.user.until(lambda: self.session.state.is_done)
            assert panel.next.text() in ("Next", "Finish"), step.title
            self.user.click(panel.next)
        assert self.session.state.progress.finished
        assert not self.session.state.progress.skipped

    def _take(self, place: int, check: Check | None) -> None:
        question = self.session.state.step.question
        if question is not None:
            buttons = self.user.window.lessons.dock.panel.question.buttons
            right = next(n for n, answer in enumerate(question.answers) if answer.right)
            self.user.until(buttons[right].isVisible)
            buttons[right].setFocus()
            QTest.keyClick(buttons[right], Qt.Key.Key_Space)
        if check is None or self.session.state.is_done:
            return
        wanted = chosen(check)
        for each in wanted:
            self._do(each)
        for key, changes in self._beforehand.get(place, {}).items():
            self._set_section(key, changes)
        if any(not isinstance(each, SETTING_UP) for each in wanted) and not self.session.state.is_done:
            self._train(single=any(getattr(each, "steps", 0) == 3 for each in wanted))

    def _do(self, check: Check) -> None:
        document = self.user.document
        if isinstance(check, Did):
            self._do_deed(check.deed)
        elif isinstance(check, TrainingSetting | DataSetting):
            key = DATA if isinstance(check, DataSetting) else "training"
            changed = section_with(document.graph.sections[key], check)
            assert document.set_data(changed) if isinstance(changed, DataSettings) else True
            assert document.set_training(changed) if isinstance(changed, TrainingSettings) else True
        elif isinstance(check, LayerSetting):
            for node in list(document.graph.nodes.values()):
                if isinstance(node.layer, Layer):
                    layer = settings_with(document.graph, node, check)
                    if layer is not None and layer != node.layer:
                        document.push(SetSettings(node.id, layer))
        elif isinstance(check, HasLayers) and check.at_least:
            wire, nodes = document.graph.edges[0], document.graph.nodes
            source, end = nodes[wire.source], nodes[wire.target]
            middle = (self.user.hand.out(source) + self.user.hand.into(end)) / 2
            self.user.hand.drop(layer_mime(check.layer), middle)
        else:
            assert not isinstance(check, SETTING_UP) or isinstance(check, HasLayers | WeightIs)

    def _do_deed(self, deed: str) -> None:
        kind, _, rest = deed.partition("/")
        window = self.user.window
        if kind == "panel":
            tabs = window.dock.tabs
            QTest.mouseClick(tabs, LEFT, NONE, tabs.tabRect(PANELS[rest]).center())
        elif kind in ("layer", "node"):
            nodes = self.user.graph.nodes.values()
            found = next(n.id for n in nodes if rest in (n.name if kind == "node" else n.layer.title(),))
            window.workspace.choose(found)
        elif deed == "view/data":
            self.user.key(Qt.Key.Key_1, CONTROL)
            self.user.key(Qt.Key.Key_2, CONTROL)
        else:
            (action,) = (a for a in window.actions() if a.objectName() == rest)
            action.trigger()

    def _set_section(self, key: str, changes: Mapping[str, object]) -> None:
        section = self.user.graph.sections[key]
        made = type(section).model_validate({**section.model_dump(mode="json"), **changes})
        if isinstance(made, TrainingSettings):
            assert self.user.document.set_training(made)
        elif isinstance(made, DataSettings):
            assert self.user.document.set_data(made)

    def _train(self, *, single: bool) -> None:
        """Three single steps, or a run from its beginning until what is asked for is so, or the run is over."""
        user, bar = self.user, self.user.window.top_bar
        user.until(lambda: user.window.workspace.run.bundle is not None and user.document.inference.ok)
        if single:
            for _ in range(3):
                user.until(bar.step.isEnabled)
                user.click(bar.step)
                user.until(lambda: user.state is TrainState.PAUSED)
        else:
            if user.state is not TrainState.IDLE:
                user.click(bar.stop)
                user.until(lambda: user.state is TrainState.IDLE)
            user.click(bar.train)
        try:
            user.until(lambda: self.session.state.is_done, RUN_MS)
        except TimeoutError:
            seen, step = self.session.seen, self.session.state.step
            pytest.fail(f"{step.title}: {step.check!r} after {seen.steps} steps, {user.state}, {seen.values}")
