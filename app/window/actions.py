"""Everything that can be done from the menu or by a key, declared once."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QMetaObject, QObject, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QWidget

from app.canvas.history import fill_history
from app.data.drawing import draw_pictures, draw_points
from app.document import Document
from app.explain.actions import fill_looks
from app.i18n import declared
from app.lessons.actions import fill_lessons, fill_teaching
from app.many.actions import fill_studies
from app.theme import Theme
from app.timeline.actions import fill_past
from app.use.actions import fill_use
from app.window.centre import View
from app.window.listing import add_listed, fill_recent
from app.window.windows_menu import fill_windows
from engine.formats.examples import examples

if TYPE_CHECKING:
    from app.commands.key_tips import KeyTips
    from app.commands.keymap import Keymap
    from app.commands.palette import CommandPalette
    from app.window.main_window import MainWindow


def _tr(text: str) -> str:
    return QCoreApplication.translate("Actions", text)


class Actions(QObject):
    """Makes the actions of a window and its menu."""

    def __init__(self, theme: Theme, window: "MainWindow") -> None:
        super().__init__(window)  # goes before its actions do, and hears nothing of documents any more
        self._theme = theme
        self._window = window
        self.menu = QMenu(window)
        self._commands: CommandPalette | None = None
        self._keymap: Keymap | None = None
        self._tips: KeyTips | None = None
        self._links: list[QMetaObject.Connection] = []
        self.undo = self._action("undo", _tr("Undo"), ["Ctrl+Z"], self._undo)
        self.redo = self._action("redo", _tr("Redo"), ["Ctrl+Shift+Z", "Ctrl+Y"], self._redo)
        self._fill()

    def watch(self, document: Document) -> None:
        """Let undo and redo speak for this document, no longer for the one before."""
        for link in self._links:
            QObject.disconnect(link)
        stack = document.stack
        self._links = [
            stack.canUndoChanged.connect(self.undo.setEnabled),
            stack.canRedoChanged.connect(self.redo.setEnabled),
            stack.undoTextChanged.connect(self._name_undo),
            stack.redoTextChanged.connect(self._name_redo),
        ]
        self.undo.setEnabled(stack.canUndo())
        self.redo.setEnabled(stack.canRedo())
        self._name_undo(stack.undoText())
        self._name_redo(stack.redoText())

    def _name_undo(self, text: str) -> None:
        self.undo.setText(f"{_tr('Undo')} {text}".strip())

    def _name_redo(self, text: str) -> None:
        self.redo.setText(f"{_tr('Redo')} {text}".strip())

    def _undo(self) -> None:
        self._window.workspace.document.stack.undo()

    def _redo(self) -> None:
        self._window.workspace.document.stack.redo()

    def show_commands(self) -> None:
        """Open the command palette."""
        from app.commands.catalogue import commands_of  # the start of the window need not pay for it
        from app.commands.palette import CommandPalette

        window = self._window
        if self._commands is None:
            self._commands = CommandPalette(self._theme, window.remembered, window)
        self._commands.open(commands_of(window, self._keymap), window.focusWidget())

    def restore_keys(self) -> None:
        """Let the keys count that people chose, on this canvas, too."""
        remembered = self._window.remembered
        if self._keymap is None and remembered is not None:
            remembered.beginGroup("keys")
            chosen = bool(remembered.allKeys())
            remembered.endGroup()
            if chosen:
                self._make_keymap()
        elif self._keymap is not None:
            self._keymap.watch(self._window.workspace.canvas.view, self._window.outline.tree)
            self._tell_keys(self._keymap)

    def _make_keymap(self) -> "Keymap":
        from app.commands.keymap import Keymap  # the start of the window need not pay for it

        if self._keymap is None:
            self._keymap = Keymap(self._window, self._window.remembered)
            self._keymap.changed.connect(self._on_keymap_changed)
            self._keymap.watch(self._window.workspace.canvas.view, self._window.outline.tree)
            self._tell_keys(self._keymap)
        return self._keymap

    def _on_keymap_changed(self) -> None:
        if self._keymap is not None:
            self._tell_keys(self._keymap)
            self._window.windows.take_keys(self._window, self._keymap.own)

    def _tell_keys(self, keymap: "Keymap") -> None:
        """Let tooltips name the keys that people chose."""
        if self._tips is None and keymap.own:
            from app.commands.key_tips import KeyTips

            self._tips = KeyTips(self._window)
        if self._tips is not None:
            self._tips.tell(self._window.findChildren(QWidget), keymap.own)
            self._window.top_bar.search.set_keys(keymap.keys("commands").replace("+", " "))

    def take_keys(self, keys: dict[str, str]) -> None:
        """Let the keys count that people chose in another window."""
        keymap = self._make_keymap()
        keymap.take(keys)
        self._tell_keys(keymap)

    def show_keys(self) -> None:
        """Open the list of all keys."""
        from app.commands.keys_page import KeysDialog

        KeysDialog(self._theme, self._make_keymap(), self._window).show()

    def _save_picture(self) -> None:
        from app.export.dialog import PictureDialog  # the start of the window need not pay for it

        window = self._window
        window.show_view(View.NETWORK)
        document = window.workspace.document
        dialog = PictureDialog(
            self._theme,
            window.workspace.canvas.scene,
            window.project_name(),
            window,
            lambda: document.inference,
        )
        dialog.said.connect(window.messages.say)
        window.workspace.destroyed.connect(dialog.close)
        dialog.show()

    def _outline(self) -> None:
        self._window.show_view(View.NETWORK)
        self._window.outline.open()

    def _reset_layout(self) -> None:
        self._window.place.reset()

    def _help(self) -> None:
        self._window.show_help()

    def _action(self, name: str, text: str, keys: list[str], run: Callable[[], object]) -> QAction:
        action = QAction(text, self._window)
        action.setObjectName(name)  # by which its keys are remembered
        action.setShortcuts([QKeySequence(key) for key in keys])
        action.triggered.connect(lambda _checked=False: run())
        self._window.addAction(action)
        return action

    def _fill(self) -> None:
        window, menu = self._window, self.menu
        menu.addAction(self._action("new", _tr("New"), ["Ctrl+N"], window.files.new))
        menu.addAction(
            self._action("open", _tr("Open\N{HORIZONTAL ELLIPSIS}"), ["Ctrl+O"], window.files.open)
        )
        shelf = menu.addMenu(_tr("Examples"))
        for name, example in examples().items():
            open_it = partial(window.files.open_example, name)
            add_listed(shelf, declared(example.title), declared(example.summary), open_it)
        self._fill_tabs()
        self.move_out = fill_windows(window, menu, self._action)
        menu.addSeparator()
        self._fill_data()
        menu.addSeparator()
        menu.addAction(self._action("save", _tr("Save"), ["Ctrl+S"], window.files.save))
        menu.addAction(
            self._action(
                "save_as", _tr("Save as\N{HORIZONTAL ELLIPSIS}"), ["Ctrl+Shift+S"], window.files.save_as
            )
        )
        outside = menu.addMenu(_tr("Export and share"))
        picture = self._action(
            "save_picture", _tr("Save a picture\N{HORIZONTAL ELLIPSIS}"), ["Ctrl+Shift+E"], self._save_picture
        )
        outside.addAction(picture)
        exporting = _tr("Export the network\N{HORIZONTAL ELLIPSIS}")
        outside.addAction(self._action("export_network", exporting, [], window.files.foreign.export))
        loading = _tr("Load weights\N{HORIZONTAL ELLIPSIS}")
        outside.addAction(self._action("load_weights", loading, [], window.files.weights.ask))
        shared = window.files.shared
        outside.addAction(self._action("share", _tr("Share\N{HORIZONTAL ELLIPSIS}"), [], shared.share))
        outside.addAction(
            self._action(
                "open_from_text", _tr("Open from text\N{HORIZONTAL ELLIPSIS}"), [], shared.ask_for_text
            )
        )
        menu.addSeparator()
        menu.addAction(self.undo)
        menu.addAction(self.redo)
        self._history = menu.addMenu(_tr("History"))
        self._history.aboutToShow.connect(self._fill_history)
        menu.addSeparator()
        menu.addAction(self._action("train_or_pause", _tr("Train or pause"), ["F5"], window.train_or_pause))
        menu.addAction(
            self._action("train_on", _tr("Train on after the end"), ["Ctrl+Shift+F5"], window.train_on)
        )
        menu.addAction(self._action("one_step", _tr("One step"), ["F10"], window.step))
        menu.addAction(self._action("stop", _tr("Stop"), ["Shift+F5"], window.stop))
        further = menu.addMenu(_tr("Training"))
        fill_past(window, further, self._action)
        fill_looks(window, further, self._action)
        fill_studies(window, further, self._action)
        fill_use(window, further, self._action)
        menu.addSeparator()
        fill_lessons(window, menu, self._action)
        menu.addSeparator()
        self._fill_view()
        menu.addSeparator()
        menu.addAction(self._action("quit", _tr("Quit"), ["Ctrl+Q"], window.windows.quit))

    def _fill_tabs(self) -> None:
        window = self._window
        self._templates = self.menu.addMenu(_tr("Templates"))
        self._templates.aboutToShow.connect(self._fill_templates)
        self._recent_projects = self.menu.addMenu(_tr("Recent projects"))
        self._recent_projects.aboutToShow.connect(self._fill_recent_projects)
        menu = self.menu.addMenu(_tr("Tabs"))
        menu.addAction(self._action("welcome_page", _tr("Welcome page"), [], window.files.welcome))
        menu.addAction(self._action("new_tab", _tr("New tab"), ["Ctrl+T"], window.files.welcome))
        menu.addAction(self._action("close_tab", _tr("Close the tab"), ["Ctrl+W"], window.files.close_tab))
        menu.addAction(
            self._action("next_tab", _tr("Next tab"), ["Ctrl+Tab", "Ctrl+PgDown"], partial(self._step, 1))
        )
        menu.addAction(
            self._action(
                "previous_tab", _tr("Previous tab"), ["Ctrl+Shift+Tab", "Ctrl+PgUp"], partial(self._step, -1)
            )
        )

    def _fill_templates(self) -> None:
        from app.welcome.templates import templates  # the start of the window need not pay for it

        self._templates.clear()
        for name, template in templates().items():
            open_it = partial(self._window.files.open_template, name)
            add_listed(self._templates, declared(template.title), declared(template.summary), open_it)

    def show_preferences(self) -> None:
        """Open the page of preferences."""
        from app.window.preferences import Preferences  # the start of the window need not pay for it

        page = Preferences(self._theme, self._window.remembered, self._window)
        page.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        page.teacher_chosen.connect(self._window.windows.set_teacher)
        page.show()

    def _step(self, by: int) -> None:
        self._window.tabs.step(by)

    def _fill_recent_projects(self) -> None:
        files = self._window.files
        forget = _tr("Forget the recent projects")
        fill_recent(self._recent_projects, files.recent, files.open_path, forget)

    def _fill_data(self) -> None:
        menu, data = self.menu.addMenu(_tr("Data")), self._window.data_files
        menu.addAction(
            self._action(
                "open_data", _tr("Open data\N{HORIZONTAL ELLIPSIS}"), ["Ctrl+Shift+O"], data.ask_for_file
            )
        )
        menu.addAction(
            self._action(
                "open_a_folder_of_data",
                _tr("Open a folder of data\N{HORIZONTAL ELLIPSIS}"),
                [],
                data.ask_for_folder,
            )
        )
        self._recent = menu.addMenu(_tr("Recent data"))
        self._recent.aboutToShow.connect(self._fill_recent)
        menu.addAction(
            self._action("paste_layers_or_data", _tr("Paste layers or data"), ["Ctrl+V"], data.paste)
        )
        menu.addAction(self._action("draw_points", _tr("Draw points"), [], partial(self._draw, draw_points)))
        menu.addAction(
            self._action("draw_pictures", _tr("Draw pictures"), [], partial(self._draw, draw_pictures))
        )

    def _fill_view(self) -> None:
        window, menu = self._window, self.menu
        menu.addAction(self._action("commands", _tr("Commands"), ["Ctrl+K"], self.show_commands))
        preferences = _tr("Preferences\N{HORIZONTAL ELLIPSIS}")
        menu.addAction(self._action("preferences", preferences, ["Ctrl+,"], self.show_preferences))
        keys = self._action("keys", _tr("Keys\N{HORIZONTAL ELLIPSIS}"), ["Ctrl+Alt+K", "?"], self.show_keys)
        menu.addAction(self._action("help", _tr("Help"), ["F1"], self._help))
        menu = menu.addMenu(_tr("View"))
        menu.addAction(keys)
        menu.addAction(
            self._action(
                "show_the_data", _tr("Show the data"), ["Ctrl+1"], partial(window.show_view, View.DATA)
            )
        )
        menu.addAction(
            self._action(
                "show_the_network",
                _tr("Show the network"),
                ["Ctrl+2"],
                partial(window.show_view, View.NETWORK),
            )
        )
        menu.addAction(self._action("outline", _tr("Outline"), ["Ctrl+3"], self._outline))
        fill_teaching(window, menu, self._action)
        menu.addAction(self._action("reset_layout", _tr("Reset the layout"), [], self._reset_layout))
        look = menu.addMenu(_tr("Theme"))
        for mode, title in (
            ("dark", _tr("Dark")),
            ("light", _tr("Light")),
            ("system", _tr("As the desktop")),
        ):
            look.addAction(title).triggered.connect(partial(self._set_theme, mode))

    def _fill_history(self) -> None:
        fill_history(self._history, self._window.workspace.document.stack)

    def _fill_recent(self) -> None:
        data = self._window.data_files
        fill_recent(self._recent, data.recent, data.use, _tr("Forget the recent data"))

    def _draw(self, begin: Callable[[Document], bool]) -> None:
        """Draw data of one's own: the pad is where the data node's settings are, beside the network."""
        if begin(self._window.workspace.document):
            self._window.show_view(View.NETWORK)
            self._window.workspace.choose_data()

    def _set_theme(self, mode: str, _checked: bool = False) -> None:
        if mode in ("dark", "light", "system"):
            self._theme.set_mode(mode)  # type: ignore[arg-type]  # narrowed by the test above
