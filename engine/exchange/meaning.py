"""What the numbers of a network stand for: who uses it elsewhere has columns and class names, not arrays.

A network alone takes prepared numbers and gives scaled ones. A format that has room for more (a web page, a script)
finds here how people's values become those numbers and how the answers become words again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.compiler.lower import LoweringError
from engine.compiler.model import ModelCompiler
from engine.data.bundle import DataBundle, Feature, Scaling
from engine.data.pictures.centring import learned_extent
from engine.data.recipe.preparation import Preparation
from engine.graph.document import ModelGraph
from engine.objectives.loss import Link
from engine.tensor.spec import ShapeError
from engine.training.features import feature_specs
from engine.training.objectives import objectives_of

UNNAMED = "Network"


@dataclass(frozen=True, eq=False)
class Meaning:
    """What a network is about.

    Attributes:
        title: of the project, for people.
        features: inputs and targets by name; empty where nobody knows.
        scaling: how numbers of a feature were scaled, where they were.
        links: what makes the prediction of each target of what the network gives: scores become probabilities.
        preparation: the fitted recipe of the user's own file.
        extent: of what is drawn in the pictures that were learned from, see `common_extent`; None where that is not known.
    """

    title: str = UNNAMED
    features: Mapping[str, Feature] = field(default_factory=dict)
    scaling: Mapping[str, Scaling] = field(default_factory=dict)
    links: Mapping[str, Link] = field(default_factory=dict)
    preparation: Preparation | None = None
    extent: float | None = None


def meaning_of(graph: ModelGraph, title: str, bundle: DataBundle | None) -> Meaning:
    """What a document is about, by the data it was trained on, which may be a stand-in for it; None: not known."""
    title = title.strip() or UNNAMED
    if bundle is None:
        return Meaning(title)
    spec = bundle.spec
    try:
        links = ModelCompiler(graph, feature_specs(spec), objectives_of(graph, spec)).links()
    except (LoweringError, ShapeError):  # the data has changed since, and the network no longer fits it
        return Meaning(title)
    extent = learned_extent(bundle)
    return Meaning(title, bundle.features, bundle.scaling, links, bundle.preparation, extent)
