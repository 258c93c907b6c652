"""The options of a bundled data set: sliders with a picture that moves, or a pad where the data is drawn by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol, cast

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from PySide6.QtCore import QTimer, Signal, SignalInstance
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget
from typing_extensions import override

from app.data.sketch_view import SketchView
from app.document import Document
from app.inspector.fields import help_of, make_field, title_of
from app.inspector.kinds import Number, kind_of
from app.theme import SPACE, Theme
from app.widgets import SliderField
from app.widgets.fields import Field
from engine.data.dataset import DataGroup, DataSet
from engine.data.errors import DataError
from engine.data.sets.drawn import DrawnPictureOptions, DrawnPointOptions
from engine.data.settings import DataSettings
from engine.data.sketch import sketch
from engine.settings import problems

QUICK = (DataGroup.GENERATED, DataGroup.SERIES)  # made or read while the slider moves


class SliderForm(QWidget):
    """Fields of a model, numbers between two bounds as sliders. `committed` and `dragged` carry a valid instance."""

    committed = Signal(object)
    dragged = Signal(object)

    def __init__(self, theme: Theme, value: BaseModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._value = value
        self._fields: dict[str, Field] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3 * SPACE)
        for name, info in type(value).model_fields.items():
            if not (isinstance(info.json_schema_extra, dict) and info.json_schema_extra.get("hidden")):
                field = _field(theme, name, info, getattr(value, name))
                self._fields[name] = cast("Field", field)
                column.addWidget(field)
                self._fields[name].committed.connect(lambda new, name=name: self._on_committed(name, new))
                if isinstance(field, SliderField):
                    field.dragged.connect(lambda new, name=name: self._on_dragged(name, new))

    def value(self) -> BaseModel:
        """The instance last committed or set."""
        return self._value

    def field(self, name: str) -> Field:
        """The field of a setting; raises `KeyError`."""
        return self._fields[name]

    def field_names(self) -> tuple[str, ...]:
        """The settings that have a field."""
        return tuple(self._fields)

    def set_value(self, value: BaseModel) -> None:
        """Shows another instance of the same class; emits nothing."""
        self._value = value
        for name, field in self._fields.items():
            field.set_value(getattr(value, name))
            field.set_error(None)

    def _changed(self, name: str, new: object) -> BaseModel:
        values = {key: getattr(self._value, key) for key in type(self._value).model_fields}
        return type(self._value).model_validate(values | {name: new})

    def _on_dragged(self, name: str, new: object) -> None:
        self.dragged.emit(self._changed(name, new))  # a slider stays between the bounds

    def _on_committed(self, name: str, new: object) -> None:
        try:
            self._value = self._changed(name, new)
        except ValidationError as error:
            self._fields[name].set_error(problems(type(self._value), error).get(name, str(error)))
            return
        self._fields[name].set_error(None)
        self.committed.emit(self._value)


def _field(theme: Theme, name: str, info: FieldInfo, value: object) -> QWidget:
    kind = kind_of(info)
    if isinstance(kind, Number) and not kind.optional and isinstance(value, int | float):
        low, high = kind.bounds.minimum, kind.bounds.maximum
        if low is not None and high is not None:
            label, hint = title_of(name, info), help_of(info)
            return SliderField(theme, label, value, (low, high), whole=kind.integer, help_text=hint)
    return make_field(theme, name, info, value)


class OptionsEditor(Protocol):
    """What edits the options of a data set; `committed` carries new ones."""

    @property
    def committed(self) -> SignalInstance:
        """Signal with the options."""

    def set_value(self, value: Any) -> None:
        """Shows other options of the same class; emits nothing."""


def options_editor(
    theme: Theme, document: Document, record: DataSet[Any], value: BaseModel, train: Callable[[], None]
) -> OptionsEditor:
    """The editor for a data set: a pad where the options hold a drawing, else sliders.

    Args:
        theme: of the window.
        document: whose data it is.
        record: the data set.
        value: its options as they are.
        train: what to do where the user wants to train while drawing.
    """
    if isinstance(value, DrawnPointOptions):
        from app.data.point_panel import PointPanel  # it draws marks as plots do, which are loaded late

        panel = PointPanel(theme, value)
        panel.train_wanted.connect(train)
        return panel
    if isinstance(value, DrawnPictureOptions):
        from app.data.picture_panel import PicturePanel

        return PicturePanel(theme, value)
    return OptionsPanel(theme, document, record, value)


class OptionsPanel(QWidget):
    """Sliders and a picture of the data that follows them; `committed` carries options that are settled."""

    committed = Signal(object)

    def __init__(
        self,
        theme: Theme,
        document: Document,
        record: DataSet[Any],
        value: BaseModel,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._record = record
        self.picture = SketchView(theme, self.tr("What the data looks like"))
        self.form = SliderForm(theme, value)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3 * SPACE)
        column.addWidget(self.picture)
        column.addWidget(self.form)
        self._wanted: Mapping[str, object] = value.model_dump()
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(0)
        self._soon.timeout.connect(self._draw)
        self.form.committed.connect(self.committed)
        self.form.committed.connect(self._on_form_changed)
        self.form.dragged.connect(self._on_form_changed)
        self.picture.setVisible(record.group in QUICK)

    def set_value(self, value: BaseModel) -> None:
        """Shows other options; emits nothing."""
        self.form.set_value(value)
        self._on_form_changed(value)

    def _on_form_changed(self, value: BaseModel) -> None:
        self._wanted = value.model_dump()
        self._soon.start()

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._soon.start()

    def _draw(self) -> None:
        """Once for a burst of movements: what waits in the queue is newer."""
        if self._record.group not in QUICK or not self.isVisible():
            return
        data = DataSettings(
            dataset=self._record.name, options=dict(self._wanted), seed=self._document.data.seed
        )
        try:
            self.picture.set_sketch(sketch(data))
        except DataError:
            return  # the page says what is wrong; the picture stays what it was
