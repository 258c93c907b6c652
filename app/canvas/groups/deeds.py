"""What people do with groups, as edits of the document: each method is one step of undo."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError
from PySide6.QtCore import QCoreApplication

from engine.graph import grouping, ports
from engine.graph.document import ModelGraph, UnknownLayer
from engine.graph.edits import AddNode, Compound, EditError, GraphEdit, SetSettings, SetShares
from engine.graph.inside import as_group
from engine.graph.links import Redefine, groups_with
from engine.layers.content import Composite
from engine.layers.exposed import Exposed, field_of
from engine.layers.group import Group
from engine.settings import problems
from engine.tensor.spec import Shape

if TYPE_CHECKING:
    from PySide6.QtCore import SignalInstance

_BESIDE = (50.0, 100.0)


class GroupDeeds:
    """The part of the editor of a canvas that knows groups, links and shared weights.

    `above` is the editor of the graph around, where the inside of a group is edited.
    """

    above: GroupDeeds | None = None

    if TYPE_CHECKING:
        graph: ModelGraph
        arriving: Callable[[str], tuple[Shape, ...] | None]
        added: SignalInstance
        refused: SignalInstance

        def _try(self, edit: GraphEdit, merge_key: Hashable | None = None) -> bool: ...

    # -- groups ----------------------------------------------------------------------------------------------
    def group(self, nodes: Sequence[str]) -> str | None:
        """Makes nodes one; its id."""
        if not nodes:
            return None
        try:
            edit, made = grouping.group(self.graph, set(nodes))
        except EditError as error:
            self.refused.emit(str(error))
            return None
        if not self._try(edit):
            return None
        self.added.emit([made])
        return made

    def dissolve(self, node_id: str) -> bool:
        """Puts the nodes of a group in its place."""
        try:
            edit, inner = grouping.dissolve(self.graph, node_id, self.arriving(node_id))
        except EditError as error:
            self.refused.emit(str(error))
            return False
        done = self._try(edit)
        if done:
            self.added.emit(list(inner))
        return done

    def can_dissolve(self, node_id: str) -> bool:
        """Whether a node consists of layers."""
        node = self.graph.nodes.get(node_id)
        return node is not None and isinstance(node.layer, Composite)

    def as_group(self, node_id: str) -> Group | None:
        """A group, or a ready block as one; None (and `refused`) where its inside is not known."""
        layer = self.graph.nodes[node_id].layer
        if not isinstance(layer, Composite):
            return None
        try:
            return as_group(layer, self.arriving(node_id))
        except EditError as error:
            self.refused.emit(str(error))
            return None

    def redefine(self, node_id: str, layer: Group, text: str) -> bool:
        """Gives a group, and all that are linked with it, other ports, shown settings or parts."""
        is_group = isinstance(self.graph.nodes[node_id].layer, Group)
        return self._try(Redefine(node_id, layer, text) if is_group else SetSettings(node_id, layer, text))

    def rename_port(self, node_id: str, port: str, name: str, *, output: bool) -> bool:
        """Gives a port of a group another name; wires follow."""
        layer = self.graph.nodes[node_id].layer
        if not isinstance(layer, Group) or name == port:
            return False
        try:
            changed = ports.renamed(layer, port, name, output=output)
        except EditError as error:
            self.refused.emit(str(error))
            return False
        return self.redefine(node_id, changed, _tr("Rename port to {name}").format(name=name))

    def move_port(self, node_id: str, port: str, step: int, *, output: bool) -> bool:
        """Moves a port of a group among the others of its side."""
        layer = self.graph.nodes[node_id].layer
        if not isinstance(layer, Group):
            return False
        return self.redefine(node_id, ports.moved(layer, port, step, output=output), _tr("Move port"))

    # -- shown settings ----------------------------------------------------------------------------------------
    def toggle_shown(self, node_id: str, target: tuple[str, str]) -> bool:
        """Shows a setting inside as one of the group, or no longer."""
        layer = self.as_group(node_id)
        info = field_of(layer.content, target) if layer is not None else None
        if layer is None or info is None:
            return False
        kept = tuple(e for e in layer.shown() if target not in e.targets)
        if len(kept) == len(layer.shown()):
            label = _unused(info.title or target[1], [e.label for e in kept])
            kept = (*kept, Exposed(label=label, targets=(target,)))
        return self.redefine(
            node_id, layer.model_copy(update={"exposed": kept}), _tr("Choose shown settings")
        )

    def rename_shown(self, node_id: str, exposed: Exposed, label: str) -> bool:
        """Gives a shown setting another name; the name of another one puts both together."""
        layer, label = self.graph.nodes[node_id].layer, label.strip()
        if not isinstance(layer, Group) or not label or label == exposed.label:
            return False
        same = next((e for e in layer.shown() if e.label == label), None)
        new = []
        for e in layer.shown():
            if e.targets == exposed.targets and same is None:
                new.append(e.model_copy(update={"label": label}))
            elif e is same:
                new.append(e.model_copy(update={"targets": (*e.targets, *exposed.targets)}))
            elif e.targets != exposed.targets:
                new.append(e)
        changed = layer.model_copy(update={"exposed": tuple(new)})
        return self.redefine(node_id, changed, _tr("Rename shown setting"))

    def set_shown(self, node_id: str, values: Mapping[str, Any], path: tuple[object, ...] = ()) -> bool:
        """Gives shown settings of a group other values; those of linked groups stay."""
        layer = self.graph.nodes[node_id].layer
        if not isinstance(layer, Group):
            return False
        try:
            changed = layer.with_shown(values)
        except ValidationError as error:
            self.refused.emit(next(iter(problems(type(layer), error).values())))
            return False
        return self._try(SetSettings(node_id, changed), ("shown", node_id, *path) if path else None)

    # -- linked groups -----------------------------------------------------------------------------------------
    def can_link(self, nodes: Sequence[str]) -> bool:
        """Whether all these are groups."""
        return bool(nodes) and all(isinstance(self.graph.nodes[i].layer, Group) for i in nodes)

    def link_copies(self, nodes: Sequence[str]) -> bool:
        """Puts a linked copy beside each of these groups: whichever is changed inside, the others are, too."""
        edits: list[GraphEdit] = []
        made: list[str] = []
        taken: set[str] = set()
        for node_id in nodes:
            node = self.graph.nodes[node_id]
            if not isinstance(node.layer, Group):
                continue
            layer = node.layer
            if not layer.link:
                layer = layer.model_copy(update={"link": secrets.token_hex(6)})
                edits.append(SetSettings(node_id, layer))
            place = (node.position[0] + _BESIDE[0], node.position[1] + _BESIDE[1])
            name = self.graph.free_name(node.name, taken)
            taken.add(name)
            copy = replace(self.graph.new_node(layer, place), name=name)
            edits.append(AddNode(copy))
            made.append(copy.id)
        if not made or not self._try(Compound(tuple(edits), _tr("Linked copy"))):
            return False
        self.added.emit(made)
        return True

    def linked(self, nodes: Iterable[str]) -> list[str]:
        """Those of the nodes that are linked with another group of this canvas."""
        layers = {i: self.graph.nodes[i].layer for i in nodes}
        return [i for i, layer in layers.items() if isinstance(layer, Group) and layer.link]

    def links_of(self, node_id: str) -> int:
        """How many groups of this canvas are linked with one, itself included."""
        layer = self.graph.nodes[node_id].layer
        return groups_with(self.graph, layer.link) if isinstance(layer, Group) and layer.link else 1

    def unlink(self, nodes: Iterable[str]) -> bool:
        """Makes groups independent of those that they are linked with."""
        edits: list[GraphEdit] = []
        for node_id in self.linked(nodes):
            layer = self.graph.nodes[node_id].layer
            assert isinstance(layer, Group)
            edits.append(SetSettings(node_id, layer.model_copy(update={"link": ""})))
        return bool(edits) and self._try(Compound(tuple(edits), _tr("Make independent")))

    # -- shared weights ----------------------------------------------------------------------------------------
    def share(self, nodes: Sequence[str]) -> bool:
        """Lets all these nodes use the weights of the first."""
        first, *others = nodes
        edits: list[GraphEdit] = [SetShares(i, first) for i in others]
        return bool(edits) and self._try(Compound(tuple(edits), _tr("Share weights")))

    def can_share(self, nodes: Sequence[str]) -> bool:
        """Whether these are several nodes of one kind that do not all use the same weights already."""
        chosen = [self.graph.nodes[i] for i in nodes]
        kinds = {type(n.layer) for n in chosen}
        return len(kinds) == 1 and UnknownLayer not in kinds and len({n.weights for n in chosen}) > 1

    def unshare(self, nodes: Iterable[str]) -> bool:
        """Gives nodes weights of their own again."""
        edits: list[GraphEdit] = [SetShares(i, None) for i in self.sharing(nodes)]
        return bool(edits) and self._try(Compound(tuple(edits), _tr("Use own weights")))

    def sharing(self, nodes: Iterable[str]) -> list[str]:
        """Those of the nodes that use the weights of another."""
        return [i for i in nodes if self.graph.nodes[i].shares is not None]


def _unused(label: str, taken: Sequence[str]) -> str:
    return (
        label
        if label not in taken
        else next(n for k in range(2, len(taken) + 3) if (n := f"{label} {k}") not in taken)
    )


def _tr(text: str) -> str:
    return QCoreApplication.translate("GroupDeeds", text)
