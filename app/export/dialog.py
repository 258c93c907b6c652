"""The little window in which people choose what a picture of the network shows, and see it before it is saved."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, QSizeF, Qt, Signal
from PySide6.QtGui import QGuiApplication, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget
from typing_extensions import override

from app.canvas.scene import GraphScene
from app.export.boxes import Shown
from app.export.picture import LARGEST_SCALE, PictureKind, PictureOptions, image, save_picture
from app.places import ask_to_save
from app.theme import RADIUS_CONTROL, SPACE, FontRole, Theme
from app.widgets import Button, TextLabel, ToggleSwitch
from app.widgets.painting import outline_rounded, smooth_painter
from app.widgets.segmented import SegmentedControl
from engine.formats.errors import FormatError
from engine.graph.inference import Inference

_KINDS: Final = tuple(PictureKind)
_PREVIEW: Final = QSize(560, 260)
_PROJECT: Final = ".loom"


class _Preview(QWidget):
    """The picture as it will be, as large as there is room."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._image = QImage()
        self._scaled = QImage()  # to the size that it was shown in last
        self.setMinimumSize(_PREVIEW)
        self.setAccessibleName(self.tr("Preview"))

    def show_image(self, made: QImage) -> None:
        """Show another picture, or none."""
        self._image, self._scaled = made, QImage()
        self.update()

    def _in_size(self, room: QSize) -> QImage:
        """The picture as large as there is room, each dot the mean of what it stands for: thin lines stay."""
        size = self._image.size().scaled(room, Qt.AspectRatioMode.KeepAspectRatio)
        if self._scaled.size() != size:
            smooth = Qt.TransformationMode.SmoothTransformation
            self._scaled = self._image.scaled(size, Qt.AspectRatioMode.IgnoreAspectRatio, smooth)
        return self._scaled

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter: QPainter = smooth_painter(self)
        rect = QRectF(self.rect())
        if not self._image.isNull():
            shown = self._in_size((self.size() - QSize(2, 2)) * self.devicePixelRatioF())
            place = QRectF(QPointF(), QSizeF(shown.size()) / self.devicePixelRatioF())
            place.moveCenter(rect.center())
            painter.drawImage(place, shown)
        outline_rounded(painter, rect, self._theme.color("line"), RADIUS_CONTROL)


class PictureDialog(QDialog):
    """Asks what the picture shows and saves or copies it; `said` carries what came of it."""

    said = Signal(str)

    def __init__(
        self,
        theme: Theme,
        scene: GraphScene,
        name: str,
        parent: QWidget | None = None,
        inference: Callable[[], Inference | None] = lambda: None,
    ) -> None:
        super().__init__(parent)
        self._theme, self._scene, self._name = theme, scene, name
        self._inference = inference
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Save a picture of the network"))
        self.preview = _Preview(theme)
        self.sentence = TextLabel(theme, role=FontRole.SMALL, tone="dim", wrap=True)
        self.sentence.setAccessibleName(self.tr("Size of the picture"))
        self.style_ = self._choice(
            self.tr("Drawn as"),
            [
                (self.tr("Canvas"), self.tr("As it stands on the canvas")),
                (self.tr("Boxes"), self.tr("From top to bottom, as plot_model of Keras draws it")),
            ],
        )
        self.kind = self._choice(
            self.tr("Format"),
            [
                ("SVG", self.tr("Lines and words, for web pages and drawing programs")),
                ("PNG", self.tr("Dots, for everything")),
                ("PDF", self.tr("Lines and words, for print and papers")),
            ],
        )
        self.look = self._choice(self.tr("Colours"), [(self.tr("Light"), ""), (self.tr("Dark"), "")])
        self.part = self._choice(
            self.tr("Show"), [(self.tr("Whole network"), ""), (self.tr("Selection"), "")]
        )
        self.scale = self._choice(self.tr("Scale"), [(f"{k} ×", "") for k in range(1, LARGEST_SCALE + 1)])
        self.background = ToggleSwitch(theme, self.tr("Background"))
        self.shapes = ToggleSwitch(theme, self.tr("Shapes"))
        self.activations = ToggleSwitch(theme, self.tr("Activations"))
        self.parameters = ToggleSwitch(theme, self.tr("Parameters"))
        self.save = Button(theme, self.tr("Save\N{HORIZONTAL ELLIPSIS}"), icon="save", kind="primary")
        self.copy = Button(theme, self.tr("Copy"))
        self.copy.setToolTip(self.tr("Put the picture on the clipboard, in dots"))
        self._lay_out()
        self._start()

    def options(self) -> PictureOptions:
        """What is chosen."""
        return PictureOptions(
            kind=_KINDS[self.kind.current()],
            look="dark" if self.look.current() else "light",
            scale=self.scale.current() + 1,
            background=self.background.isChecked(),
            nodes=frozenset(self._scene.selected_nodes()) if self.part.current() else None,
            style="boxes" if self.style_.current() else "canvas",
            shown=Shown(self.shapes.isChecked(), self.activations.isChecked(), self.parameters.isChecked()),
        )

    def save_to(self, path: Path) -> bool:
        """Save the picture; False, and a sentence here, if that can't be."""
        try:
            save_picture(path, self._scene, self.options(), self._inference())
        except FormatError as error:
            self._say_problem(str(error))
            return False
        self.said.emit(self.tr("The picture is in {path}.").format(path=path))
        self.close()
        return True

    # -- layout -----------------------------------------------------------------------------------
    def _choice(self, name: str, segments: list[tuple[str, str]]) -> SegmentedControl:
        made = SegmentedControl(self._theme, segments, name)
        made.chosen.connect(self._refresh)
        return made

    def _lay_out(self) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(4 * SPACE)
        grid.setVerticalSpacing(2 * SPACE)
        rows: list[tuple[str, QWidget]] = [
            (control.accessibleName(), control)
            for control in (self.style_, self.kind, self.look, self.part, self.scale)
        ]
        rows.append((self.tr("Background"), self.background))
        rows.append((self.tr("In the boxes"), self._in_boxes()))
        for row, (name, control) in enumerate(rows):
            grid.addWidget(TextLabel(self._theme, name, tone="dim"), row, 0)
            grid.addWidget(control, row, 1, Qt.AlignmentFlag.AlignLeft)
        grid.setColumnStretch(1, 1)
        buttons = QHBoxLayout()
        buttons.addWidget(self.sentence, 1)
        buttons.addWidget(self.copy)
        buttons.addWidget(self.save)
        column = QVBoxLayout(self)
        column.setContentsMargins(4 * SPACE, 4 * SPACE, 4 * SPACE, 4 * SPACE)
        column.setSpacing(4 * SPACE)
        column.addWidget(self.preview, 1)
        column.addLayout(grid)
        column.addLayout(buttons)

    def _in_boxes(self) -> QWidget:
        box = QWidget()
        row = QHBoxLayout(box)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4 * SPACE)
        for switch in self._box_switches():
            row.addWidget(switch)
            row.addWidget(TextLabel(self._theme, switch.accessibleName()))
        return box

    def _box_switches(self) -> tuple[ToggleSwitch, ...]:
        return self.shapes, self.activations, self.parameters

    def _start(self) -> None:
        for switch in self._box_switches():
            switch.setChecked(True)
            switch.toggled.connect(self._refresh)
        self.background.setChecked(True)
        self.look.set_current(int(self._theme.tokens.name == "dark"))
        self.scale.set_current(1)
        selected = bool(self._scene.selected_nodes())
        self.part.segments[1].setEnabled(selected)
        self.save.setDefault(True)
        self.background.toggled.connect(self._refresh)
        self.save.clicked.connect(self._ask_where)
        self.copy.clicked.connect(self._copy)
        self._refresh()

    # -- what happened ----------------------------------------------------------------------------
    def _refresh(self) -> None:
        options = self.options()
        for segment in self.scale.segments:
            segment.setEnabled(options.kind is PictureKind.PNG)
        for switch in self._box_switches():
            switch.setEnabled(options.style == "boxes")
        self.copy.setEnabled(True)
        self.save.setEnabled(True)
        try:
            made = image(self._scene, replace(options, kind=PictureKind.PNG, scale=1), self._inference())
        except FormatError as error:
            self.preview.show_image(QImage())
            self._say_problem(str(error))
            return
        self.preview.show_image(made)
        scale = options.scale if options.kind is PictureKind.PNG else 1
        words = (
            self.tr("{width:,} × {height:,} dots")
            if options.kind is PictureKind.PNG
            else self.tr("{width:,} × {height:,}, sharp at any size")
        )
        self.sentence.set_tone("dim")
        self.sentence.setText(words.format(width=made.width() * scale, height=made.height() * scale))

    def _ask_where(self) -> None:
        kind = self.options().kind
        path, _ = ask_to_save(
            self,
            self.windowTitle(),
            f"{self._name.removesuffix(_PROJECT)}.{kind.value}",
            f"{kind.name} (*.{kind.value})",
            whole=True,
        )
        if path:
            chosen = Path(path)
            self.save_to(
                chosen if chosen.suffix.lower() == f".{kind.value}" else Path(f"{path}.{kind.value}")
            )

    def _copy(self) -> None:
        try:
            QGuiApplication.clipboard().setImage(image(self._scene, self.options(), self._inference()))
        except FormatError as error:
            self._say_problem(str(error))
            return
        self.sentence.set_tone("dim")
        self.sentence.setText(self.tr("The picture is on the clipboard."))

    def _say_problem(self, sentence: str) -> None:
        self.sentence.set_tone("bad")
        self.sentence.setText(sentence)
