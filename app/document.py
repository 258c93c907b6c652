"""The open project as the window knows it: the graph with its undo stack, what inference says of it, its file.

Any view may push an edit; nobody changes the graph otherwise.
"""

from collections.abc import Mapping
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from app.canvas import LiveInference
from app.lane import Lane
from app.undo import EditStack
from engine.data.bundle import DataSpec
from engine.data.errors import DataError
from engine.data.load import describe
from engine.data.settings import DataSettings
from engine.devices.base import Watch
from engine.formats.dataless import bound, fitted, given_inputs, head_width, supposed_features
from engine.formats.sections import INPUTS, InputShapes
from engine.graph.document import ModelGraph
from engine.graph.edits import EditError, GraphEdit, SetSection
from engine.graph.features import FeatureSpec
from engine.graph.inference import Inference
from engine.training.features import feature_specs
from engine.training.settings import TrainingSettings

DATA, TRAINING = "data", "training"


class Document(QObject):
    """One project in the window.

    Signals: `inferred` after every change, once it is known what it means; `data_described` when the choice of data
    has changed; `section_changed` with the name of a section; `file_changed` for the title; `refused` with a sentence
    where an edit could not be made.

    What a file of data holds is found out on a thread. Meanwhile `is_reading` is true, `data_described` has been emitted
    with None, and inference goes on with what the data had before; then `data_described` is emitted again.
    """

    inferred = Signal(object)  # Inference
    data_described = Signal(object)  # DataSpec, or None
    section_changed = Signal(str)  # "data" or "training"
    file_changed = Signal()
    refused = Signal(str)
    head_missed = Signal(
        int, int
    )  # classes that the network tells apart, and classes of the data it was given

    def __init__(self, graph: ModelGraph, path: Path | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.graph = graph
        self.stack = EditStack(graph, self)
        self.path = path
        self.title = ""
        self.data_spec: DataSpec | None = None
        self.last_spec: DataSpec | None = None  # the one before, where what the data has now is not known yet
        self.data_problem = ""
        self.readings = 0  # how often the data was described: the same settings may mean another file by now
        self._lane = Lane("data-describe", self)
        self.live = LiveInference(graph, parent=self)
        self.live.inferred.connect(self._on_inferred)
        self._remembered: DataSpec | None = None  # what the data had that is not there any more
        self._described: DataSettings | None = None
        self._binds = False  # the data was chosen by hand for a network that came without
        graph.section_changed.connect(self._on_section_changed)
        self.stack.cleanChanged.connect(self._on_clean_changed)
        self._describe()

    @property
    def inference(self) -> Inference:
        """What is known of the network, the latest edit included."""
        return self.live.now()

    @property
    def is_dataless(self) -> bool:
        """Whether no data was chosen yet for a network that says itself what it takes."""
        return given_inputs(self.graph) is not None

    @property
    def data(self) -> DataSettings:
        """The choice of data."""
        section = self.graph.sections.get(DATA)
        return section if isinstance(section, DataSettings) else DataSettings()

    @property
    def training(self) -> TrainingSettings:
        """The training settings."""
        section = self.graph.sections.get(TRAINING)
        return section if isinstance(section, TrainingSettings) else TrainingSettings()

    @property
    def features(self) -> Mapping[str, FeatureSpec]:
        """What the chosen data has."""
        return self.live.features

    @property
    def is_reading(self) -> bool:
        """Whether it is being found out what the data has."""
        return self._lane.is_busy(DATA)

    @property
    def is_dirty(self) -> bool:
        """Whether there are changes that no file has."""
        return not self.stack.isClean()

    def push(self, edit: GraphEdit) -> bool:
        """Make an edit that can be undone; False (and `refused`) if it can't be made."""
        try:
            self.stack.push_edit(edit)
        except EditError as error:
            self.refused.emit(str(error))
            return False
        return True

    def set_data(self, settings: DataSettings) -> bool:
        """Choose data; a network that came without learns how its inputs are called there, if they fit."""
        self._binds = INPUTS in self.graph.sections
        return self.push(SetSection(DATA, settings))

    def set_training(self, settings: TrainingSettings) -> bool:
        """Choose training settings."""
        return self.push(SetSection(TRAINING, settings))

    def remember(self, spec: DataSpec) -> None:
        """What the data had when the network last learned: shapes follow from it where the data is not to be found."""
        self._remembered = spec
        if self.data_problem and not self.is_dataless:
            self.live.set_features(feature_specs(spec))

    def read_again(self) -> None:
        """The file of the data is not what it was: find out what it has, and let everybody load it anew."""
        self._describe()

    def saved_as(self, path: Path) -> None:
        """The project is in this file now."""
        self.path = path
        self.stack.setClean()
        self.file_changed.emit()

    def close(self) -> None:
        """End watching the graph."""
        self.graph.section_changed.disconnect(self._on_section_changed)
        self._lane.close()
        self.stack.clear()
        self.live.close()

    def _describe(self) -> None:
        self.readings += 1
        self._lane.cancel(DATA)
        if self.is_dataless:
            self._describe_nothing()
            return
        settings = self._described = self.data
        taken = self.graph.sections.get(INPUTS) if self._binds else None
        if settings.path is not None or self._binds:  # an edit can't follow from within another
            self._lane.want(
                DATA,
                lambda watch: _described(settings, taken, watch),
                self._on_described,
                self._on_not_described,
            )
            self.data_spec, self.data_problem = None, ""
            self.data_described.emit(None)
            return
        try:
            self._on_described((settings, describe(settings)))
        except DataError as error:
            self._on_not_described(str(error))

    def _describe_nothing(self) -> None:
        """Of a network without data: shapes as it says itself."""
        self._described = None
        self.data_spec = self.last_spec = None
        self.data_problem = self.tr("This network has no data yet: choose or drop data.")
        self.live.set_features(given_inputs(self.graph) or {})
        self.live.set_features(supposed_features(self.graph, self.live.now()))
        self.data_described.emit(None)

    def _on_described(self, found: tuple[DataSettings, DataSpec]) -> None:
        settings, spec = found
        sentence = self._bind(settings, spec)
        self.data_spec = self.last_spec = spec
        self.data_problem = ""
        self.live.set_features(feature_specs(spec))
        self.data_described.emit(spec)
        widths = head_width(self.graph, spec, self.inference) if self._binds and not sentence else None
        self._binds = False
        if sentence:
            self.refused.emit(sentence)
        elif widths is not None:
            self.head_missed.emit(*widths)

    def _bind(self, settings: DataSettings, spec: DataSpec) -> str:
        """Let a network that came without data read what was chosen; a sentence if it can't."""
        if not self._binds or INPUTS not in self.graph.sections:
            return ""
        edit = bound(self.graph, spec, settings)
        if isinstance(edit, str):
            return edit
        self._described = settings
        self.push(edit)
        return ""

    def _on_not_described(self, sentence: str) -> None:
        known = self.last_spec or self._remembered
        self.data_spec = self.last_spec = None
        self.data_problem = sentence
        self.live.set_features(feature_specs(known) if known is not None else {})
        self.data_described.emit(None)

    def _on_inferred(self, inference: Inference) -> None:
        """What a network without data is compared with depends on its end."""
        if self.is_dataless:
            features = supposed_features(self.graph, inference)
            if features != self.live.features:
                self.live.set_features(features)
        self.inferred.emit(inference)

    def _on_section_changed(self, key: str) -> None:
        chosen = None if self.is_dataless else self.data
        if key in (DATA, INPUTS) and chosen != self._described:
            self._describe()
        self.section_changed.emit(key)

    def _on_clean_changed(self, _clean: bool) -> None:
        self.file_changed.emit()


def _described(settings: DataSettings, taken: object, watch: Watch) -> tuple[DataSettings, DataSpec]:
    """What the data has, and its settings: pictures get the size that the network takes."""
    if isinstance(taken, InputShapes):
        settings = fitted(settings, taken, watch)
    return settings, describe(settings, watch)
