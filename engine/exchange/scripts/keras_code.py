"""A network as functional code of Keras: what the file of a model says, written as people would write it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from engine.exchange.keras.layers import config_of
from engine.exchange.torch.text import docstring, identifier, quoted, wrapped
from engine.formats.errors import FormatError
from engine.layers.registry import layers
from engine.optimizers.base import OPTIMIZERS

_SIZES = frozenset(("kernel_size", "strides", "pool_size", "dilation_rate", "size"))
_INSTEAD = (("bin_boundaries", "num_bins"),)  # settings of which Keras takes one
_NEVER = frozenset(("name", "dtype"))
_TAKEN = {"keras", "layers", "model", "build", "np", "load", "main", "train", "Path"}
Config = Mapping[str, Any]


@dataclass(eq=False)
class Code:
    """Functions that build the networks of a file, inner ones first.

    Attributes:
        blocks: the functions.
        taken: names at the top of the file.
    """

    blocks: list[list[str]] = field(default_factory=list)
    taken: set[str] = field(default_factory=lambda: set(_TAKEN))

    def function(self, config: Config, name: str, title: str) -> None:
        """Add the function `name` that builds a functional model from its config."""
        body = _Body(self, config)
        lines = body.lines()
        starts = [body.names[n, 0, 0] for n, _, _ in _ends(config["input_layers"])]
        outputs = [body.names[end] for end in body.outputs]
        lines.append(
            f"return keras.Model({_one_or_list(starts)}, {_one_or_list(outputs)}, name={quoted(str(config['name']))})"
        )
        head = [f"def {name}():", f'    """{docstring(title)}"""']
        self.blocks.append([*head, *(w for line in lines for w in wrapped(f"    {line}"))])

    def chain(self, config: Config, name: str, title: str) -> None:
        """Add the function `name` that builds a Sequential."""
        lines = ["return keras.Sequential(", "    ["]
        lines += [f"        {self.layer(entry)}," for entry in config["layers"]]
        lines += ["    ],", f"    name={quoted(str(config['name']))},", ")"]
        head = [f"def {name}():", f'    """{docstring(title)}"""']
        self.blocks.append([*head, *(w for line in lines for w in wrapped(f"    {line}"))])

    def layer(self, entry: Config) -> str:
        """The expression that makes a layer, or a network as one."""
        if entry["class_name"] == "InputLayer":
            return input_text(entry)
        if not _is_model(entry):
            return layer_text(entry)
        title = str(entry["config"]["name"])
        name = f"build_{identifier(title, 'part', set())}"
        while name in self.taken:
            name += "_"
        self.taken.add(name)
        build = self.chain if entry["class_name"] == "Sequential" else self.function
        build(entry["config"], name, title)
        return f"{name}()"


class _Body:
    """The lines of one function."""

    def __init__(self, code: Code, config: Config) -> None:
        self._code = code
        self._entries: list[Config] = list(config["layers"])
        models = {e["name"] for e in self._entries if "Functional" in str(e["class_name"])}
        self.outputs = [(n, k - (n in models), i) for n, k, i in _ends(config["output_layers"])]
        self._taken = set(_TAKEN)
        self._lines: list[str] = []
        self._made: dict[str, str] = {}
        self.names: dict[tuple[str, int, int], str] = {}

    def lines(self) -> list[str]:
        waiting = [(entry, k) for entry in self._entries for k in range(len(entry["inbound_nodes"]))]
        for entry in self._entries:
            if entry["class_name"] == "InputLayer":
                self._input(entry)
        while waiting:
            ready = [(e, k) for e, k in waiting if self._known(e["inbound_nodes"][k])]
            if not ready:
                raise FormatError("The network has a circle, so it can't be written as code.")
            for entry, k in ready:
                self._call(entry, k)
            waiting = [w for w in waiting if w not in ready]
        return self._lines

    def _input(self, entry: Config) -> None:
        name = identifier(entry["name"], "x", self._taken)
        self._lines.append(f"{name} = {input_text(entry)}")
        self.names[entry["name"], 0, 0] = name

    def _known(self, node: Any) -> bool:
        return all(t in self.names for t in _tensors(node))

    def _call(self, entry: Config, k: int) -> None:
        made = self._layer(entry, alone=len(entry["inbound_nodes"]) == 1)
        node = entry["inbound_nodes"][k]
        arguments = [self._argument(a) for a in node["args"]]
        arguments += [f"{n}={self._argument(v)}" for n, v in node["kwargs"].items()]
        outputs = self._outputs(entry["name"], k)
        name = identifier(entry["name"], "x", self._taken)
        targets = [name, *(identifier(f"{name}_{i}", "x", self._taken) for i in range(1, outputs))]
        self._lines.append(f"{', '.join(targets)} = {made}({', '.join(arguments)})")
        self.names |= {(entry["name"], k, i): target for i, target in enumerate(targets)}

    def _outputs(self, name: str, k: int) -> int:
        """How many outputs of a call are used: one more than the last one."""
        used = [
            t[2] for e in self._entries for n in e["inbound_nodes"] for t in _tensors(n) if t[:2] == (name, k)
        ]
        used += [i for n, j, i in self.outputs if (n, j) == (name, k)]
        return max([0, *used]) + 1

    def _layer(self, entry: Config, *, alone: bool) -> str:
        if entry["name"] in self._made:
            return self._made[entry["name"]]
        text = self._code.layer(entry)
        if alone:
            return text
        name = identifier(f"{entry['name']}_layer", "layer", self._taken)
        self._made[entry["name"]] = name
        self._lines.append(f"{name} = {text}")
        return name

    def _argument(self, value: Any) -> str:
        if isinstance(value, Mapping) and value.get("class_name") == "__keras_tensor__":
            return self.names[_tensors(value)[0]]
        if isinstance(value, list):
            return f"[{', '.join(map(self._argument, value))}]"
        return value_text(value)


def _tensors(node: Any) -> list[tuple[str, int, int]]:
    """The tensors that a call reads."""
    if isinstance(node, Mapping):
        if node.get("class_name") == "__keras_tensor__":
            name, k, i = node["config"]["keras_history"]
            return [(name, k, i)]
        return [t for v in node.values() for t in _tensors(v)]
    return [t for v in node for t in _tensors(v)] if isinstance(node, list) else []


def _is_model(entry: Config) -> bool:
    return str(entry["class_name"]) in ("Functional", "Sequential")


def input_text(entry: Config) -> str:
    """The expression that makes an input."""
    config = entry["config"]
    dtype = "" if config["dtype"] == "float32" else f", dtype={quoted(config['dtype'])}"
    return f"keras.Input({tuple(config['batch_shape'][1:])!r}{dtype}, name={quoted(str(config['name']))})"


def layer_text(entry: Config) -> str:
    """The expression that makes a layer, without what is usual."""
    kind, config = str(entry["class_name"]), dict(entry["config"])
    usual, shown = _usual(kind)
    kept = {
        key: value
        for key, value in config.items()
        if key not in _NEVER and (key in shown or key not in usual or usual[key] != value)
    }
    for one, other in _INSTEAD:
        if kept.get(one) is not None:
            kept.pop(other, None)
    parts = [f"{key}={_sized(key, value)}" for key, value in kept.items()]
    parts.append(f"name={quoted(str(entry.get('name', config.get('name', kind))))}")
    return f"layers.{kind}({', '.join(parts)})"


@cache
def _usual(kind: str) -> tuple[dict[str, Any], frozenset[str]]:
    """The config of a layer of that class as it comes, and the settings that are said in any case."""
    for layer in layers().values():
        if layer.declaration.keras != kind:
            continue
        try:
            _, config = config_of(layer(), "x")
        except ValueError:
            continue
        shown = [
            n
            for n, f in layer.model_fields.items()
            if isinstance(f.json_schema_extra, dict) and f.json_schema_extra.get("prominent")
        ]
        return dict(config), frozenset(n for n in shown if config.get(n) != "linear")
    return {}, frozenset()


def _sized(key: str, value: Any) -> str:
    if key in _SIZES and isinstance(value, list) and len(set(map(str, value))) == 1:
        return value_text(value[0])
    return value_text(value)


def value_text(value: Any) -> str:
    """A value of a config as Python: objects as calls, lists as tuples."""
    if isinstance(value, Mapping) and "class_name" in value:
        return object_text(value)
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{quoted(str(k))}: {value_text(v)}' for k, v in value.items())}}}"
    if isinstance(value, list | tuple):
        return f"({', '.join(map(value_text, value))}{',' if len(value) == 1 else ''})"
    return quoted(value) if isinstance(value, str) else repr(value)


def object_text(value: Config) -> str:
    """An object of Keras as a call, without what is usual."""
    module, kind, config = str(value["module"]), str(value["class_name"]), dict(value["config"])
    if module == "keras.layers":
        return layer_text(value)
    if module == "keras.optimizers" and kind in OPTIMIZERS.members:
        usual = OPTIMIZERS.members[kind]()
        config = {
            k: v
            for k, v in config.items()
            if k == "learning_rate" or getattr(usual, k, v) != v or not hasattr(usual, k)
        }
    listed = ", ".join(f"{k}={value_text(v)}" for k, v in config.items() if k not in _NEVER)
    return f"{module}.{kind}({listed})"


def _ends(value: Sequence[Any]) -> list[tuple[str, int, int]]:
    found = [value] if value and isinstance(value[0], str) else list(value)
    return [(str(n), int(k), int(i)) for n, k, i in found]


def _one_or_list(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"[{', '.join(names)}]"
