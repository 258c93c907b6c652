"""Putting a proposal on the canvas, as one edit that undo takes back as one."""

from __future__ import annotations

from dataclasses import replace

from engine.graph.document import ModelGraph, Node
from engine.graph.edits import AddNode, Compound, Connect, GraphEdit, RemoveNode, SetSection
from engine.proposals.proposal import Proposal


def replacement(graph: ModelGraph, proposal: Proposal, section: str) -> Compound:
    """The edit that puts the proposed network in the place of all that is on the canvas; the data stays.

    Args:
        graph: the document; not changed.
        proposal: what to put there.
        section: name of the section with the training settings.
    """
    edits: list[GraphEdit] = [RemoveNode(node) for node in sharers_first(graph)]
    scratch = graph.copy()
    ids: dict[str, str] = {}
    for node in proposal.graph.nodes.values():
        made = replace(scratch.new_node(node.layer, node.position), name=node.name)
        ids[node.id] = made.id
        edits.append(AddNode(made))
    for wire in proposal.graph.edges:
        edits.append(Connect(replace(wire, source=ids[wire.source], target=ids[wire.target])))
    edits.append(SetSection(section, proposal.training))
    return Compound(tuple(edits), "Use the proposed network")


def sharers_first(graph: ModelGraph) -> list[str]:
    """Ids of all nodes, those that use another's weights before those they belong to."""

    def owns(node: Node) -> bool:
        return node.shares is None

    return [node.id for node in sorted(graph.nodes.values(), key=owns)]
