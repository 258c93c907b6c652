"""Inspector pages for what is not a layer: the data, and how to train. Both are forms made from the declarations."""

from collections.abc import Mapping, Set
from typing import Any, cast

from pydantic import BaseModel, ValidationError
from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.data.drawing import draw_pictures, draw_points, use_fitting_network
from app.data.no_data import BundledSets, taken_words
from app.data.options_panel import OptionsEditor, options_editor
from app.document import Document
from app.i18n import declared, said
from app.inspector.fields import Options
from app.inspector.form import ModelForm, OptionSource
from app.places import ask_to_open
from app.theme import SPACE, FontRole, Theme
from app.widgets import Button, ChoiceField, TextLabel
from engine.data.dataset import DataSet
from engine.data.registry import datasets
from engine.data.settings import DataSettings
from engine.graph.targets import task_of
from engine.layers.base import Layer
from engine.objectives.auto import Auto
from engine.objectives.loss import Loss
from engine.objectives.metric import Metric
from engine.objectives.registry import default_loss, losses, metrics

_HIDDEN = (
    "options",
    "path",
)  # the options have a form of their own; files come in by dropping or opening them


def document_options(document: Document) -> OptionSource:
    """Choices that depend on the project's data: its features and targets, the losses for its task."""

    def options(model: type[BaseModel], name: str) -> Options | None:
        spec = document.data_spec
        if spec is None or not issubclass(model, Layer):
            return setting_options(model, name)
        if name == "feature":
            return [(key, key) for key in spec.inputs]
        if name == "target":
            read = [
                k for k in spec.inputs if spec.features[k].kind in ("image", "numeric")
            ]  # by autoencoders
            return [(key, key) for key in (*spec.targets, *read)]
        if name == "sample_weight":
            none = QCoreApplication.translate("TrainingPage", "none")
            return [("", none), *((key, key) for key in spec.weights)]
        tasks = {task_of(document.features[target]) for target in spec.targets}
        if name == "loss":
            return _suitable_losses(tasks)
        if name == "metrics":
            return _by_title(metrics(), tasks)
        return None

    return options


def _suitable_losses(tasks: Set[str]) -> Options:
    """The losses for kinds of targets, the usual one first, under the name that says which it is where that is sure."""
    usual = QCoreApplication.translate("TrainingPage", "auto")
    if len(tasks) == 1:
        (task,) = tasks
        named = QCoreApplication.translate("TrainingPage", "auto ({loss})")
        usual = named.format(loss=declared(default_loss(task).title()))
    rest = [(kind, title) for kind, title in _by_title(losses(), tasks) if kind is not Auto]
    return [(Auto, usual), *rest]


def _by_title(found: Mapping[str, type[Loss] | type[Metric]], tasks: Set[str]) -> list[tuple[object, str]]:
    suitable = [(declared(kind.title()), kind) for kind in found.values() if not tasks.isdisjoint(kind.tasks)]
    return [(kind, title) for title, kind in sorted(suitable, key=lambda pair: pair[0])]


def setting_options(model: type[BaseModel], name: str) -> Options | None:
    """Choices that the annotation does not say: the data sets."""
    if model is DataSettings and name == "dataset":
        return [(key, declared(record.title)) for key, record in datasets().items()]
    return None


def _about(record: DataSet[Any]) -> str:
    """What a bundled data set is, where it comes from, and its terms."""
    origin = QCoreApplication.translate("DataPage", "{source} Licence: {licence}.")
    return f"{declared(record.description)}\n{origin.format(source=record.source, licence=record.licence)}"


class DataPage(QWidget):
    """Which data, its options, how it is split. `train_wanted` while points are drawn and trained on at once.

    It offers a network that fits where the one on the canvas does not, unless something beside it does (`beside_card`).
    """

    train_wanted = Signal()

    def __init__(
        self, theme: Theme, document: Document, parent: QWidget | None = None, *, beside_card: bool = False
    ) -> None:
        super().__init__(parent)
        self._beside_card = beside_card
        self._theme = theme
        self._document = document
        self._options: OptionsEditor | None = None
        self._options_of = ""
        self.title = TextLabel(theme, role=FontRole.TITLE, wrap=True)
        self.about = TextLabel(theme, tone="dim", wrap=True)
        self.caution = TextLabel(theme, tone="warn", wrap=True)
        self.problem = TextLabel(theme, tone="bad", wrap=True)
        self.facts = TextLabel(theme, role=FontRole.MONO, tone="dim", wrap=True)
        self.form = ModelForm(theme, document.data, options=setting_options, leave_out=_HIDDEN)
        self.form.committed.connect(self._on_form_committed)
        field = self.form.field("dataset")
        if isinstance(field, ChoiceField):
            field.set_tips([declared(record.summary) for record in datasets().values()])
        self.choose_file = Button(theme, self.tr("Use a file\N{HORIZONTAL ELLIPSIS}"), icon="open")
        self.choose_file.clicked.connect(self._on_choose_file_clicked)
        self.fitting = Button(theme, self.tr("Use a network that fits"), icon="check", kind="primary")
        self.fitting.setToolTip(self.tr("The one on the canvas can't be trained on this data"))
        self.fitting.clicked.connect(lambda: use_fitting_network(document))
        self.bundled = BundledSets(theme, document)
        self.draw_points = Button(theme, self.tr("Draw points"), icon="plus")
        self.draw_points.clicked.connect(lambda: draw_points(document))
        self.draw_pictures = Button(theme, self.tr("Draw pictures"), icon="plus")
        self.draw_pictures.clicked.connect(lambda: draw_pictures(document))
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(2 * SPACE)
        self._slot = QVBoxLayout()
        for label in (self.title, self.about, self.caution, self.problem, self.facts):
            self._column.addWidget(label)
        self._column.addWidget(self.fitting)
        self._column.addLayout(self._slot)
        self._column.addWidget(self.form)
        self._column.addLayout(self._make_ways())
        self._column.addStretch(1)
        document.data_described.connect(self._refresh)
        document.inferred.connect(self._on_inferred)
        self._refresh()
        self._on_inferred()

    def _make_ways(self) -> QVBoxLayout:
        """Other data than this: a file, or what is drawn by hand."""
        ways = QVBoxLayout()
        for button in (self.choose_file, self.bundled, self.draw_points, self.draw_pictures):
            ways.addWidget(button)
        return ways

    def _on_inferred(self, _inference: object = None) -> None:
        document = self._document
        misfit = document.data_spec is not None and not document.inference.ok
        self.fitting.setVisible(misfit and not self._beside_card)

    def _refresh(self, _spec: object = None) -> None:
        data, dataless = self._document.data, self._document.is_dataless
        self.form.setVisible(not dataless)
        self.bundled.setVisible(dataless)
        record = datasets().get(data.dataset)
        own_file = data.path is not None
        self.title.setText(
            data.path or "" if own_file else declared(record.title) if record else data.dataset
        )
        self.about.setText("" if own_file or record is None else _about(record))
        self.caution.setText("" if own_file or record is None else declared(record.caution))
        if dataless:
            self.title.setText(self.tr("No data yet"))
            self.about.setText(taken_words(self._document))
            self.caution.setText("")
        self.caution.setVisible(bool(self.caution.text()))
        self.problem.setText(said(self._document.data_problem))
        self.problem.setVisible(bool(self._document.data_problem))
        self.facts.setText(self._facts())
        self.form.set_value(data)
        self._show_options(data)

    def _facts(self) -> str:
        spec = self._document.data_spec
        if self._document.is_reading:
            return self.tr("The data is being read.")
        if spec is None:
            return ""
        shape = ", ".join(f"{name} {' × '.join(map(str, spec.features[name].shape))}" for name in spec.inputs)
        counts = spec.counts
        rows = self.tr("{train:,} to train, {validation:,} to validate").format(
            train=counts.train, validation=counts.validation
        )
        return f"{rows}\n{shape}"

    def _show_options(self, data: DataSettings) -> None:
        record = datasets().get(data.dataset)
        absent = record is None or data.path is not None or self._document.is_dataless
        key = "" if absent or record is None else record.name
        if key != self._options_of:
            self._options_of = key
            while (item := self._slot.takeAt(0)) is not None:
                if (widget := item.widget()) is not None:
                    widget.hide()  # until the event loop deletes it
                    widget.deleteLater()
            self._options = None
        if record is None or not key or not record.settings.model_fields:
            return
        try:
            value = record.settings.model_validate(data.options)
        except ValidationError:
            value = record.settings()  # the problem is named above; the form starts from what is right
        if self._options is None:
            self._options = options_editor(self._theme, self._document, record, value, self.train_wanted.emit)
            self._options.committed.connect(self._on_options_committed)
            self._slot.addWidget(cast("QWidget", self._options))
        else:
            self._options.set_value(value)

    def _on_form_committed(self, value: DataSettings) -> None:
        if value.dataset != self._document.data.dataset:
            value = value.model_copy(update={"options": {}, "path": None})
        self._document.set_data(value)

    def _on_choose_file_clicked(self) -> None:
        path = ask_to_open(self, self.tr("Choose data"), self.tr("Tables and arrays (*.csv *.npz)"))
        if path:
            self._document.set_data(DataSettings(path=path))

    def _on_options_committed(self, value: BaseModel) -> None:
        options = value.model_dump(exclude_defaults=True)
        self._document.set_data(self._document.data.model_copy(update={"options": options}))


class TrainingPage(QWidget):
    """Optimizer, batch size, epochs, device."""

    def __init__(self, theme: Theme, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self.form = ModelForm(theme, document.training, options=setting_options)
        self.form.committed.connect(document.set_training)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2 * SPACE)
        title = QCoreApplication.translate("TrainingPage", "Training")
        column.addWidget(TextLabel(theme, title, role=FontRole.TITLE))
        column.addWidget(self.form)
        column.addStretch(1)
        self._column = column
        document.section_changed.connect(self._refresh)

    def put_below(self, part: QWidget) -> None:
        """Show something more below the settings."""
        self._column.insertWidget(self._column.count() - 1, part)

    def _refresh(self, _key: str) -> None:
        self.form.set_value(self._document.training)
