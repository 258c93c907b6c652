"""Choosing which settings inside a group it shows as its own: a menu with a line for each setting of each layer inside."""

from collections.abc import Callable, Iterator
from functools import partial

from PySide6.QtWidgets import QMenu

from app.canvas.groups.deeds import GroupDeeds
from app.i18n import declared
from engine.layers.base import Layer
from engine.layers.content import Content, Holder
from engine.layers.group import Group

Target = tuple[str, str]


def fill_choices(menu: QMenu, editor: GroupDeeds, node_id: str) -> None:
    """Puts all settings inside a group into a menu, part by part; those that it shows are checked."""
    layer = editor.graph.nodes[node_id].layer
    if isinstance(layer, Group):
        _fill(menu, layer.content, "", _shown(layer), lambda target: editor.toggle_shown(node_id, target))


def fill_settings(
    menu: QMenu, group: Group, path: str, layer: Layer, toggle: Callable[[Target], object]
) -> None:
    """Puts the settings of one layer inside a group into a menu, those checked that the group shows."""
    shown = _shown(group)
    for name, title in settings_of(layer):
        action = menu.addAction(title)
        action.setCheckable(True)
        action.setChecked((path, name) in shown)
        action.triggered.connect(partial(_toggle, toggle, (path, name)))


def settings_of(layer: Layer) -> Iterator[tuple[str, str]]:
    """Names and titles of the settings that people see, those first that matter most."""
    rows = []
    for name, info in type(layer).model_fields.items():
        extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
        if not extra.get("hidden"):
            rows.append(
                (bool(extra.get("advanced")), not extra.get("prominent"), name, declared(info.title or name))
            )
    for _, _, name, title in sorted(rows, key=lambda row: row[:2]):
        yield name, title


def _fill(
    menu: QMenu, content: Content, above: str, shown: frozenset[Target], toggle: Callable[[Target], object]
) -> None:
    for part in content.parts:
        path = f"{above}{part.id}"
        inner = menu.addMenu(part.name or part.layer.title())
        for name, title in settings_of(part.layer):
            action = inner.addAction(title)
            action.setCheckable(True)
            action.setChecked((path, name) in shown)
            action.triggered.connect(partial(_toggle, toggle, (path, name)))
        if isinstance(part.layer, Holder):
            inner.addSeparator()
            _fill(inner, part.layer.content, f"{path}/", shown, toggle)


def _shown(group: Group) -> frozenset[Target]:
    return frozenset(target for e in group.shown() for target in e.targets)


def _toggle(toggle: Callable[[Target], object], target: Target, _checked: bool = False) -> None:
    toggle(target)
