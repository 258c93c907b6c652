"""The window in which people export a network: to what, where, what that can't hold, and afterwards the proof."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from PySide6.QtCore import QSettings, Qt, QUrl, Signal
from PySide6.QtGui import QCloseEvent, QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QDialog, QFileDialog, QWidget
from typing_extensions import override

from app.exchange.layout import ExportParts
from app.exchange.places import PYTHON, TFJS, known_places, remember
from app.i18n import declared, said
from app.inspector.form import ModelForm
from app.lane import Lane
from app.theme import Theme
from engine.data.errors import DataError
from engine.devices.base import Watch
from engine.exchange import judges
from engine.exchange.formats import Format, format_of, formats
from engine.formats.errors import FormatError
from engine.models.exporting import Exported, Preview, Ready, Source, export, preview, ready
from engine.settings import Settings

LAST: Final = "export/format"
LOOK, WRITE = "look", "write"


class ExportDialog(QDialog):
    """Exports the network that `source` gives, as it is at that moment; `said` carries what came of it."""

    said = Signal(str)

    def __init__(
        self,
        theme: Theme,
        source: Callable[[], Source],
        place: Path,
        remembered: QSettings | None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme, self._source, self._remembered = theme, source, remembered
        self._stem, self._folder = place.name, place.parent
        self._lane = Lane("export", self)
        self._ready: Ready | None = None
        self._done: Exported | None = None
        self._form: ModelForm | None = None
        self.kinds = [f for f in formats().values() if f.write is not None]
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Export the network"))
        self.parts = ExportParts(theme, self, [(declared(f.title), f.suffixes[0]) for f in self.kinds])
        self._connect()
        names = [f.name for f in self.kinds]
        last = str(remembered.value(LAST) or "") if remembered is not None else ""
        self.parts.kinds.setCurrentRow(names.index(last) if last in names else 0)
        self.parts.kinds.setFocus()

    # -- what is chosen ---------------------------------------------------------------------------
    @property
    def kind(self) -> Format:
        """The chosen format."""
        return self.kinds[max(0, self.parts.kinds.currentRow())]

    @property
    def path(self) -> Path:
        """Where to, with the ending of the format."""
        path, kind = Path(self.parts.place.text().strip()), self.kind
        if format_of(path) is kind:
            return path
        path = path if path.name else self._folder / self._stem
        return path / kind.suffixes[0] if kind.names_itself else path.with_name(path.name + kind.suffixes[0])

    def set_path(self, path: Path) -> None:
        """Export there."""
        self.parts.place.setText(str(path))
        self._look()

    def options(self) -> Settings | None:
        """Of the format."""
        value = None if self._form is None else self._form.value()
        return value if isinstance(value, Settings) else None

    def choose(self, name: str) -> None:
        """Choose a format by its name."""
        self.parts.kinds.setCurrentRow([f.name for f in self.kinds].index(name))

    def _connect(self) -> None:
        parts = self.parts
        parts.kinds.currentRowChanged.connect(self._on_kind_chosen)
        parts.place.editingFinished.connect(self._look)
        parts.choose.clicked.connect(self._ask_where)
        parts.export.clicked.connect(self._on_export_clicked)
        parts.cancel.clicked.connect(self._cancel)
        parts.copy.clicked.connect(self._copy)
        parts.open_folder.clicked.connect(self._open_folder)
        parts.python.clicked.connect(self._ask_for_python)
        parts.tfjs.clicked.connect(self._ask_for_tfjs)

    def _on_kind_chosen(self, _row: int) -> None:
        kind = self.kind
        self._done = None
        self.parts.show_kind(declared(kind.title), declared(kind.about))
        self.parts.place.setText(str(_placed(self._folder, self._stem, kind)))
        self._form = None
        if kind.options is not None:
            start = kind.options()
            library = judges.tfjs_file(known_places(self._remembered))
            if "tfjs" in type(start).model_fields and library is not None:
                start = start.model_copy(update={"tfjs": str(library)})
            self._form = ModelForm(self._theme, start)
            self._form.committed.connect(lambda _value: self._look())
        self.parts.show_form(self._form)
        self._look()

    # -- beforehand -------------------------------------------------------------------------------
    def _look(self) -> None:
        """Say what would be lost."""
        if self._lane.is_busy(WRITE):  # the field of the place is left because it is switched off meanwhile
            return
        kind, path, options, source = self.kind, self.path, self.options(), self._source()

        def look(watch: Watch) -> tuple[Ready, Preview]:
            try:
                given = ready(source, watch)
                return given, preview(given, kind, path, options)
            except FormatError as error:
                raise DataError(str(error)) from error

        self.parts.show_waiting(self.tr("Looking at the network\N{HORIZONTAL ELLIPSIS}"))
        self._lane.want(LOOK, look, self._on_looked, self._on_refused)

    def _on_looked(self, found: tuple[Ready, Preview]) -> None:
        self._ready, shown = found
        lost = [said(sentence) for sentence in shown.lost]
        if self.path.exists():
            lost.append(self.tr("{name} is there already and will be replaced.").format(name=self.path.name))
        self.parts.show_preview(lost, len(shown.files), shown.size)

    def _on_refused(self, sentence: str) -> None:
        self._ready = None
        self.parts.show_refusal(said(sentence))

    # -- exporting --------------------------------------------------------------------------------
    def _on_export_clicked(self) -> None:
        """Write the file and have it proved."""
        kind, path, options, source = self.kind, self.path.absolute(), self.options(), self._source()
        self.parts.place.setText(str(path))
        places = known_places(self._remembered)
        if self._remembered is not None:
            self._remembered.setValue(LAST, kind.name)

        def write(watch: Watch) -> Exported:
            try:
                return export(ready(source, watch), kind, path, options, places, watch)
            except FormatError as error:
                raise DataError(str(error)) from error

        self._lane.cancel(LOOK)
        self._lane.want(WRITE, write, self._on_exported, self._on_failed, self._on_progress)
        self.parts.show_writing(self.tr("Writing {name}\N{HORIZONTAL ELLIPSIS}").format(name=path.name))

    def _on_progress(self, done: int, total: int) -> None:
        caption = self.tr("Comparing predictions: {done} of {total}").format(done=done, total=total)
        self.parts.progress.set_progress(done / total if total else None, caption if total else "")

    def _on_exported(self, done: Exported) -> None:
        self._done = done
        missing = {v.judge for v in done.proof.verdicts if v.missing}
        programs = {j.program for j in judges.judges().values() if j.title in missing}
        self.parts.show_done(done, programs)
        words = (
            self.tr("Exported {name}.") if done.proof.holds else self.tr("Exported {name}; see its proof.")
        )
        self.said.emit(words.format(name=done.path.name))

    def _on_failed(self, sentence: str) -> None:
        self.parts.show_refusal(said(sentence))

    def _cancel(self) -> None:
        self._lane.cancel_all()
        self.parts.show_stopped()
        self._look()

    # -- buttons ----------------------------------------------------------------------------------
    def _ask_where(self) -> None:
        kind = self.kind
        suffix = kind.suffixes[0]
        if not kind.names_itself:
            patterns = " ".join(f"*{s}" for s in kind.suffixes)
            filters = f"{declared(kind.title)} ({patterns})"
            chosen, _ = QFileDialog.getSaveFileName(self, self.windowTitle(), str(self.path), filters)
            path = Path(chosen)
        else:
            chosen = QFileDialog.getExistingDirectory(self, self.windowTitle(), str(self.path.parent))
            path = Path(chosen) / suffix
        if chosen:
            named = path if format_of(path) is kind else path.with_name(path.name + suffix)
            self._folder = named.parent
            self.set_path(named)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.parts.snippet.toPlainText())
        self.parts.say(self.tr("The program is on the clipboard."))

    def _open_folder(self) -> None:
        if self._done is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._done.path.parent)))

    def _ask_for_python(self) -> None:
        chosen, _ = QFileDialog.getOpenFileName(self, self.tr("Choose a Python that has the program"))
        self._remember(PYTHON, chosen)

    def _ask_for_tfjs(self) -> None:
        words = self.tr("Choose tf.min.js of @tensorflow/tfjs")
        chosen, _ = QFileDialog.getOpenFileName(self, words, "", "TensorFlow.js (*.js)")
        self._remember(TFJS, chosen)

    def _remember(self, key: str, chosen: str) -> None:
        if chosen:
            remember(self._remembered, key, chosen)
            judges.forget()
            self._on_export_clicked()

    @override
    def closeEvent(self, event: QCloseEvent) -> None:
        self._lane.close()
        super().closeEvent(event)


def _placed(folder: Path, stem: str, kind: Format) -> Path:
    """A file of the project's name, or the file with a name of its own in a folder of the project's name."""
    suffix = kind.suffixes[0]
    return folder / f"{stem}-{kind.name}" / suffix if kind.names_itself else folder / f"{stem}{suffix}"
