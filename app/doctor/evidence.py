"""The examples that a remark is about: a list, and the chosen one as it is in the data."""

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QIcon, QImage, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QLabel, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from app.i18n import said
from app.theme import SPACE, FontRole, Theme
from app.widgets import Heading, IconButton, TextLabel
from engine.data.bundle import DataBundle
from engine.training.doctor.evidence import Example, class_name, example_of
from engine.training.doctor.observation import Observation, Suspect

THUMBNAIL = 28
PICTURE = 132
ROW = Qt.ItemDataRole.UserRole


class EvidencePanel(QWidget):
    """Rows of the data that are suspected; choosing one shows it. `closed` says that nobody wants to see them."""

    closed = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bundle: DataBundle | None = None
        self._suspects: dict[int, Suspect] = {}
        self.heading = Heading(theme, "")
        self.close_button = IconButton(theme, "close", self.tr("Close the examples"))
        self.rows = QListWidget()
        self.rows.setIconSize(QSize(THUMBNAIL, THUMBNAIL))
        self.rows.setFrameShape(QListWidget.Shape.NoFrame)
        self.rows.setWordWrap(True)
        self.rows.setSpacing(2)
        self.rows.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.picture = QLabel()
        self.picture.setAccessibleName(self.tr("Picture of the example"))
        self.what = TextLabel(theme, wrap=True)
        self.values = TextLabel(theme, role=FontRole.MONO_SMALL, tone="dim", wrap=True)
        head = QHBoxLayout()
        head.addWidget(self.heading, 1)
        head.addWidget(self.close_button)
        detail = QVBoxLayout()
        detail.setSpacing(SPACE)
        for part in (self.picture, self.what, self.values):
            detail.addWidget(part)
        detail.addStretch(1)
        both = QHBoxLayout()
        both.setSpacing(3 * SPACE)
        both.addWidget(self.rows, 1)
        both.addLayout(detail, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(3 * SPACE, 2 * SPACE, 3 * SPACE, 2 * SPACE)
        column.addLayout(head)
        column.addLayout(both, 1)
        self.rows.currentItemChanged.connect(self._on_rows_current_item_changed)
        self.close_button.clicked.connect(self.closed)

    def show_examples(self, seen: Observation, bundle: DataBundle) -> None:
        """List the examples of a remark, the most suspicious first."""
        self._bundle = bundle
        self._suspects = {suspect.row: suspect for suspect in seen.suspects}
        count = len(seen.rows)
        self.heading.setText(self.tr("%n examples", "", count) if count > 1 else self.tr("One example"))
        self.rows.setAccessibleName(said(seen.sentence))
        self.rows.clear()
        for row in seen.rows:
            example = example_of(bundle, row)
            if example is not None:
                self.rows.addItem(self._item(example))
        if self.rows.count():
            self.rows.setCurrentRow(0)
        else:
            self.what.setText(self.tr("These rows are no longer in the data."))
            self.values.clear()
            self.picture.hide()

    def _item(self, example: Example) -> QListWidgetItem:
        item = QListWidgetItem(self._words(example))
        item.setData(ROW, example.row)
        if example.pixels is not None:
            item.setIcon(QIcon(_pixmap(example, THUMBNAIL, self.devicePixelRatioF())))
        return item

    def _words(self, example: Example) -> str:
        suspect = self._suspects.get(example.row)
        if suspect is None or self._bundle is None:
            return self.tr("Row {row}: {said}").format(row=f"{example.row:,}", said=example.said)
        return self.tr("Row {row}: said to be {said}, looks like {seems} ({share:.0f} %)").format(
            row=f"{example.row:,}",
            said=class_name(self._bundle, suspect.said),
            seems=class_name(self._bundle, suspect.seems),
            share=100 * suspect.share,
        )

    def _on_rows_current_item_changed(self, item: QListWidgetItem | None, _before: object = None) -> None:
        row = item.data(ROW) if item is not None else None
        example = example_of(self._bundle, row) if self._bundle is not None and isinstance(row, int) else None
        if example is None:
            return
        parts = {
            "training": self.tr("a training example"),
            "validation": self.tr("a validation example"),
            "test": self.tr("a test example"),
        }
        self.what.setText(f"{self._words(example)} · {parts[example.part]}")
        self.picture.setVisible(example.pixels is not None)
        if example.pixels is not None:
            self.picture.setPixmap(_pixmap(example, PICTURE, self.devicePixelRatioF()))
        self.values.setText(_table(example.values))


def _pixmap(example: Example, side: int, ratio: float) -> QPixmap:
    assert example.pixels is not None
    pixels = np.ascontiguousarray(
        example.pixels[..., :3] if example.pixels.shape[-1] >= 3 else example.pixels[..., :1]
    )
    height, width, channels = pixels.shape
    kind = QImage.Format.Format_Grayscale8 if channels == 1 else QImage.Format.Format_RGB888
    image = QImage(pixels.tobytes(), width, height, width * channels, kind).copy()
    size = QSize(round(side * ratio), round(side * ratio))
    made = QPixmap.fromImage(image).scaled(size, Qt.AspectRatioMode.KeepAspectRatio)
    made.setDevicePixelRatio(ratio)
    return made


def _table(values: Sequence[tuple[str, str]]) -> str:
    return "\n".join(f"{name}: {text}" for name, text in values)
