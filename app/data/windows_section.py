"""Examples from rows in time: how much is known, how much is predicted, with a picture of it."""

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QMenu, QSizePolicy, QVBoxLayout, QWidget
from typing_extensions import override

from app.data.desk import DataDesk
from app.data.edits import RecipeEdits
from app.data.window_picture import WindowPicture
from app.inspector.form import ModelForm
from app.theme import SPACE, FontRole, Theme
from app.widgets import Button, SwitchField, TextLabel
from engine.data.recipe.settings import WindowRecipe
from engine.data.sources.base import Kind

_ELIDE: Final = Qt.TextElideMode.ElideRight


def _tr(text: str) -> str:
    return QCoreApplication.translate("WindowsSection", text)


class WindowsSection(QWidget):
    """Switch, numbers, columns, picture."""

    def __init__(
        self, theme: Theme, desk: DataDesk, edits: RecipeEdits, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._desk, self._edits = desk, edits
        self.switch = SwitchField(
            theme, _tr("Rows in time"), False, help_text=_tr("predict the next rows from those before")
        )
        self.switch.committed.connect(self._on_switch_committed)
        self.picture = WindowPicture(theme)
        self.form = ModelForm(theme, WindowRecipe(), leave_out=("columns",))
        self.form.committed.connect(self._on_form_committed)
        self.columns = Button(theme, "", icon="chevron-down")
        self.columns.setAccessibleName(_tr("Columns whose past is known"))
        self.columns.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.columns.installEventFilter(self)
        self._menu = QMenu(self.columns)
        self._menu.aboutToShow.connect(self._fill_menu)
        self.columns.clicked.connect(self._on_columns_clicked)
        self._inside = QWidget()
        self._lay_out(theme)

    def _lay_out(self, theme: Theme) -> None:
        row = QHBoxLayout()
        row.setSpacing(2 * SPACE)
        row.addWidget(TextLabel(theme, _tr("Known past of")))
        row.addWidget(self.columns, 1)
        inside = QVBoxLayout(self._inside)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(3 * SPACE)
        inside.addWidget(self.picture)
        inside.addWidget(self.form)
        inside.addLayout(row)
        note = _tr("The last rows are held out, and no example reaches from one part into the next.")
        inside.addWidget(TextLabel(theme, note, role=FontRole.SMALL, tone="dim", wrap=True))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3 * SPACE)
        column.addWidget(self.switch)
        column.addWidget(self._inside)

    def refresh(self) -> None:
        """Shows what is decided now."""
        windows = self._edits.recipe.windows
        self.switch.set_value(windows is not None)
        self._inside.setVisible(windows is not None)
        if windows is None:
            return
        self.form.set_value(windows)
        self.picture.set_windows(windows.window, windows.horizon, windows.stride)
        every = _tr("all inputs and the target")
        self.columns.setToolTip(", ".join(windows.columns) or every)
        self._elide()

    def _elide(self) -> None:
        """Shows as many of the columns as there is room for."""
        room = max(60, self.columns.width() - 12 * SPACE)
        text = self.columns.fontMetrics().elidedText(self.columns.toolTip(), _ELIDE, room)
        if text != self.columns.text():
            self.columns.setText(text)

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.columns and event.type() == QEvent.Type.Resize:
            self._elide()
        return super().eventFilter(watched, event)

    def _numbers(self) -> Sequence[str]:
        source = self._desk.source
        columns = source.columns if source is not None else ()
        return [column.name for column in columns if column.kind in (Kind.NUMBER, Kind.BOOL)]

    def _fill_menu(self) -> None:
        self._menu.clear()
        windows = self._edits.recipe.windows
        chosen = windows.columns if windows is not None else ()
        every = self._menu.addAction(_tr("all inputs and the target"))
        every.setCheckable(True)
        every.setChecked(not chosen)
        every.triggered.connect(lambda _on: self._choose(()))
        self._menu.addSeparator()
        for name in self._numbers():
            action = QAction(name.replace("&", "&&"), self._menu)
            action.setCheckable(True)
            action.setChecked(name in chosen)
            action.triggered.connect(lambda on, name=name: self._toggle(name, on=on))
            self._menu.addAction(action)

    def _toggle(self, name: str, *, on: bool) -> None:
        windows = self._edits.recipe.windows
        if windows is not None:
            wanted = {*windows.columns, name} if on else {*windows.columns} - {name}
            self._choose(tuple(each for each in self._numbers() if each in wanted))

    def _choose(self, names: tuple[str, ...]) -> None:
        windows = self._edits.recipe.windows
        if windows is not None:
            self._edits.set_windows(windows.model_copy(update={"columns": names}))

    def _on_columns_clicked(self) -> None:
        self._menu.popup(self.columns.mapToGlobal(self.columns.rect().bottomLeft()))

    def _on_switch_committed(self, on: object) -> None:
        self._edits.set_windows(WindowRecipe() if on else None)

    def _on_form_committed(self, value: WindowRecipe) -> None:
        self._edits.set_windows(value, self.form.path())
