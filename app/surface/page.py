"""The page of the dock that shows the loss as a landscape."""

from math import isfinite
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QTimer, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget
from typing_extensions import override

from app.i18n import said
from app.surface.contours import ContourView, Trail
from app.surface.desk import SurfaceDesk
from app.surface.relief import ReliefView
from app.theme import FRAME_MS, SPACE, FontRole, Theme, class_color
from app.widgets import (
    Bounds,
    Button,
    ChoiceBox,
    CommitSpin,
    IconButton,
    NumberCodec,
    ProgressStrip,
    TextLabel,
    ToggleSwitch,
)
from app.widgets.flow import FlowLayout
from app.widgets.scrolling import downwards
from app.widgets.segmented import SegmentedControl
from app.window.workspace import Workspace
from engine.optimizers.base import OPTIMIZERS, Optimizer
from engine.training.surface.race import Raced
from engine.training.surface.records import PlaneKind

if TYPE_CHECKING:
    from app.surface.gl_relief import GlReliefView

SETTLE_MS = 300
RELIEF, OPENGL = 1, 2  # places of views
SPEEDS = (1, 4, 16, 64)  # steps a second, times ten
RACERS = ("SGD", "momentum", "Adam", "RMSprop")
SIDE = 222  # pixels of the column with the race


class SurfacePage(QWidget):
    """Contours or relief, with the path of the run, and races of optimizers. `raced`: a race was begun."""

    raced = Signal()

    def __init__(self, theme: Theme, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._workspace = theme, workspace
        self.desk = SurfaceDesk(workspace, self)
        self.kind = ChoiceBox(theme)
        self.again = Button(theme, tr("Compute"), icon="redo")
        self.fit = Button(theme, tr("Around the path"), icon="fit")
        self.stop = Button(theme, tr("Cancel"), kind="quiet")
        self.progress = ProgressStrip(theme)
        self.view = SegmentedControl(
            theme,
            (
                (tr("Contours"), tr("Seen from above")),
                (tr("3-D"), tr("As a relief")),
                (tr("OpenGL"), tr("As a relief, painted by the GPU")),
            ),
            tr("View of the surface"),
        )
        self.contours, self.relief = ContourView(theme), ReliefView(theme)
        self._by_gpu: GlReliefView | None = None
        self.sentence = TextLabel(theme, tone="dim", wrap=True)
        self.race = Button(theme, tr("Race"), icon="play", kind="primary")
        self.racers = [
            (name, ToggleSwitch(theme, tr("Let {name} race").format(name=name))) for name in RACERS
        ]
        self.steps = CommitSpin(theme, NumberCodec(True, Bounds(minimum=10, maximum=5000)), 200)
        self.speed = ChoiceBox(theme)
        self.replay = IconButton(theme, "rewind", tr("Play the race again"))
        self.standing = TextLabel(theme, role=FontRole.MONO, tone="dim", wrap=True)
        self._lap = 0.0  # that is shown
        self._seed = 0
        self._races_then = False  # once there is a surface
        self._lay_out()
        self._player = QTimer(self)
        self._player.setInterval(FRAME_MS)
        self._player.timeout.connect(self._on_player_timeout)
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(SETTLE_MS)
        self._settle.timeout.connect(self._on_settle_timeout)
        self._watch()
        self._refresh()

    def _lay_out(self) -> None:
        self.kind.setAccessibleName(tr("Directions"))
        for text, kind in (
            (tr("What suits the network"), None),
            (tr("Its two parameters"), PlaneKind.EXACT),
            (tr("Two random directions"), PlaneKind.RANDOM),
            (tr("Main directions of the path"), PlaneKind.PATH),
        ):
            self.kind.addItem(text, kind)
        self.steps.setAccessibleName(tr("Steps of the race"))
        self.speed.setAccessibleName(tr("Speed of the race"))
        for factor in SPEEDS:
            self.speed.addItem(tr("{count} steps a second").format(count=10 * factor), factor)
        self.speed.setCurrentIndex(1)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.contours)
        self._stack.addWidget(self.relief)
        head = FlowLayout(2 * SPACE)
        for widget in (self.view, self.kind, self.again, self.fit, self.stop):
            head.addWidget(widget)
        left = QVBoxLayout()
        left.setSpacing(SPACE)
        left.addWidget(self.sentence)
        left.addWidget(self._stack, 1)
        right = QVBoxLayout()
        right.setSpacing(SPACE)
        for name, switch in self.racers:
            switch.setChecked(True)
            row = QHBoxLayout()
            row.addWidget(TextLabel(self._theme, tr("with momentum") if name == "momentum" else name), 1)
            row.addWidget(switch)
            right.addLayout(row)
        row = QHBoxLayout()
        row.addWidget(TextLabel(self._theme, tr("Steps"), tone="dim"), 1)
        row.addWidget(self.steps)
        right.addLayout(row)
        right.addWidget(self.speed)
        row = QHBoxLayout()
        row.addWidget(self.race, 1)
        row.addWidget(self.replay)
        right.addLayout(row)
        right.addWidget(self.standing)
        right.addStretch(1)
        inner = QWidget()
        inner.setLayout(right)
        right.setContentsMargins(0, 0, 3 * SPACE, 0)
        side = downwards(inner)  # in a low window there is no room for all of it
        side.setFixedWidth(SIDE)
        columns = QHBoxLayout()
        columns.setSpacing(3 * SPACE)
        columns.addLayout(left, 1)
        columns.addWidget(side)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(3 * SPACE, SPACE, 3 * SPACE, SPACE)
        whole.setSpacing(SPACE)
        whole.addLayout(head)
        whole.addWidget(self.progress)
        whole.addLayout(columns, 1)
        self.setFocusProxy(self.kind)

    def _watch(self) -> None:
        desk, run = self.desk, self._workspace.run
        desk.changed.connect(self._refresh)
        desk.path_changed.connect(self._show_trails)
        desk.race_changed.connect(self._on_desk_race_changed)
        self.kind.activated.connect(self.compute)
        self.again.clicked.connect(self._on_again_clicked)
        self.fit.clicked.connect(self._on_fit_clicked)
        self.stop.clicked.connect(self._on_stop_clicked)
        self.view.chosen.connect(self._on_view_chosen)
        self.race.clicked.connect(self._on_race_clicked)
        self.replay.clicked.connect(self._on_replay_clicked)
        run.begun.connect(self._compute_soon)
        run.bundle_changed.connect(self._compute_soon)
        self._workspace.document.inferred.connect(self._on_document_inferred)
        self._theme.changed.connect(self._refresh)

    def _on_view_chosen(self, place: int) -> None:
        if place == OPENGL and self._by_gpu is None:
            from app.surface.gl_relief import GlReliefView, opengl_works  # nobody need have OpenGL

            if not opengl_works():
                self.view.set_current(RELIEF)
                self._stack.setCurrentIndex(RELIEF)
                self.sentence.setText(
                    tr("This computer has no OpenGL for windows. The relief shows the same.")
                )
                self.sentence.show()
                return
            self._by_gpu = GlReliefView(self._theme)
            self._stack.addWidget(self._by_gpu)
            self._refresh()
        self._stack.setCurrentIndex(place)

    # -- asking -----------------------------------------------------------------------------------
    def compute(self, *_: object) -> None:
        """Find the plane that is chosen, and the loss on it."""
        kind = self.kind.currentData()
        self.desk.compute(PlaneKind(kind) if kind else None, self._seed)

    def _compute_soon(self, *_: object) -> None:
        if self.isVisible():
            self._settle.start()

    def _on_settle_timeout(self) -> None:
        self.compute()

    def _on_document_inferred(self, _inference: object) -> None:
        if self.desk.plane is None:
            self._compute_soon()

    def _on_again_clicked(self) -> None:
        """Again with the weights of now, in other random directions."""
        self._seed += 1
        self.compute()

    def _on_fit_clicked(self) -> None:
        from engine.training.surface.plane import around

        points = [(x, y) for trail in self._trails(whole=True) for x, y in trail.points]
        if points:
            self.desk.resample(around(points))

    def _on_stop_clicked(self) -> None:
        self.desk.cancel()
        self.desk.stop_race()

    # -- racing -----------------------------------------------------------------------------------
    def begin_race(self) -> None:
        """Race as soon as there is a surface to race on."""
        if self.desk.surface is not None:
            self._on_race_clicked()
        else:
            self._races_then = True
            self._compute_soon()

    def _on_race_clicked(self) -> None:
        chosen = [name for name, switch in self.racers if switch.isChecked()]
        if not chosen:
            self.sentence.setText(tr("Choose at least one optimizer to race."))
            return
        rate = self._workspace.document.training.optimizer.learning_rate
        steps = self.steps.value()
        self._lap = 0.0
        self.desk.race(
            [_racer(name, rate) for name in chosen], chosen, steps if isinstance(steps, int) else 200
        )
        self._player.start()
        self.raced.emit()

    def _on_replay_clicked(self) -> None:
        self._lap = 0.0
        self._player.start()

    def _on_desk_race_changed(self) -> None:
        self._refresh()

    def _on_player_timeout(self) -> None:
        heat = self.desk.heat
        if heat is None:
            self._player.stop()
            return
        last = len(heat.laps) - 1
        self._lap = min(self._lap + self.speed.currentData() * 10 * FRAME_MS / 1000, max(0.0, float(last)))
        self._show_trails()
        if self._lap >= last and not self.desk.racing:
            self._player.stop()

    # -- showing ----------------------------------------------------------------------------------
    def _refresh(self) -> None:
        desk = self.desk
        if self._races_then and desk.surface is not None:
            self._races_then = False
            self._on_race_clicked()
        busy = desk.busy or desk.racing
        self.stop.setVisible(busy)
        self.progress.setVisible(busy)
        self.progress.setValue(round(100 * (desk.race_share if desk.racing else desk.share)))
        self.sentence.setText(said(desk.sentence))
        self.sentence.setVisible(bool(desk.sentence))
        self.fit.setEnabled(desk.surface is not None)
        self.race.setEnabled(desk.surface is not None and not desk.racing)
        self.replay.setEnabled(desk.heat is not None and len(desk.heat.laps) > 1)
        plane = desk.plane
        names = tuple(said(name) for name in plane.names) if plane is not None else ("", "")
        for view in self._views():
            view.set_surface(desk.surface)
            view.set_axis_names(names[0], names[-1])
        self._show_trails()

    def _views(self) -> "list[ContourView | ReliefView | GlReliefView]":
        found: list[ContourView | ReliefView | GlReliefView] = [self.contours, self.relief]
        return [*found, self._by_gpu] if self._by_gpu is not None else found

    def _show_trails(self) -> None:
        trails = self._trails()
        for view in self._views():
            view.set_trails(trails)
        heat = self.desk.heat
        lap = heat.laps[int(self._lap)] if heat is not None and len(heat.laps) > int(self._lap) else None
        self.standing.setText(
            _standing(self, heat.names, lap) if heat is not None and lap is not None else ""
        )

    def _trails(self, *, whole: bool = False) -> list[Trail]:
        """The run's path, and those of the racers as far as they are shown."""
        found = []
        path = tuple((x, y) for _, x, y in self.desk.path)
        if path:
            looked = self.desk.looked
            found.append(
                Trail(
                    tr("the run"),
                    self._theme.color("text").name(),
                    path,
                    looked[1:] if looked is not None else None,
                )
            )
        heat = self.desk.heat
        if heat is not None and heat.laps:
            last = len(heat.laps) if whole else int(self._lap) + 1
            for k, name in enumerate(heat.names):
                points = tuple(lap.places[k] for lap in heat.laps[:last])
                found.append(Trail(name, class_color(k + 1), points))
        return found

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self.desk.plane is None and not self.desk.busy:
            self._compute_soon()

    @override
    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._player.stop()


def _racer(name: str, rate: float) -> Optimizer:
    """An optimizer that races, at the learning rate of the project."""
    if name == "momentum":
        return OPTIMIZERS("SGD", learning_rate=rate, momentum=0.9)
    return OPTIMIZERS(name, learning_rate=rate)


def _standing(page: SurfacePage, names: tuple[str, ...], lap: Raced) -> str:
    """Where the race stands, in words: the step, and each loss."""
    lines = [tr("step {step}").format(step=f"{lap.step:,}")]
    for k, name in enumerate(names):
        height = page.desk.surface.height(*lap.places[k]) if page.desk.surface is not None else float("nan")
        shown = height if isfinite(height) else lap.losses[k]
        lines.append(f"{name}: {shown:.4g}" if isfinite(shown) else f"{name}: {tr('gone')}")
    return "\n".join(lines)


def tr(text: str) -> str:
    """In the language of the window."""
    return QCoreApplication.translate("Surface", text)
