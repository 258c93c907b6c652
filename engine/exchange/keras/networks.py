"""The config of a model, Sequential or functional, in all spellings since Keras 2.0, as a network of parts."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from engine.exchange.keras.arithmetic import is_operation, operation
from engine.exchange.keras.layers import layer_of
from engine.exchange.keras.legacy import stem
from engine.exchange.net import End, Inlet, Net, Part
from engine.families import snake_case
from engine.formats.errors import FormatError
from engine.graph.document import UnknownLayer
from engine.layers.base import Layer
from engine.tensor.spec import DType, Shape

MODELS = ("Sequential", "Functional", "Model")
DEEPEST = 12
MOST_LAYERS = 20_000
_DTYPES = MappingProxyType({"int32": DType.INT32, "int64": DType.INT32, "string": DType.STRING})
_NOT_VALUES = ("mask", "training")  # arguments that are handed on by themselves
_MADE_UP = re.compile(r"input(_layer)?(_\d+)?|.*_input|keras_tensor.*")
_ANY_LENGTH, _ANY_SIDE = 64, 128  # for dimensions that a file leaves open, until data says more


def network(model: Mapping[str, Any], notes: list[str], depth: int = 0) -> Net:
    """The network of a model's class name and config.

    Raises:
        FormatError: one sentence: it is no model, or a damaged one.
    """
    if depth > DEEPEST:
        raise FormatError(f"Its models are nested more than {DEEPEST} deep.")
    name, config = model.get("class_name"), model.get("config")
    if name == "Sequential":
        if isinstance(config, list):  # Keras 2.0 to 2.2
            config = {"layers": config}
        return _sequential(_mapping(config), notes, depth)
    if name in MODELS or (isinstance(config, Mapping) and "input_layers" in config):
        return _functional(_mapping(config), notes, depth)
    raise FormatError(
        f"Its model is a {name!s:.40}, a class of its author's program; only Sequential and functional models are read."
    )


class _Reader:
    """What is common to both kinds: layers that were met, and where their weights are kept."""

    def __init__(self, notes: list[str], depth: int) -> None:
        self.notes = notes
        self._depth = depth
        self._counts: Counter[str] = Counter()
        self._ids: set[str] = set()

    def kept(self, class_name: str) -> str:
        """The next place in a `.keras` file for a layer of a class."""
        name = stem(class_name)
        number = self._counts[name]
        self._counts[name] += 1
        return f"layers/{name}_{number}" if number else f"layers/{name}"

    def what(self, entry: Mapping[str, Any], given: Mapping[str, Any]) -> Layer | UnknownLayer | Net:
        """The layer or network of an entry in a list of layers."""
        name = str(entry.get("class_name", ""))
        config = _mapping(entry.get("config", {})) if not isinstance(entry.get("config"), list) else {}
        if name in MODELS or "input_layers" in config:
            return network(entry, self.notes, self._depth + 1)
        return layer_of(name, config, self.notes, given)


def _sequential(config: Mapping[str, Any], notes: list[str], depth: int) -> Net:
    reader = _Reader(notes, depth)
    entries = _entries(config)
    inlet: Inlet | None = None
    parts: list[Part] = []
    for entry in entries:
        settings = _mapping(entry.get("config", {})) if isinstance(entry.get("config"), Mapping) else {}
        shape = settings.get("batch_shape", settings.get("batch_input_shape"))
        if inlet is None:
            inlet = _inlet(_input_name(entry), shape, settings, notes) if shape is not None else None
        if entry.get("class_name") == "InputLayer":
            continue
        what = reader.what(entry, {})
        if inlet is None:
            if isinstance(what, Net) and len(what.inlets) == 1:
                inlet = Inlet("input", what.inlets[0].shape, what.inlets[0].dtype)
            else:
                shape = config.get("build_input_shape") or _built(entry)
                inlet = _inlet("input", shape, settings, notes) if shape else None
        if inlet is None:
            raise FormatError(
                "The file does not say the shape of the model's input: it was saved before it was built. Build it (call it "
                "on data once) and save it again."
            )
        before: End = (parts[-1].id, 0) if parts else (inlet.id, 0)
        if parts and isinstance(parts[-1].what, Net) and len(parts[-1].what.outputs) != 1:
            raise FormatError("A model with several outputs stands in a Sequential, which takes one.")
        label = str(settings.get("name") or snake_case(str(entry.get("class_name"))))
        taken = {p.id for p in parts} | {inlet.id}
        parts.append(Part(_free(label, taken), what, (before,), None, reader.kept(str(entry["class_name"]))))
    if inlet is None or not parts:
        raise FormatError("The model in it has no layers.")
    return Net((inlet,), tuple(parts), ((parts[-1].id, 0),), str(config.get("name", "sequential")))


def _functional(config: Mapping[str, Any], notes: list[str], depth: int) -> Net:
    reader = _Reader(notes, depth)
    inlets: list[Inlet] = []
    calls: dict[tuple[str, int], Call] = {}
    models: dict[str, str] = {}
    old = True
    for entry in _entries(config):
        settings = entry.get("config")
        settings = settings if isinstance(settings, Mapping) else {}
        name = str(entry.get("name") or settings.get("name") or "")
        nodes = entry.get("inbound_nodes") or []
        if entry.get("class_name") == "InputLayer":
            shape = settings.get("batch_shape", settings.get("batch_input_shape"))
            inlets.append(_inlet(name, shape, settings, notes))
            continue
        kept = "" if is_operation(entry) else reader.kept(str(entry.get("class_name")))
        if not isinstance(nodes, list):
            raise FormatError(f"The wires into {name:.40} can't be read; the file is damaged.")
        for k, node in enumerate(nodes):
            reads, given = _inbound(node)
            if _has_fixed_mask(node):
                reader.notes.append(f"{name}: a mask with fixed values is left out; it was part of the call.")
            if is_operation(entry):
                what: Layer | UnknownLayer | Net = operation(entry, node, len(reads), notes)
            else:
                what = reader.what(entry, given)
            if isinstance(what, Net):
                models[name] = str(entry.get("class_name"))
            old = old and not isinstance(node, Mapping)
            calls[name, k] = (Part(name, what, (), None, kept), reads)
    calls, outputs = _counted(calls, _references(config.get("output_layers")), models, old=old)
    order = _in_order(calls, outputs, {i.id for i in inlets})
    calls |= _shared(calls, order)
    parts = [
        replace(part, inputs=tuple(_end(calls, read) for read in reads))
        for part, reads in (calls[key] for key in order)
    ]
    wanted = [r[0] for r in _references(config.get("input_layers"))]
    inlets.sort(key=lambda i: wanted.index(i.id) if i.id in wanted else len(wanted))
    if not outputs or not inlets:
        raise FormatError("The model in it has no inputs or no outputs; the file is damaged.")
    ends = tuple(_end(calls, o) for o in outputs)
    return Net(tuple(inlets), tuple(parts), ends, str(config.get("name", "model")))


Call = tuple[Part, tuple[tuple[str, int, int], ...]]


def _counted(
    calls: dict[tuple[str, int], Call],
    outputs: list[tuple[str, int, int]],
    models: Mapping[str, str],
    *,
    old: bool,
) -> tuple[dict[tuple[str, int], Call], list[tuple[str, int, int]]]:
    """Calls and outputs with calls counted from 0, which those of a model in the model are not everywhere.

    Keras 2 and TensorFlow.js count them from 1, for the model was built by a call; they keep no call that nobody reads, so
    that the lowest number is the first call. Keras 3 does so for functional models, and among the outputs alone.

    Args:
        calls: by name and number.
        outputs: of the whole.
        models: classes of the models in the model, by name.
        old: whether wires are spelled as in Keras 2.
    """
    reads = [r for _, found in calls.values() for r in found]
    if old:
        first = {name: min((k for n, k, _ in (*reads, *outputs) if n == name), default=0) for name in models}
        first_out = first
    else:
        first, first_out = {}, {name: int(kind != "Sequential") for name, kind in models.items()}

    def counted(read: tuple[str, int, int], begins: Mapping[str, int]) -> tuple[str, int, int]:
        name, k, output = read
        return name, max(0, k - begins.get(name, 0)), output

    return (
        {key: (part, tuple(counted(r, first) for r in found)) for key, (part, found) in calls.items()},
        [counted(o, first_out) for o in outputs],
    )


def _shared(
    calls: Mapping[tuple[str, int], Call], order: Sequence[tuple[str, int]]
) -> dict[tuple[str, int], Call]:
    """The calls with names of their own: the weights of a layer belong to the call that comes first."""
    counts = Counter[str]()
    found: dict[tuple[str, int], Call] = {}
    for name, k in order:
        part, reads = calls[name, k]
        counts[name] += 1
        if counts[name] > 1:
            part = replace(part, id=f"{name} ({counts[name]})", shares=name)
        found[name, k] = part, reads
    return found


def _in_order(
    calls: Mapping[tuple[str, int], Call], outputs: Sequence[tuple[str, int, int]], inlets: set[str]
) -> list[tuple[str, int]]:
    """The calls that an output depends on, each after those it reads; raises FormatError for a circle."""
    order: dict[tuple[str, int], None] = {}
    open_now: set[tuple[str, int]] = set()
    stack = [(name, k) for name, k, _ in reversed(outputs)]
    while stack:
        key = stack[-1]
        if key in order or key[0] in inlets:
            stack.pop()
            continue
        if key not in calls:
            raise FormatError(f"A wire begins at {key[0]:.40}, which is not there; the file is damaged.")
        waiting = [(name, k) for name, k, _ in calls[key][1] if (name, k) not in order and name not in inlets]
        if not waiting:
            order[key] = None
            open_now.discard(key)
            stack.pop()
            continue
        open_now.add(key)
        if any(w in open_now for w in waiting):
            raise FormatError(f"The wires of the layer {key[0]:.40} run in a circle; the file is damaged.")
        stack += reversed(waiting)
    return list(order)


def _end(calls: Mapping[tuple[str, int], Call], read: tuple[str, int, int]) -> End:
    name, k, output = read
    return (calls[name, k][0].id, output) if (name, k) in calls else (name, 0)


def _inbound(node: Any) -> tuple[tuple[tuple[str, int, int], ...], dict[str, Any]]:
    """What a call reads, in order, and the arguments that are no tensors."""
    if isinstance(node, Mapping):  # Keras 3
        reads = [_history(t) for t in _tensors(node.get("args", []))]
        keywords = _mapping(node.get("kwargs", {}))
    else:
        if not isinstance(node, list):
            raise FormatError("The wires of a layer can't be read; the file is damaged.")
        flat = [node] if node and isinstance(node[0], str) else node
        reads = [_old_history(t) for t in flat]
        keywords = next((t[3] for t in flat if len(t) > 3 and isinstance(t[3], Mapping)), {})
    given: dict[str, Any] = {}
    for key, value in keywords.items():
        if key in _NOT_VALUES:
            continue
        found = [_history(t) for t in _tensors(value)]
        if not found and isinstance(value, list) and len(value) >= 3 and isinstance(value[0], str):
            found = [_old_history(value)]
        if found:
            reads += [f for f in found if key != "key" or f not in reads[1:2]]
        else:
            given[key] = value
    return tuple(reads), given


def _has_fixed_mask(node: Any) -> bool:
    """Whether a call is given a mask that is no value of the network, but numbers in the file."""
    keywords = node.get("kwargs") if isinstance(node, Mapping) else None
    mask = keywords.get("mask") if isinstance(keywords, Mapping) else None
    return isinstance(mask, Mapping) and mask.get("class_name") == "__tensor__"


def _tensors(value: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, Mapping):
        if value.get("class_name") == "__keras_tensor__":
            yield value
        else:
            for inner in value.values():
                yield from _tensors(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _tensors(inner)


def _history(tensor: Mapping[str, Any]) -> tuple[str, int, int]:
    config = tensor.get("config")
    return _old_history(config.get("keras_history") if isinstance(config, Mapping) else None)


def _old_history(place: Any) -> tuple[str, int, int]:
    if (
        isinstance(place, list | tuple)
        and len(place) >= 3
        and isinstance(place[0], str)
        and all(isinstance(n, int) and 0 <= n < 100_000 for n in place[1:3])
    ):
        return place[0], place[1], place[2]
    raise FormatError("The wires of a layer can't be read; the file is damaged.")


def _references(value: Any) -> list[tuple[str, int, int]]:
    if isinstance(value, Mapping):
        return [r for inner in value.values() for r in _references(inner)]
    if isinstance(value, list) and value and isinstance(value[0], str):
        return [_old_history(value)]
    return [r for inner in value for r in _references(inner)] if isinstance(value, list) else []


def _input_name(entry: Mapping[str, Any]) -> str:
    """The name that somebody gave to the input of a Sequential; those that Keras makes up say nothing."""
    config = entry.get("config")
    name = (
        config.get("name")
        if isinstance(config, Mapping) and entry.get("class_name") == "InputLayer"
        else None
    )
    return name if isinstance(name, str) and name and not _MADE_UP.fullmatch(name) else "input"


def _inlet(name: str, shape: Any, settings: Mapping[str, Any], notes: list[str]) -> Inlet:
    if shape and isinstance(shape[0], list | tuple):
        shape = shape[0]
    if not isinstance(shape, list | tuple) or not shape or len(shape) > 8:
        raise FormatError(f"The shape of the input {name:.40} can't be read: {shape!r:.60}.")
    dims: list[int] = []
    for given in shape[1:]:
        n = given
        if given is None:
            n = _ANY_SIDE if len(shape) > 3 else _ANY_LENGTH
            notes.append(
                f"The input {name} takes any length in a dimension; here it is {n} until data says more."
            )
        if isinstance(n, bool) or not isinstance(n, int) or not 0 < n < 2**31:
            raise FormatError(f"The shape of the input {name:.40} can't be: {shape!r:.60}.")
        dims.append(n)
    own: Shape = tuple(dims)
    return Inlet(name, own, _DTYPES.get(_dtype(settings.get("dtype")), DType.FLOAT32))


def _dtype(value: Any) -> str:
    if isinstance(value, Mapping):
        return _dtype(_mapping(value.get("config", {})).get("name"))
    return value if isinstance(value, str) else "float32"


def _built(entry: Mapping[str, Any]) -> Any:
    build = entry.get("build_config")
    return build.get("input_shape") if isinstance(build, Mapping) else None


def _entries(config: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    entries = config.get("layers")
    if not isinstance(entries, list) or not all(isinstance(e, Mapping) for e in entries):
        raise FormatError("The list of its layers is missing; the file is damaged.")
    if len(entries) > MOST_LAYERS:
        raise FormatError(f"It has {len(entries):,} layers; at most {MOST_LAYERS:,} are read.")
    return entries


def _mapping(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise FormatError("The settings of a layer can't be read; the file is damaged.")
    return value


def _free(wanted: str, taken: set[str]) -> str:
    name, k = wanted, 1
    while name in taken:
        name, k = f"{wanted}_{k}", k + 1
    return name
