"""How a written file is used elsewhere: a few lines to paste, made for the network at hand. Tests run them."""

from __future__ import annotations

import json
from pathlib import Path

from engine.exchange.formats import recipe_of
from engine.exchange.net import Inlet
from engine.exchange.outgoing import Outgoing
from engine.exchange.weights import weights_kind_of
from engine.tensor.spec import DType

MOST_NAMES = 12


def keras(out: Outgoing, path: Path) -> str:
    """Keras 3 or 2, in Python."""
    given = [f"np.zeros({(1, *i.shape)!r}, {i.dtype.value!r})" for i in out.net.inlets]
    lines = [
        "import keras",
        "import numpy as np",
        "",
        *_loading(path),
        *_about("#", out, path),
        *(
            f"x{k} = {array}  # {_said(out, i)}"
            for k, (i, array) in enumerate(zip(out.net.inlets, given, strict=True))
        ),
        f"print(model.predict({_listed(len(given))}))",
    ]
    return "\n".join(lines) + "\n"


def _loading(path: Path) -> list[str]:
    """The lines that make the model."""
    if weights_kind_of(path) is None:
        return [f"model = keras.models.load_model({path.name!r}, compile=False)"]
    return [
        'model = keras.models.load_model("network.keras")  # or your program that makes the same layers',
        f"model.load_weights({path.name!r})",
    ]


def tfjs(out: Outgoing, path: Path) -> str:
    """TensorFlow.js, on a web page whose address is beside the file."""
    lines = [
        'import * as tf from "@tensorflow/tfjs";',
        "",
        f"const model = await tf.loadLayersModel({_quoted(path.name)});",
        *_about("//", out, path),
        *(
            f"const x{k} = tf.zeros([{', '.join(map(str, (1, *i.shape)))}], {_quoted(i.dtype.value)}); // {_said(out, i)}"
            for k, i in enumerate(out.net.inlets)
        ),
        f"const y = model.predict({_listed(len(out.net.inlets))});",
        "for (const output of [y].flat()) output.print();",
    ]
    return "\n".join(lines) + "\n"


def torch(out: Outgoing, path: Path) -> str:
    """PyTorch, in Python, from the folder of the module."""
    named = path.stem.isidentifier()
    kinds = [", dtype=torch.int32" if i.dtype is DType.INT32 else "" for i in out.net.inlets]
    given = [
        f"torch.zeros({', '.join(map(str, (1, *i.shape)))}{kind})"
        for i, kind in zip(out.net.inlets, kinds, strict=True)
    ]
    module = (
        [f"from {path.stem} import load, predict"]
        if named
        else [
            "from importlib import import_module",
            "",
            f"module = import_module({_quoted(path.stem)})",
            "load, predict = module.load, module.predict",
        ]
    )
    lines = [
        "import torch",
        *module,
        "",
        "model = load()",
        *_about("#", out, path),
        *(
            f"x{k} = {x}  # {_said(out, i)}"
            for k, (i, x) in enumerate(zip(out.net.inlets, given, strict=True))
        ),
        f"print(predict(model, {', '.join(f'x{k}' for k in range(len(given)))}))",
    ]
    return "\n".join(lines) + "\n"


def _about(mark: str, out: Outgoing, path: Path) -> list[str]:
    if out.meaning.preparation is None:
        return []
    return [f"{mark} The network takes prepared numbers: {recipe_of(path).name} says how they are made."]


def _said(out: Outgoing, inlet: Inlet) -> str:
    """An input in words, in one line of a comment."""
    name = out.net.names.get(inlet.id, inlet.id)
    feature = out.meaning.features.get(name)
    names = list(feature.column_names) if feature is not None else []
    more = [".."] if len(names) > MOST_NAMES else []
    return _line(f"{name}: {', '.join([*names[:MOST_NAMES], *more])}" if names else name)


def _line(text: str) -> str:
    """In one line, whatever stands in it: names come from people's files, and a comment ends with its line."""
    return "".join(c if c.isprintable() else " " for c in text)


def _listed(count: int) -> str:
    return "x0" if count == 1 else f"[{', '.join(f'x{k}' for k in range(count))}]"


def _quoted(text: str) -> str:
    return json.dumps(text)
