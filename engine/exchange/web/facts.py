"""What a page shows for a network: a control for each input, and how each output is read."""

from __future__ import annotations

from typing import Any

from engine.data.bundle import Feature
from engine.data.recipe.preparation import FittedFeature
from engine.exchange.meaning import Meaning
from engine.exchange.net import Inlet
from engine.exchange.outgoing import Outgoing
from engine.exchange.web.columns import choice, columns_of, numbers, step, steps
from engine.exchange.web.options import WebOptions
from engine.formats.errors import FormatError
from engine.objectives.loss import Link
from engine.tensor.spec import DType, Shape
from engine.training.predictions.spelling import SIGNS, is_in_letters

MOST_FIELDS = 120  # of a form; more are a text of numbers
LIGHT = 200_000  # numbers in weights up to which the processor answers before a graphics card has begun
COLOURS = (1, 3, 4)
_UNIT = "0..1"
_PIXELS = {_UNIT: (1 / 255, 0.0), "-1..1": (2 / 255, -1.0), "0..255": (1.0, 0.0)}

Facts = dict[str, Any]


def page_facts(out: Outgoing, texts: dict[str, Facts], shapes: list[Shape], options: WebOptions) -> Facts:
    """Everything that the scripts of the page read.

    Args:
        out: the network, without layers that read text.
        texts: what is done to the text of an input, by inlet.
        shapes: of the outputs.
        options: of the page.

    Raises:
        FormatError: an input that a page can't ask for.
    """
    inputs = [_input(out, inlet, texts.get(inlet.id), options) for inlet in out.net.inlets]
    names = out.targets or tuple(f"y{k}" for k in range(len(shapes)))
    outputs = [_output(out.meaning, name, shape) for name, shape in zip(names, shapes, strict=True)]
    numbers_in_all = sum(array.size for array in out.weights.values())
    light = numbers_in_all <= LIGHT and all(len(i.shape) < 3 for i in out.net.inlets)
    return {"title": out.meaning.title, "inputs": inputs, "outputs": outputs, "light": light}


def _input(out: Outgoing, inlet: Inlet, text: Facts | None, options: WebOptions) -> Facts:
    name = out.net.names.get(inlet.id, inlet.id)
    feature = out.meaning.features.get(name)
    made: Facts = {
        "name": name,
        "title": _title(name, feature),
        "shape": list(inlet.shape),
        "dtype": inlet.dtype.value,
    }
    if text is not None:
        return made | {"kind": "text", "start": "", "hint": "Write a text.", "step": text}
    if inlet.dtype is DType.STRING:
        raise FormatError(f"The input {name} is a text that no layer turns into numbers for a page.")
    return made | (_prepared(out.meaning, name, inlet.shape) or _known(out.meaning, feature, inlet, options))


def _prepared(meaning: Meaning, name: str, shape: Shape) -> Facts | None:
    """Of a recipe; None where that says no more than the feature."""
    preparation = meaning.preparation
    fitted = None if preparation is None else _fitted(preparation.of("input"), name)
    if preparation is None or fitted is None:
        return None
    arrays = {a.name: a for a in preparation.arrays}
    if fitted.pieces and fitted.pieces[0].column in arrays:
        array = arrays[fitted.pieces[0].column]
        if array.sound is not None:
            raise FormatError(
                f"The input {name} is a sound, which a page can't ask for; write TensorFlow.js instead."
            )
        if array.picture is not None:
            return _picture(fitted.scale, 0.0, array.picture.fit, meaning.extent)
        return _plain(shape) | {"steps": [step(s) for s in array.scales] or None}
    columns = columns_of(fitted, preparation)
    if preparation.windows is not None and len(shape) > 1:
        return _table(columns, shape[0])
    return {"kind": "form", "columns": columns}


def _fitted(features: tuple[FittedFeature, ...], name: str) -> FittedFeature | None:
    return next((f for f in features if f.name == name), None)


def _known(meaning: Meaning, feature: Feature | None, inlet: Inlet, options: WebOptions) -> Facts:
    """Of a bundled data set, or of a network that says no more than its shapes."""
    shape = inlet.shape
    if len(shape) == 3 and shape[-1] in COLOURS and (feature is None or feature.kind == "image"):
        # data has brightness of 0 to 1, whatever it is stored as
        stored = feature is not None and feature.scale != 1.0
        return _picture(*_PIXELS[_UNIT if stored else options.pixels], "resize", meaning.extent)
    if feature is not None and feature.kind == "index" and feature.class_names:
        return _symbols(feature, shape)
    names = feature.column_names if feature is not None else ()
    scaling = meaning.scaling.get(feature.name) if feature is not None else None
    width = shape[-1] if shape else 1
    if len(names) != width:
        names = tuple(f"{inlet.id} {k + 1}" for k in range(width))
    if len(shape) <= 1 and width <= MOST_FIELDS:
        return {"kind": "form", "columns": numbers(names, scaling)}
    if len(shape) == 2 and width <= MOST_FIELDS and feature is not None and feature.column_names:
        return _table(numbers(names, scaling), shape[0])
    return _plain(shape) | {"steps": None if scaling is None else [step(s) for s in steps(scaling, width)]}


def _symbols(feature: Feature, shape: Shape) -> Facts:
    names = feature.class_names
    if len(shape) != 1 or shape[0] == 1:
        return {"kind": "form", "columns": [choice(feature.name, names)]}
    letters = is_in_letters(names)
    what = "letters" if letters else "words, with blanks between them"
    shown = [name for name in names if len(name) == 1] if letters else list(names[1:])
    start = ("" if letters else " ").join(shown[: shape[0]])
    return {
        "kind": "text",
        "names": list(names),
        "letters": letters,
        "signs": {sign: name for name, sign in SIGNS.items() if name in names},
        "start": start,
        "step": None,
        "hint": f"{shape[0]} {what}; of more, the last ones count.",
    }


def _picture(scale: float, shift: float, fit: str, extent: float | None) -> Facts:
    made = {"kind": "picture", "scale": scale, "shift": shift, "fit": fit}
    return made | ({"extent": extent} if extent is not None else {})


def _table(columns: list[Facts], rows: int) -> Facts:
    line = ", ".join(str(c["start"]) for c in columns if c["kind"] != "mark")
    return {"kind": "table", "columns": columns, "rows": rows, "start": "\n".join([line] * rows)}


def _plain(shape: Shape) -> Facts:
    size = 1
    for side in shape:
        size *= side
    return {"kind": "plain", "start": " ".join(["0"] * min(size, 100_000)), "steps": None}


def _output(meaning: Meaning, name: str, shape: Shape) -> Facts:
    feature = meaning.features.get(name)
    link = meaning.links.get(name, Link.NONE)
    made: Facts = {"name": name, "title": _title(name, feature), "shape": list(shape), "link": link.value}
    if feature is not None and feature.class_names and len(shape) <= 2:
        return made | {"kind": "bars" if len(shape) < 2 else "last", "classes": list(feature.class_names)}
    if len(shape) == 3 and shape[-1] in COLOURS and link is not Link.SOFTMAX:
        return made | {"kind": "picture"}
    if feature is None and link is Link.NONE and len(shape) == 1 and shape[0] > 1:
        return made | {"kind": "numbers", "columns": [], "steps": None}
    width = shape[-1] if shape else 1
    scaling = meaning.scaling.get(name)
    known = [step(s) for s in steps(scaling, width)] if scaling is not None else None
    columns = list(feature.column_names) if feature is not None else []
    return made | {"kind": "numbers", "columns": columns, "steps": known}


def _title(name: str, feature: Feature | None) -> str:
    if feature is not None and len(feature.column_names) == 1:
        return feature.column_names[0]
    return {"x": "Input", "y": "Prediction"}.get(name, name)
