"""Settings that make sense in few networks: of layers, of the project, and of what is chosen in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache, partial
from typing import Any

from pydantic import BaseModel

from engine.graph.diagnostics import Diagnostic, Remedy, Severity
from engine.graph.document import ModelGraph, Node, UnknownLayer
from engine.graph.edits import SetSection, SetSettings
from engine.graph.targets import changed

Finding = tuple[str, float, float]
"""Name of a setting, its value, and the nearest usual one."""


def unusual(node: Node) -> Iterator[Diagnostic]:
    """The settings of a layer that make sense in few networks."""
    if isinstance(node.layer, UnknownLayer):
        return
    for name, value, bound in _findings(node.layer):
        sentence, label = _words(node.layer, node.name, name, value, bound)
        layer = changed(node.layer, name, type(value)(bound))
        remedy = Remedy(label, SetSettings(node.id, layer, name)) if layer is not None else None
        yield Diagnostic(Severity.INFO, "unusual", sentence, node.id, remedy=remedy)


def unusual_in_sections(graph: ModelGraph) -> Iterator[Diagnostic]:
    """Settings of the project, and of what is chosen in them: the optimizer's learning rate."""
    for key, section in graph.sections.items():
        for model, put in _parts(section):
            for name, value, bound in _findings(model):
                owner = model.title() if hasattr(model, "title") else key
                sentence, label = _words(model, owner, name, value, bound)
                remedy = Remedy(
                    label, SetSection(key, put(model.model_copy(update={name: type(value)(bound)})))
                )
                yield Diagnostic(Severity.INFO, "unusual", sentence, remedy=remedy)


def _findings(model: BaseModel) -> Iterator[Finding]:
    for name, (low, high) in _usual(type(model)).items():
        value = getattr(model, name)
        if isinstance(value, int | float) and not low <= value <= high:
            yield name, value, low if value < low else high


@cache
def _usual(kind: type[BaseModel]) -> Mapping[str, tuple[float, float]]:
    """Smallest and largest usual value of the settings that have such."""
    bounds = {}
    for name, info in kind.model_fields.items():
        extra = info.json_schema_extra
        usual: Any = extra.get("usual") if isinstance(extra, dict) else None
        if usual:
            bounds[name] = (usual[0], usual[1])
    return bounds


def _words(model: BaseModel, owner: str, name: str, value: float, bound: float) -> tuple[str, str]:
    """The sentence, and the text of the button."""
    title = type(model).model_fields[name].title or name
    sentence = (
        f"{title} of {owner} is {value:g}; at least {bound:g} is usual."
        if value < bound
        else f"{title} of {owner} is {value:g}; at most {bound:g} is usual."
    )
    return sentence, f"Set it to {bound:g}"


def _parts(section: BaseModel) -> Iterator[tuple[BaseModel, Callable[[BaseModel], BaseModel]]]:
    """The models in a section, each with how the section is with another in its place."""
    for name, value in section:
        if isinstance(value, BaseModel):
            yield value, partial(_exchanged, section, name)


def _exchanged(section: BaseModel, name: str, value: BaseModel) -> BaseModel:
    return section.model_copy(update={name: value})
