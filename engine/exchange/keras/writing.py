"""A network of ours as a file of Keras 3, or as an `.h5` file that every version since 2.3 opens."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from engine.exchange.keras.compiled import compile_config
from engine.exchange.keras.layers import call_arguments, config_of
from engine.exchange.keras.legacy import stem
from engine.exchange.keras.options import HDF5Options
from engine.exchange.keras.ordering import in_order
from engine.exchange.keras.places import listed, paths
from engine.exchange.keras.sequential import as_sequential
from engine.exchange.keras.slots import listed_slots
from engine.exchange.keras.soundness import trust
from engine.exchange.keras.spelling import for_both, require_one_meaning
from engine.exchange.net import End, Net, Part, unique
from engine.exchange.outgoing import Outgoing, inside, specs_of
from engine.formats.atomic import replacing
from engine.formats.errors import FormatError
from engine.graph.facts import WeightSpec, layer_facts
from engine.layers.base import Layer
from engine.layers.content import Composite
from engine.tensor.spec import Array, DType, TensorSpec

VERSION = "3.15.0"  # whose spelling it is
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the same network gives the same bytes


@dataclass
class _Kept:
    """Where the weights of a layer go.

    Attributes:
        paths: below the layer's place in a `.keras` file.
        listed: name, array and whether it is trained, as in an `.h5` file.
    """

    paths: dict[str, Array] = field(default_factory=dict)
    listed: list[tuple[str, Array, bool]] = field(default_factory=list)


@dataclass
class Written(_Kept):
    """A model: its config, and where all of its weights go.

    Attributes:
        config: class and settings.
        lists: the weights layer by layer, as in an `.h5` file.
        sources: what each layer was written from, and what it reads.
        labels: names of the layers, by their places in a `.keras` file.
    """

    config: dict[str, Any] = field(default_factory=dict)
    lists: list[tuple[str, list[tuple[str, Array, bool]]]] = field(default_factory=list)
    sources: dict[str, tuple[Layer, tuple[TensorSpec, ...]]] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)


def write_keras(out: Outgoing, path: Path) -> None:
    """Write a `.keras` file; what was there stays if that fails.

    Raises:
        FormatError: Keras can't hold the network, or the operating system refused.
    """
    written = written_model(out.net, out.weights, old=False)
    require_one_meaning(written.config, both=False)
    compiled = compile_config(out)
    config = {**as_sequential(written.config, out.net), "compile_config": compiled}
    metadata = {"keras_version": VERSION, "date_saved": "1980-01-01@00:00:00"}
    members = {
        "metadata.json": json.dumps(metadata).encode(),
        "config.json": json.dumps(config, allow_nan=False).encode(),
        "model.weights.h5": _hdf5(written.paths | _state(out) if compiled else written.paths),
    }
    with replacing(path) as file, zipfile.ZipFile(file, "w") as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), data)


def write_h5(out: Outgoing, path: Path, options: HDF5Options | None = None) -> None:
    """Write an `.h5` file, or the weights alone as Keras 2 saves them; what was there stays if that fails.

    Raises:
        FormatError: Keras can't hold the network, or the operating system refused.
    """
    import h5py

    written = written_model(out.net, out.weights, old=True)
    memory = io.BytesIO()
    with h5py.File(memory, "w") as file:
        if options is not None and options.weights_only:
            _add_layers(file, written)
        else:
            file.attrs["backend"], file.attrs["keras_version"] = "tensorflow", VERSION
            require_one_meaning(written.config, both=True)
            model = for_both(as_sequential(written.config, out.net))
            file.attrs["model_config"] = json.dumps(model, allow_nan=False)
            _add_layers(file.create_group("model_weights"), written)
            _add_training(file, out)
    trust(memory.getvalue())
    _put(path, memory.getvalue())


def write_weights(out: Outgoing, path: Path) -> None:
    """Write the weights alone as Keras 3 saves them; what was there stays if that fails.

    Raises:
        FormatError: Keras can't hold the network, or the operating system refused.
    """
    written = written_model(out.net, out.weights, old=False)
    _put(path, _hdf5(written.paths, written.labels))


def _put(path: Path, data: bytes) -> None:
    with replacing(path) as target:
        target.write(data)


def _add_layers(root: Any, written: Written) -> None:
    """The weights layer by layer, as every version before 3 keeps them."""
    _texts(root, "layer_names", [name for name, _ in written.lists])
    root.attrs["backend"], root.attrs["keras_version"] = "tensorflow", VERSION
    for name, weights in written.lists:
        group = root.create_group(name)
        _texts(group, "weight_names", [f"{name}/{own}" for own, _, _ in weights])
        for own, array, _ in weights:
            group.create_dataset(f"{name}/{own}", data=array, track_times=False)
    _texts(root.create_group("top_level_model_weights"), "weight_names", [])


def _add_training(file: Any, out: Outgoing) -> None:
    compiled = compile_config(out)
    if compiled is None:
        return
    file.attrs["training_config"] = json.dumps({**compiled, "optimizer_config": compiled.pop("optimizer")})
    if slots := _slots(out):
        group = file.create_group("optimizer_weights")
        _texts(group, "weight_names", [name for name, _ in slots])
        for name, array in slots:
            group.create_dataset(name, data=array, track_times=False)


def written_model(
    net: Net, weights: Mapping[str, Array], *, old: bool, name: str = "model", taken: set[str] | None = None
) -> Written:
    """A network as a functional model; `taken` are names of layers elsewhere, to which its own are added."""
    specs = specs_of(net)
    taken = set() if taken is None else taken
    names = {i.id: unique(_name(net.names.get(i.id, i.id)), taken) for i in net.inlets}
    owners = [p for p in net.parts if p.shares is None]
    names |= {p.id: unique(_name(net.names.get(p.id, p.id)), taken) for p in owners}
    calls = Counter[str]()
    places: dict[End, tuple[str, int, int]] = {(i.id, 0): (names[i.id], 0, 0) for i in net.inlets}
    entries: dict[str, dict[str, Any]] = {i.id: _inlet(names[i.id], specs[i.id, 0]) for i in net.inlets}
    kept: dict[str, _Kept] = {i.id: _Kept() for i in net.inlets}
    seen: dict[str, tuple[Layer, tuple[TensorSpec, ...]]] = {}
    for part in net.parts:
        owner = part.shares or part.id
        assert isinstance(part.what, Layer)  # `specs_of` refused all else
        if owner not in entries:
            reads = [specs[end] for end in part.inputs]
            seen[names[owner]] = part.what, tuple(reads)
            entries[owner], kept[owner] = _entry(
                part, names[owner], reads, _below(weights, owner), taken, old=old
            )
        tensors = [_tensor(places[end], specs[end]) for end in part.inputs]
        entries[owner]["inbound_nodes"].append(_call(part.what, tensors, old=old))
        for k in range(len(part.what.output_ports())):
            places[part.id, k] = (names[owner], calls[owner], k)
        calls[owner] += 1
    order = in_order(net)
    # an output counts the calls of a functional model in the model from 1
    models = Counter({names[p.id]: int(entries[p.id]["class_name"] == "Functional") for p in owners})
    config = {
        "name": name,
        "trainable": True,
        "layers": [entries[key] for key in order],
        "input_layers": _references([places[i.id, 0] for i in net.inlets]),
        "output_layers": _references(
            [(name, k + models[name], i) for name, k, i in map(places.__getitem__, net.outputs)]
        ),
    }
    module = "keras.src.models.functional"
    model = {"module": module, "class_name": "Functional", "config": config, "registered_name": None}
    written = _gathered(order, entries, names, kept, model)
    written.sources |= seen
    return written


def _gathered(
    order: list[str],
    entries: Mapping[str, Mapping[str, Any]],
    names: Mapping[str, str],
    kept: Mapping[str, _Kept],
    model: dict[str, Any],
) -> Written:
    """The weights of all layers, numbered and listed as Keras does."""
    written = Written(config=model)
    counts = Counter[str]()
    for key in order:
        first = stem(str(entries[key]["class_name"]))
        place = f"layers/{first}_{counts[first]}" if counts[first] else f"layers/{first}"
        counts[first] += 1
        written.paths |= {f"{place}/{path}": array for path, array in kept[key].paths.items()}
        written.lists.append((names[key], kept[key].listed))
        written.labels[place] = names[key]
        inner = kept[key]
        if isinstance(inner, Written):
            written.sources |= inner.sources
            written.labels |= {f"{place}/{path}": name for path, name in inner.labels.items()}
    flat = [(f"{name}/{own}", array, trained) for name, own_ in written.lists for own, array, trained in own_]
    written.listed = [w for w in flat if w[2]] + [w for w in flat if not w[2]]
    return written


def _below(weights: Mapping[str, Array], owner: str) -> dict[str, Array]:
    start = f"{owner}/"
    return {name.removeprefix(start): array for name, array in weights.items() if name.startswith(start)}


def _entry(
    part: Part, name: str, reads: list[TensorSpec], own: Mapping[str, Array], taken: set[str], *, old: bool
) -> tuple[dict[str, Any], _Kept]:
    """A layer in the list of layers, and where its weights go."""
    layer = part.what
    assert isinstance(layer, Layer)
    if isinstance(layer, Composite):
        content = inside(layer, tuple(reads))
        inner = written_model(content, own, old=old, name=name, taken=taken)
        model = inner.config if old else as_sequential(inner.config, content)
        return {**model, "name": name, "inbound_nodes": []}, inner
    try:
        keras, config = config_of(layer, name)
    except ValueError as error:
        raise FormatError(str(error)) from error
    entry = {"module": "keras.layers", "class_name": keras, "config": config, "registered_name": None}
    facts: Mapping[str, WeightSpec] = layer_facts(layer, tuple(reads)).weights
    kept = _Kept({path: own[n] for n, path in paths(layer, "", facts).items()})
    order = listed({n: spec.trainable for n, spec in facts.items()})
    kept.listed = [(layer.keras_weight(n), own[n], facts[n].trainable) for n in order]
    for k in range(layer.keras_counters()):
        kept.paths[f"vars/{len(facts) + k}"] = np.zeros((), np.int32)
        kept.listed.append((f"counter_{k}", np.zeros((), np.int32), False))
    return {**entry, "name": name, "inbound_nodes": []}, kept


def _call(layer: Layer, tensors: list[dict[str, Any]], *, old: bool) -> Any:
    positional, keywords = layer.keras_call(tensors)
    if not isinstance(layer, Composite):  # what its layers are told, they are told inside
        keywords = {**keywords, **call_arguments(layer)}
    if (
        not old or keywords or len(positional) > 1
    ):  # what the old spelling can't say, Keras 3 reads in the new one
        return {"args": positional, "kwargs": keywords}
    first = positional[0]
    flat = first if isinstance(first, list) else [first]
    return [[*t["config"]["keras_history"], {}] for t in flat]


def _tensor(place: tuple[str, int, int], spec: TensorSpec) -> dict[str, Any]:
    config = {"shape": [None, *spec.shape], "dtype": _dtype(spec.dtype), "keras_history": list(place)}
    return {"class_name": "__keras_tensor__", "config": config}


def _inlet(name: str, spec: TensorSpec) -> dict[str, Any]:
    config = {
        "batch_shape": [None, *spec.shape],
        "dtype": _dtype(spec.dtype),
        "sparse": False,
        "name": name,
    }
    entry = {"module": "keras.layers", "class_name": "InputLayer", "config": config, "registered_name": None}
    return {**entry, "name": name, "inbound_nodes": []}


def _references(places: list[tuple[str, int, int]]) -> list[Any]:
    found = [list(p) for p in places]
    return found[0] if len(found) == 1 else found


def _state(out: Outgoing) -> dict[str, Array]:
    """What the optimizer remembers, by its place in a `.keras` file."""
    return {f"optimizer/vars/{k}": array for k, (_, array) in enumerate(_slots(out))}


def _slots(out: Outgoing) -> list[tuple[str, Array]]:
    numbers = {name: np.asarray(k) for k, name in enumerate(out.weights)}
    names = list(out.weights)
    order = [names[int(k)] for _, k, trained in written_model(out.net, numbers, old=True).listed if trained]
    return listed_slots(out.training, order, out.slots, out.step) or []


def _hdf5(arrays: Mapping[str, Array], labels: Mapping[str, str] = MappingProxyType({})) -> bytes:
    """Arrays by path; `labels` are names of layers by their places, for people and for who matches by name."""
    import h5py

    memory = io.BytesIO()
    with h5py.File(memory, "w") as file:
        for path, array in arrays.items():
            file.create_dataset(path, data=array, track_times=False)
        for place, name in labels.items():
            file.require_group(f"{place}/vars").attrs["name"] = name
    trust(memory.getvalue())
    return memory.getvalue()


def _texts(group: Any, name: str, values: list[str]) -> None:
    """A list of texts as attributes, cut where one would be too long for the format (64 kB)."""
    pieces: list[list[bytes]] = [[]]
    for value in values:
        data = value.encode()
        if sum(map(len, pieces[-1])) + len(data) > 60_000:
            pieces.append([])
        pieces[-1].append(data)
    if len(pieces) == 1:
        group.attrs[name] = np.array(pieces[0], "S") if pieces[0] else np.zeros(0, "S1")
        return
    for k, piece in enumerate(pieces):
        group.attrs[f"{name}{k}"] = np.array(piece, "S")


def _dtype(dtype: DType) -> str:
    return dtype.value


def _name(name: str) -> str:
    """A name that Keras takes: no slashes, and a letter at the beginning, as TensorFlow wants it."""
    tidy = re.sub(r"[^A-Za-z0-9_.-]", "_", name)
    return tidy if re.match(r"[A-Za-z0-9.]", tidy) else f"x{tidy}"
