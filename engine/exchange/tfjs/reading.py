"""A `model.json` of TensorFlow.js as a network of ours."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from engine.exchange.imported import Imported, completed, document, features_of, with_notes
from engine.exchange.keras.compiled import targets_of, training_of
from engine.exchange.keras.legacy import of_keras_2
from engine.exchange.keras.networks import network
from engine.exchange.keras.places import listed
from engine.exchange.net import Net, Placed
from engine.exchange.tfjs.shards import read_weights
from engine.exchange.tfjs.training import as_keras
from engine.formats.errors import FormatError
from engine.formats.guards import read_json
from engine.formats.sections import TRAINING
from engine.graph.inference import infer
from engine.tensor.spec import Array

LARGEST, DEEPEST = 64 << 20, 200


def read_tfjs(path: Path) -> Imported:
    """A layers model with its shards.

    Raises:
        FormatError: one sentence: it can't be read.
    """
    try:
        if path.stat().st_size > LARGEST:
            raise FormatError(f"{path.name} is too large to be a model of TensorFlow.js.")
        whole = read_json(path.read_bytes(), DEEPEST)
    except OSError as error:
        raise FormatError(f"{path.name} can't be read ({error.strerror or error}).") from error
    topology = whole.get("modelTopology") if isinstance(whole, Mapping) else None
    if not isinstance(topology, Mapping):
        raise FormatError(f"There is no model of TensorFlow.js in {path.name}.")
    if "node" in topology or whole.get("format") == "graph-model":
        raise FormatError(
            f"{path.name} is a graph model, which holds operations and no layers. Convert the original to a layers model."
        )
    model = of_keras_2(topology.get("model_config", topology))
    if not isinstance(model, Mapping):
        raise FormatError(f"The model in {path.name} can't be read; the file is damaged.")
    notes: list[str] = []
    net = network(model, notes)
    compiled = topology.get("training_config", whole.get("trainingConfig"))
    compiled = as_keras(compiled) if isinstance(compiled, Mapping) else {}
    made = document(net, targets_of(compiled, [end[0] for end in net.outputs], notes))
    stored = read_weights(path.parent, whole.get("weightsManifest", []))
    weights = completed(made, net, _named(made, net, stored), notes)
    made.graph.put_section(TRAINING, training_of(compiled, notes))
    return with_notes(Imported(made.graph, weights, format="a layers model of TensorFlow.js"), notes)


def _named(made: Placed, net: Net, stored: Mapping[str, Array]) -> dict[str, Array]:
    """The arrays by our names: by the layer's name where it begins theirs, else in the order of the whole model.

    The converter in Python names a weight after its outermost layer; TensorFlow.js after the innermost, and it lists
    those that are trained first.
    """
    found: dict[str, Array] = {}
    taken: set[str] = set()
    others: list[tuple[str, bool]] = []
    for node_id, facts in infer(made.graph, features_of(net)).nodes.items():
        part = made.parts.get(node_id)
        if part is None or made.graph.nodes[node_id].shares is not None or not facts.weights:
            continue
        trained = {name: spec.trainable for name, spec in facts.weights.items()}
        ours = listed(trained, part.what)
        names = [n for n in stored if n.split("/")[0] == part.id and stored[n].dtype.kind == "f"]
        if len(names) >= len(ours) and all(
            stored[n].shape == facts.weights[o].shape for n, o in zip(names, ours, strict=False)
        ):
            found |= {f"{node_id}/{o}": stored[n] for o, n in zip(ours, names, strict=False)}
            taken |= set(names)
        else:
            others += [(f"{node_id}/{name}", trained[name]) for name in ours]
    rest = [n for n in stored if n not in taken and stored[n].dtype.kind == "f"]
    order = listed_all(others)
    return found | {o: stored[n] for o, n in zip(order, rest, strict=False)}


def listed_all(weights: list[tuple[str, bool]]) -> list[str]:
    """Names of weights, those that are trained first."""
    return [n for n, trained in weights if trained] + [n for n, trained in weights if not trained]
