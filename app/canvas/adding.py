"""The search for a layer on the canvas: where what is chosen will lie, and what it is wired to."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QObject, QPointF

from app.canvas.facts import Slot
from app.canvas.geometry import NODE_WIDTH
from app.canvas.search_popup import SearchPopup
from app.palette.entries import LayerEntry
from engine.graph.document import output_ports

if TYPE_CHECKING:
    from app.canvas.view import GraphView

PortPlace = tuple[str, Slot, bool]
"""A port by node id, slot and whether it is an output."""


class LayerSearch(QObject):
    """Opens the search of a view and puts on its canvas what is chosen in it: never upon another layer."""

    def __init__(self, view: GraphView, popup: SearchPopup) -> None:
        super().__init__(view)
        self._view = view
        self._popup = popup
        self._place = QPointF()
        self._port: PortPlace | None = None
        popup.chosen.connect(self._on_popup_chosen)

    def open(self, place: QPointF, port: PortPlace | None = None) -> None:
        """Opens at a place on the canvas; from a port, with the layers that suit it."""
        self._place, self._port = place, port
        view = self._view
        inside = bool(view.graph_scene.graph.prefix)
        entries: Iterable[LayerEntry | None] = self._popup.shelf.entries(inside=inside)
        note = ""
        if port is not None:
            node_id, slot, output = port
            fits = partial(view.editor.fits, node_id=node_id, slot=slot, output=output)
            entries = (entry if entry is not None and fits(entry.name) else None for entry in entries)
            note = _tr("Layers that suit this wire")
        self._popup.open_at(view.mapFromScene(place), entries, note, view.covered_above)

    def open_here(self) -> None:
        """Opens at the pointer; where that is elsewhere, beside the one selected layer, so that keys alone do, too."""
        view, selected = self._view, self._view.graph_scene.selected_nodes()
        here = view.has_pointer() or len(selected) != 1
        self.open(view.pointer_place() if here else view.editor.place_behind(selected[0]))

    def open_behind(self) -> None:
        """Opens behind the one selected layer, for what its output is wired to then."""
        view, selected = self._view, self._view.graph_scene.selected_nodes()
        ports = output_ports(view.graph_scene.graph.nodes[selected[0]].layer) if len(selected) == 1 else ()
        if not ports:
            self.open_here()
            return
        place = view.editor.place_behind(selected[0])
        view.show_rect(view.editor.room_at(place))
        self.open(place - QPointF(NODE_WIDTH / 2, 0), (selected[0], Slot(ports[0].name), True))

    def _on_popup_chosen(self, name: str) -> None:
        view = self._view
        if self._port is None:
            made = view.editor.add_layer(name, view.editor.free_place(self._place))
        else:
            node_id, slot, output = self._port
            side = QPointF(NODE_WIDTH / 2 if output else -NODE_WIDTH / 2, 0)
            place = view.editor.free_place(self._place + side)
            made = view.editor.add_layer_at(name, place, node_id, slot, output=output)
        if made is not None:
            view.show_node(made)
        view.setFocus()


def _tr(text: str) -> str:
    return QCoreApplication.translate("GraphView", text)
