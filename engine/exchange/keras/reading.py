"""A file of Keras as a network of ours."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine.exchange.imported import Imported, completed, continued, document, features_of, with_notes
from engine.exchange.keras.compiled import targets_of, training_of
from engine.exchange.keras.legacy import of_keras_2
from engine.exchange.keras.networks import network
from engine.exchange.keras.ordering import in_order
from engine.exchange.keras.places import listed, paths
from engine.exchange.keras.slots import remembered
from engine.exchange.keras.store import Store, opened
from engine.exchange.net import Net, Placed, flattened
from engine.formats.errors import FormatError
from engine.formats.guards import Archive, Limits, read_json
from engine.formats.sections import TRAINING
from engine.graph.inference import infer
from engine.tensor.spec import Array
from engine.training.settings import TrainingSettings

CONFIG, METADATA, WEIGHTS = "config.json", "metadata.json", "model.weights.h5"
STATE, OLD_STATE = "optimizer/vars", "optimizer_weights"
LARGEST_CONFIG, LARGEST_WEIGHTS = 64 << 20, 8 << 30
DEEPEST = 200  # of JSON: models in models have many levels


def read_keras(path: Path) -> Imported:
    """A `.keras` file of Keras 3.

    Raises:
        FormatError: one sentence: it can't be read.
    """
    try:
        with zipfile.ZipFile(path) as file:
            archive = Archive(file, Limits(members=10_000), "Keras file")
            if CONFIG not in archive.names:
                raise FormatError("There is no model in it; it is no file that Keras saved.")
            config = read_json(archive.read(CONFIG, LARGEST_CONFIG), DEEPEST)
            version = _version(archive.read(METADATA, LARGEST_CONFIG)) if METADATA in archive.names else "3"
            stored = archive.read(WEIGHTS, LARGEST_WEIGHTS) if WEIGHTS in archive.names else b""
    except (OSError, zipfile.BadZipFile, NotImplementedError) as error:
        raise FormatError(f"{path.name} can't be read ({error}). It is damaged or not complete.") from error
    model = _object(_meant(config, version))
    notes: list[str] = []
    net = network(model, notes)
    made, training = _made(net, _mapping(model.get("compile_config")), notes)
    found: dict[str, Array] = {}
    state: list[tuple[str, Array]] = []
    if stored:
        with opened(stored, path.name) as store:
            found = _by_path(made, net, store)
            state = [(n, store.array(f"{STATE}/{n}")) for n in sorted(store.names(STATE), key=_number)]
    weights = completed(made, net, found, notes)
    slots, step = _state(made, net, training, weights, state, notes)
    return with_notes(Imported(made.graph, weights, slots, step, format="a model of Keras 3"), notes)


def read_h5(path: Path) -> Imported:
    """A model in an `.h5` or `.hdf5` file of Keras 2 or 3.

    Raises:
        FormatError: one sentence: it can't be read.
    """
    with opened(path) as store:
        text = store.text("", "model_config")
        if not text:
            raise FormatError(
                f"{path.name} has weights but no model. Open a network that they fit, and load them into it."
                if store.names("model_weights") or store.texts("", "layer_names")
                else f"There is no model of Keras in {path.name}."
            )
        version = store.text("", "keras_version") or store.text("model_weights", "keras_version") or "2"
        model = _object(_meant(read_json(text.encode(), DEEPEST), version))
        notes: list[str] = []
        net = network(model, notes)
        training_text = store.text("", "training_config")
        compiled = _mapping(read_json(training_text.encode(), DEEPEST)) if training_text else {}
        made, training = _made(net, compiled, notes)
        weights = completed(made, net, _by_list(made, net, store, "model_weights"), notes)
        names = store.texts(OLD_STATE, "weight_names")
        state = [(n, store.array(f"{OLD_STATE}/{n}")) for n in names]
        slots, step = _state(made, net, training, weights, state, notes)
    imported = Imported(made.graph, weights, slots, step, format=f"a model of Keras {version}")
    return with_notes(imported, notes)


def _made(net: Net, compiled: Mapping[str, Any], notes: list[str]) -> tuple[Placed, TrainingSettings]:
    targets = targets_of(compiled, [end[0] for end in net.outputs], notes)
    training = training_of(compiled, notes)
    made = document(net, targets)
    made.graph.put_section(TRAINING, training)
    return made, training


def _state(
    made: Placed,
    net: Net,
    training: TrainingSettings,
    weights: Mapping[str, Array],
    state: list[tuple[str, Array]],
    notes: list[str],
) -> tuple[dict[str, Array], int]:
    """What the optimizer remembers, and the steps it took."""
    trained = {name: weights[name] for name in trained_in_order(made, net) if name in weights}
    slots, step = remembered(training, trained, state, notes)
    return continued(slots, step), step


def trained_in_order(made: Placed, net: Net) -> list[str]:
    """`<node>/<weight>` of all that is trained, in the order in which Keras has it."""
    nodes = {part.id: node for node, part in made.parts.items()}
    known = infer(made.graph, features_of(net)).nodes
    found: list[str] = []
    for part_id in in_order(flattened(net)):
        node = nodes.get(part_id)
        facts = known.get(node or "")
        if node is None or facts is None:
            continue
        trained = {name: spec.trainable for name, spec in facts.weights.items()}
        found += [f"{node}/{n}" for n in listed(trained, made.parts[node].what) if trained[n]]
    return found


def _number(name: str) -> tuple[int, str]:
    return (int(name) if name.isdecimal() and len(name) < 10 else 0, name)


def _by_path(made: Placed, net: Net, store: Store) -> dict[str, Array]:
    """The weights of a `.keras` file by our names."""
    found: dict[str, Array] = {}
    for node_id, facts in infer(made.graph, features_of(net)).nodes.items():
        part = made.parts.get(node_id)
        if part is None or made.graph.nodes[node_id].shares is not None:
            continue
        for name, place in paths(part.what, part.kept, facts.weights).items():
            if store.has(place):
                found[f"{node_id}/{name}"] = store.array(place)
    return found


def _by_list(made: Placed, net: Net, store: Store, root: str) -> dict[str, Array]:
    """The weights of an `.h5` file by our names: in each layer they stand in the order in which it makes them."""
    found: dict[str, Array] = {}
    for node_id, facts in infer(made.graph, features_of(net)).nodes.items():
        part = made.parts.get(node_id)
        if part is None or made.graph.nodes[node_id].shares is not None or not facts.weights:
            continue
        ours = listed({name: spec.trainable for name, spec in facts.weights.items()}, part.what)
        layer, _, inner = part.id.partition("/")
        kept = store.texts(f"{root}/{layer}", "weight_names")
        if inner:  # of a model that was taken apart: its weights are told by the layer's name
            kept = tuple(k for k in kept if inner.rpartition("/")[2] in k.split("/"))
        arrays = [store.array(f"{root}/{layer}/{name}") for name in kept]
        arrays = [a for a in arrays if a.dtype.kind == "f"]  # counters and seeds are whole numbers
        if len(arrays) >= len(ours):
            found |= {f"{node_id}/{n}": a for n, a in zip(ours, arrays, strict=False)}
    return found


def _version(metadata: bytes) -> str:
    """Of the Keras that saved an archive."""
    return str(_mapping(read_json(metadata, DEEPEST)).get("keras_version", "3"))


def _meant(config: Any, version: str) -> Any:
    """The config as Keras 3 would have written it, as far as names have changed their meaning."""
    return config if version.startswith("3") else of_keras_2(config)


def _object(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise FormatError("The model in it can't be read; the file is damaged.")
    return value


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
