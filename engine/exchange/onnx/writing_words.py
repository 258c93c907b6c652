"""What the inputs and outputs of an ONNX file are, in a sentence each: whether scores or probabilities, in which units.

They stand in the metadata and as documentation of the values, where viewers such as Netron show them.
"""

from __future__ import annotations

from collections.abc import Sequence

from engine.data.bundle import Feature, Scaling
from engine.exchange.flat import Flat
from engine.exchange.meaning import Meaning
from engine.exchange.units import Units
from engine.objectives.loss import Link

MEANING = "meaning of {part} {name}"  # keys of the metadata
_MOST_NAMES = 20
_STILL = ("reshape", "transpose", "cast")  # operations behind which a probability is still one


def words_of_outputs(meaning: Meaning, targets: Sequence[str], network: Flat, units: Units) -> dict[str, str]:
    """By the name of the output; of those about which nothing is known there is none."""
    found = {}
    for name, value in network.outputs:
        feature = meaning.features.get(name)
        if name not in targets or feature is None:
            continue
        link = meaning.links.get(name, Link.NONE)
        if feature.class_names:
            found[name] = _of_classes(feature, link, _made_by(network, value))
        elif link is not Link.NONE:
            found[name] = f"Scores: {_LINKS[link]} makes the prediction of them."
        else:
            found[name] = _of_numbers(feature, meaning.scaling.get(name), name in units.outputs)
    return found


def words_of_inputs(meaning: Meaning, names: Sequence[str], units: Units) -> dict[str, str]:
    """The same of inputs."""
    found = {}
    for name in names:
        feature = meaning.features.get(name)
        if feature is not None:
            found[name] = _of_input(feature, meaning.scaling.get(name), name in units.inputs)
    return found


_LINKS = {Link.SOFTMAX: "a softmax over the last axis", Link.SIGMOID: "a sigmoid of each"}


def _of_classes(feature: Feature, link: Link, maker: str) -> str:
    names = feature.class_names
    listed = _listed(names)
    if link is Link.SOFTMAX:
        return f"Scores, no probabilities: a softmax over the last axis gives the probability of each class ({listed})."
    if link is Link.SIGMOID and len(names) == 2:
        return f"A score, no probability: its sigmoid is the probability of {names[1]}, and the rest that of {names[0]}."
    if link is Link.SIGMOID:
        return f"Scores, no probabilities: the sigmoid of each is the probability of its class ({listed})."
    if maker == "softmax":
        return f"The probability of each class ({listed})."
    if maker == "sigmoid" and len(names) == 2:
        return f"The probability of {names[1]}; the rest is that of {names[0]}."
    if maker == "sigmoid":
        return f"The probability of each class on its own ({listed})."
    return f"A number for each class ({listed}), no probabilities; the greatest one tells which it is."


def _of_numbers(feature: Feature, scaling: Scaling | None, in_units: bool) -> str:
    what = _listed(feature.column_names) or feature.name
    if in_units or scaling is None:
        return f"Numbers in the units of the data: {what}."
    return f"Scaled numbers: {what}. {_undone(scaling, 'number * scale + mean')}"


def _of_input(feature: Feature, scaling: Scaling | None, in_units: bool) -> str:
    what = _listed(feature.column_names) or feature.name
    if feature.kind == "image":
        bright = "0 to 255" if in_units else "0 to 1" if feature.scale != 1.0 else "as in the data"
        return f"Pictures: height, width, channels; brightness {bright}."
    if feature.kind in ("category", "index"):
        return f"Whole numbers: the places of words or classes in a list ({_listed(feature.class_names) or what})."
    if in_units or scaling is None:
        return f"Numbers in the units of the data: {what}."
    return f"Scaled numbers: {what}. {_undone(scaling, '(value - mean) / scale')}"


def _undone(scaling: Scaling, formula: str) -> str:
    bent = " of the logarithms of some columns" if any(scaling.curves) else ""
    if len(scaling.mean) > _MOST_NAMES:
        return f"{formula}{bent}, column by column."
    means, scales = (", ".join(f"{v:.6g}" for v in numbers) for numbers in (scaling.mean, scaling.scale))
    return f"{formula}{bent}; mean {means}; scale {scales}."


def _made_by(network: Flat, value: str) -> str:
    """The operation that an output comes out of, behind those that only move it."""
    makers = {output: o for o in network.operations for output in o.outputs}
    while (maker := makers.get(value)) is not None and maker.op.name in _STILL:
        value = maker.inputs[0]
    return maker.op.name if maker is not None else ""


def _listed(names: Sequence[str]) -> str:
    more = f", and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    return (", ".join(names[:_MOST_NAMES]) + more).encode("utf-8", "replace").decode()
