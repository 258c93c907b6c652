"""What comes out of reading a file of another program."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from engine.exchange.net import Net, Placed, placed
from engine.formats.errors import FormatError
from engine.formats.sections import INPUTS, InputShape, InputShapes
from engine.graph.document import Edge, ModelGraph
from engine.graph.features import FeatureSpec
from engine.graph.inference import infer
from engine.layers.target import Target
from engine.tensor.spec import Array
from engine.training.memory import MEMORY, Memory

MOST_ANEW = 100_000_000
UNTRAINED = "The file has no weights: the network starts untrained."


@dataclass(frozen=True, eq=False)
class Imported:
    """A network that was read.

    Attributes:
        graph: the document, with a target on every output and the sections `inputs` and, where known, `training`.
        weights: by `<node>/<weight>`; empty where the file has none.
        optimizer: slots by `<slot>/<node>/<weight>` and the memory of the run; empty where the file has none.
        step: optimizer steps that led here.
        notes: a sentence for everything that is not as in the file.
        format: what the file is, in words.
    """

    graph: ModelGraph
    weights: Mapping[str, Array] = field(default_factory=dict)
    optimizer: Mapping[str, Array] = field(default_factory=dict)
    step: int = 0
    notes: tuple[str, ...] = ()
    format: str = ""


def features_of(net: Net) -> dict[str, FeatureSpec]:
    """The inputs of a network as features of data."""
    return {inlet.id: FeatureSpec(inlet.shape, inlet.dtype) for inlet in net.inlets}


def document(net: Net, targets: Mapping[int, Mapping[str, object]]) -> Placed:
    """The network as a document with targets.

    Args:
        net: the network.
        targets: settings of the targets (loss, metrics ..) by number of the output; the usual ones for others.
    """
    made = placed(net)
    graph = made.graph
    for k, (node, port) in enumerate(made.ends):
        name = "y" if len(made.ends) == 1 else f"y{k}"
        settings = {"target": name, **targets.get(k, {})}
        target = graph.new_node(Target.model_validate(settings), (250.0 * (len(graph.nodes) + 1), 150.0 * k))
        graph.insert_node(target)
        graph.insert_edge(Edge(node, port, target.id, "input"))
    shapes = {i.id: InputShape(shape=i.shape, dtype=i.dtype.value) for i in net.inlets}
    graph.put_section(INPUTS, InputShapes(shapes=shapes))
    return made


def completed(made: Placed, net: Net, found: Mapping[str, Array], notes: list[str]) -> dict[str, Array]:
    """All weights of the network: those that were found, where they fit, and fresh ones for others (each is noted).

    Raises:
        FormatError: those that are missing are more than anybody wants made.
    """
    known = infer(made.graph, features_of(net)).nodes
    generator = np.random.default_rng(0)
    owners = [n for n in known if made.graph.nodes[n].shares is None]
    specs = {f"{n}/{name}": spec for n in owners for name, spec in known[n].weights.items()}
    lacking = [n for n, spec in specs.items() if n not in found or found[n].shape != spec.shape]
    if specs and len(lacking) == len(specs):
        notes.append(UNTRAINED)
        return {}
    many = sum(specs[n].size for n in lacking)
    if many > MOST_ANEW:
        raise FormatError(
            f"{many:,} numbers of its weights are missing or of another shape; at most {MOST_ANEW:,} start anew. "
            "It is damaged, or not complete."
        )
    fresh = {n: specs[n].initializer.sample(specs[n].shape, generator) for n in lacking}
    weights = {n: np.asarray(fresh.get(n, found.get(n)), np.float32) for n in specs}
    missing = [f"{made.graph.nodes[n.partition('/')[0]].name}/{n.partition('/')[2]}" for n in lacking]
    if missing:
        others = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        notes.append(
            f"The weights {missing[0]}{others} are missing in the file or of another shape; they start anew."
        )
    behind = [n.name for n in made.graph.nodes.values() if n.id not in known and n.layer.title() != "Target"]
    if behind:
        others = f" and {len(behind) - 1} more" if len(behind) > 1 else ""
        notes.append(f"Weights of {behind[0]}{others} are not read: it is unknown, or stands behind what is.")
    broken = [name for name, array in weights.items() if not np.isfinite(array).all()]
    if broken:
        notes.append(f"{len(broken)} of the weights have values that are not finite ({broken[0]}).")
    return weights


def continued(slots: Mapping[str, Array], step: int) -> dict[str, Array]:
    """Slots of an optimizer after so many steps elsewhere: it goes on counting, and our first epoch begins there."""
    return {**slots, MEMORY: Memory(origin=(step, 0)).written()} if step else dict(slots)


def with_notes(imported: Imported, notes: list[str]) -> Imported:
    """The same with these notes, each once."""
    return replace(imported, notes=tuple(dict.fromkeys(notes)))
