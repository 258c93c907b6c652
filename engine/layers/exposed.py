"""Settings of layers inside a group that the group shows as its own."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field
from pydantic.fields import FieldInfo

from engine.layers.base import Layer
from engine.layers.content import Content, Holder
from engine.settings import Settings

Path = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}(/[A-Za-z0-9_-]{1,64})*$", max_length=900)]
SettingName = Annotated[str, Field(min_length=1, max_length=80)]
MOST = 100


class Exposed(Settings):
    """A setting of the group that stands for settings inside, which all get its value.

    Attributes:
        label: what it is called.
        targets: part (ids from the outside in, joined by `/`) and name of each setting; the first one's value is shown.
    """

    label: Annotated[str, Field(min_length=1, max_length=80)]
    targets: Annotated[tuple[tuple[Path, SettingName], ...], Field(min_length=1, max_length=MOST)]


def layer_at(content: Content, path: str) -> Layer | None:
    """The layer of a part, by ids from the outside in; None where there is none."""
    head, _, rest = path.partition("/")
    layer = next((p.layer for p in content.parts if p.id == head), None)
    if not rest or layer is None:
        return layer
    return layer_at(layer.content, rest) if isinstance(layer, Holder) else None


def with_layer_at(content: Content, path: str, layer: Layer) -> Content:
    """The content with another layer at a place that exists; parts that share its weights get it, too."""
    head, _, rest = path.partition("/")
    parts = []
    for p in content.parts:
        if head not in (p.id, p.shares) and p.id != _owner(content, head):
            parts.append(p)
            continue
        inner = layer
        if rest and isinstance(p.layer, Holder):
            inner = p.layer.with_content(with_layer_at(p.layer.content, rest, layer))
        parts.append(p.model_copy(update={"layer": inner}))
    return content.model_copy(update={"parts": tuple(parts)})


def _owner(content: Content, part: str) -> str | None:
    return next((p.shares for p in content.parts if p.id == part), None)


def field_of(content: Content, target: tuple[str, str]) -> FieldInfo | None:
    """The declaration of a setting inside; None where it is not, or is no longer."""
    layer = layer_at(content, target[0])
    info = type(layer).model_fields.get(target[1]) if layer is not None else None
    extra = info.json_schema_extra if info is not None else None
    return None if isinstance(extra, dict) and extra.get("hidden") else info


def value_of(content: Content, target: tuple[str, str]) -> Any:
    """The value of a setting that is there."""
    return getattr(layer_at(content, target[0]), target[1])


def with_value(content: Content, exposed: Exposed, value: Any) -> Content:
    """The content with another value of an exposed setting, wherever that leads.

    Raises:
        ValidationError: a layer does not take it.
    """
    for path, name in exposed.targets:
        layer = layer_at(content, path)
        if layer is not None and name in type(layer).model_fields and getattr(layer, name) != value:
            settings = {field: getattr(layer, field) for field in type(layer).model_fields}
            changed = type(layer).model_validate(settings | {name: value})
            content = with_layer_at(content, path, changed)
    return content
