"""A trained network as the beginning of another, from the menu: a new head, freezing, fine-tuning."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from app.document import TRAINING
from engine.graph.edits import Compound, EditError

if TYPE_CHECKING:
    from app.window.project_tab import ProjectTab


def _tr(text: str) -> str:
    return QCoreApplication.translate("Transfer", text)


def start_from(tab: ProjectTab) -> bool:
    """Freeze what was learned and give the network a new head for its data, behind the chosen layer if one is."""
    from engine.proposals.transfer import starting_point  # the start of the window need not pay for it

    document = tab.document
    if document.is_dataless or document.data_spec is None:
        tab.messages.say_problem(
            _tr("A new head is made for what your data has to predict: choose or drop data first.")
        )
        return False
    chosen = tab.workspace.canvas.scene.selected_nodes()
    behind = chosen[0] if len(chosen) == 1 and chosen[0] in document.graph.nodes else ""
    try:
        start = starting_point(document.graph, document.inference, document.features, behind)
    except EditError as error:
        tab.messages.say_problem(str(error))
        return False
    if not tab.file.begin_from(start.edit):
        return False
    words = _tr("Frozen layers: {frozen}. New head behind {name}: {count:,} outputs. Press Train.")
    name = document.graph.nodes[start.behind].name
    tab.messages.say(words.format(frozen=start.frozen, name=name, count=start.answers))
    return True


def freeze_before(tab: ProjectTab) -> bool:
    """Freeze the chosen layers and all before them."""
    from engine.proposals.transfer import freezing  # the start of the window need not pay for it

    document = tab.document
    chosen = [n for n in tab.workspace.canvas.scene.selected_nodes() if n in document.graph.nodes]
    if not chosen:
        tab.messages.say_problem(_tr("Choose the last layer that is to stay as it is."))
        return False
    edits = freezing(document.graph, document.inference, chosen)
    if not edits:
        tab.messages.say(_tr("These layers are frozen already, or have no weights."))
        return False
    return document.push(Compound(tuple(edits), _tr("Freeze all up to here")))


def fine_tune(tab: ProjectTab) -> bool:
    """Let all layers learn, at a tenth of the learning rate."""
    from engine.proposals.transfer import fine_tuning  # the start of the window need not pay for it

    document = tab.document
    try:
        edit = fine_tuning(document.graph, document.inference, document.training, TRAINING)
    except EditError as error:
        tab.messages.say(str(error))
        return False
    if not document.push(edit):
        return False
    rate = document.training.optimizer.learning_rate
    words = _tr("All layers learn, with a learning rate of {rate:.2g}; normalizations keep their averages.")
    tab.messages.say(words.format(rate=rate))
    return True


def told_of_head(tab: ProjectTab, told: int, there: int) -> None:
    """The data that was chosen has another number of classes than the network tells apart."""
    words = _tr(
        "The network tells {told:,} classes apart, the data has {there:,}. `Use as a starting point` gives it a new head."
    )
    tab.messages.say_problem(words.format(told=told, there=there))
