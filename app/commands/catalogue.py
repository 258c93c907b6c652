"""Collects what can be done in a window now: its menu, the canvas, layers to add, layers to go to, examples to open."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu

from app.commands.canvas import canvas_commands
from app.commands.command import Command
from app.commands.keymap import Keymap, without_keys
from app.commands.words import with_other_words
from app.data.recent import Recent
from app.i18n import declared
from app.palette.entries import layer_entries
from app.welcome.templates import templates
from app.window.centre import View
from app.window.listing import LISTED
from engine.formats.examples import examples

if TYPE_CHECKING:
    from app.window.main_window import MainWindow

_NATIVE = QKeySequence.SequenceFormat.NativeText


def commands_of(window: "MainWindow", keymap: Keymap | None = None) -> list[Command]:
    """Everything that can be done in a window now; what is offered unasked comes first."""
    made = [c for c in _menu_commands(window.actions_.menu, _tr("Menu")) if c.name != "menu/commands"]
    made += [_with_own_key(c, keymap) for c in canvas_commands(window.workspace.canvas.view)]
    made += _node_commands(window)
    made += _project_commands(window)
    made += _recent_data_commands(window)
    made += _panel_commands(window)
    made += _prediction_commands(window)
    made += _example_commands(window)
    made += _template_commands(window)
    made += _pretrained_commands(window)
    made += _lesson_commands(window)
    made += _layer_commands(window)
    return list(with_other_words(made))


def _with_own_key(command: Command, keymap: Keymap | None) -> Command:
    """The command with the key that people gave it, if they did."""
    if keymap is None:
        return command
    return replace(command, keys=QKeySequence(keymap.keys(command.name)).toString(_NATIVE))


def _menu_commands(menu: QMenu, group: str) -> Iterator[Command]:
    for action in menu.actions():
        inner = action.menu()
        if isinstance(inner, QMenu):
            inner.aboutToShow.emit()  # some are filled only when they are opened
            yield from _menu_commands(inner, without_keys(action.text()))
        elif action.text() and not action.isSeparator() and not action.property(LISTED):
            yield _menu_command(action, group)


def _menu_command(action: QAction, group: str) -> Command:
    title = without_keys(action.text())
    return Command(
        name=f"menu/{action.objectName() or title}",
        title=title.rstrip("\N{HORIZONTAL ELLIPSIS}"),
        group=group,
        run=action.trigger,
        keys=action.shortcut().toString(_NATIVE),
        why_not="" if action.isEnabled() else _why_not(action),
        summary=action.toolTip(),
    )


def _why_not(action: QAction) -> str:
    reasons = {
        "undo": _tr("Nothing has been done yet"),
        "redo": _tr("Nothing has been undone"),
        "move_to_new_window": _tr("It is the only project of its window"),
    }
    return reasons.get(action.objectName(), _tr("Not possible now"))


def _node_commands(window: "MainWindow") -> Iterator[Command]:
    items = window.workspace.canvas.scene.nodes
    for node_id, item in items.items():
        yield Command(
            name=f"node/{node_id}",
            title=_tr("Go to {name}").format(name=item.node.name),
            group=_tr("On the canvas"),
            run=partial(_go_to, window, node_id),
            words=(item.node.name, item.title(), item.node.layer.title()),
            summary=item.subtitle(),
        )


def _go_to(window: "MainWindow", node_id: str) -> None:
    window.show_view(View.NETWORK)
    window.workspace.choose(node_id)


def _example_commands(window: "MainWindow") -> Iterator[Command]:
    for name, example in examples().items():
        yield Command(
            name=f"example/{name}",
            title=_tr("Open {example}").format(example=declared(example.title)),
            group=_tr("Examples"),
            run=partial(window.files.open_example, name),
            words=(name, example.title, f"open {name}"),
            summary=declared(example.summary),
        )


def _prediction_commands(window: "MainWindow") -> Iterator[Command]:
    from app.predictions.commands import prediction_commands  # the start of the window need not pay for it

    yield from prediction_commands(window.dock)


def _project_commands(window: "MainWindow") -> Iterator[Command]:
    """Projects that are open behind the one in front, and those that were open lately."""
    for tab in window.tabs:
        if tab is not window.tabs.current:
            yield Command(
                name=f"tab/{tab.name}",
                title=_tr("Go to project {name}").format(name=tab.name),
                group=_tr("Projects"),
                run=partial(window.tabs.choose, tab),
                words=(tab.name,),
            )
    files, words = window.files, _tr("Open {example}")
    yield from _recent_commands("recent", files.recent, words, _tr("Recent projects"), files.open_path)


def _recent_data_commands(window: "MainWindow") -> Iterator[Command]:
    data, words = window.data_files, _tr("Use {name} as data")
    yield from _recent_commands("data", data.recent, words, _tr("Recent data"), data.use)


def _recent_commands(
    kind: str, recent: Recent, words: str, group: str, use: Callable[[Path], object]
) -> Iterator[Command]:
    """What was used lately."""
    for path, title in recent.titles().items():
        yield Command(
            name=f"{kind}/{path}",
            title=words.format(example=title, name=title),
            group=group,
            run=partial(use, Path(path)),
            summary=path,
        )


def _panel_commands(window: "MainWindow") -> Iterator[Command]:
    tabs = window.dock.tabs
    for place in tabs.offered():
        yield Command(
            name=f"panel/{place}",
            title=_tr("Show the panel {name}").format(name=tabs.tabText(place)),
            group=_tr("Panels"),
            run=partial(_show_panel, window, place),
        )


def _show_panel(window: "MainWindow", place: int) -> None:
    window.show_view(View.NETWORK)
    window.dock.tabs.setCurrentIndex(place)
    window.dock.tabs.setFocus()


def _template_commands(window: "MainWindow") -> Iterator[Command]:
    for name, template in templates().items():
        yield Command(
            name=f"template/{name}",
            title=_tr("Begin with {template}").format(template=declared(template.title)),
            group=_tr("Templates"),
            run=partial(window.files.open_template, name),
            words=(name, template.title),
            summary=declared(template.summary),
        )


def _pretrained_commands(window: "MainWindow") -> Iterator[Command]:
    from engine.models.bundled import bundled_networks

    for name, network in bundled_networks().items():
        yield Command(
            name=f"network/{name}",
            title=_tr("Open {example}").format(example=declared(network.title)),
            group=_tr("Pretrained networks"),
            run=partial(window.files.foreign.open_bundled, name),
            words=(name, network.title, "pretrained"),
            summary=declared(network.summary),
        )


def _lesson_commands(window: "MainWindow") -> Iterator[Command]:
    from engine.lessons.registry import lessons

    for name, lesson in lessons().items():
        yield Command(
            name=f"lesson/{name}",
            title=_tr("Take the lesson {lesson}").format(lesson=declared(lesson.title)),
            group=_tr("Lessons"),
            run=partial(window.lessons.open, name),
            words=(name, lesson.title),
            summary=declared(lesson.summary),
        )


def _layer_commands(window: "MainWindow") -> Iterator[Command]:
    own = window.shelf.groups.entries() if window.shelf.groups is not None else []
    for entry in [*layer_entries(), *own]:
        yield Command(
            name=f"layer/{entry.name}",
            title=_tr("Add {layer}").format(layer=entry.shown),
            group=_tr("Layers"),
            run=partial(_add_layer, window, entry.name),
            words=(entry.shown, *entry.words),
            summary=entry.summary,
        )


def _add_layer(window: "MainWindow", name: str) -> None:
    window.show_view(View.NETWORK)
    window.workspace.canvas.add_from_palette(name)


def _tr(text: str) -> str:
    return QCoreApplication.translate("Commands", text)
