"""Beginning to draw data of one's own: an empty plane or pad takes the place of the data that was there."""

from __future__ import annotations

from app.document import TRAINING, Document
from engine.data.drawn import Pictures, Points
from engine.data.sets.drawn import DRAWN_PICTURES, DRAWN_POINTS, DrawnPictureOptions, DrawnPointOptions
from engine.data.settings import DataSettings

DIGITS = ", ".join("0123456789")


def draw_points(document: Document) -> bool:
    """An empty plane; False where the document refuses."""
    empty = DrawnPointOptions.of(Points.none())
    return document.set_data(DataSettings(dataset=DRAWN_POINTS.name, options=empty.model_dump()))


def draw_pictures(document: Document, names: str = DIGITS) -> bool:
    """An empty pad for classes of these names; False where the document refuses."""
    options = DrawnPictureOptions(names=names, pictures="", labels="")
    empty = options.holding(Pictures.none(options.side, options.channels))
    return document.set_data(DataSettings(dataset=DRAWN_PICTURES.name, options=empty.model_dump()))


def use_fitting_network(document: Document) -> bool:
    """Put the network that fits the data on the canvas; False (and `refused`) where none is known."""
    from engine.proposals.apply import replacement  # the start of the window need not pay for them
    from engine.proposals.propose import propose

    if document.data_spec is None:
        return False
    try:
        proposal = propose(document.data_spec, training=document.training)
    except ValueError as error:
        document.refused.emit(str(error))
        return False
    return document.push(replacement(document.graph, proposal, TRAINING))
