"""The settings that a group shows, as a model of their own: forms and checks are derived from it as from any other."""

from __future__ import annotations

from copy import copy
from typing import Any

from pydantic import create_model

from engine.layers.exposed import field_of
from engine.layers.group import Group, key_of
from engine.settings import Settings


def shown_settings(group: Group) -> Settings:
    """A model with a field for each shown setting, `s0`, `s1` .., and the values they have now."""
    fields: dict[str, Any] = {}
    for number, exposed in enumerate(group.shown()):
        info = field_of(group.content, exposed.targets[0])
        if info is None:
            continue
        info = copy(info)
        info.title = exposed.label
        extra = dict(info.json_schema_extra) if isinstance(info.json_schema_extra, dict) else {}
        info.json_schema_extra = extra | {"advanced": False, "prominent": True}
        fields[f"s{number}"] = (info.annotation, info)
    model: type[Settings] = create_model("Shown", __base__=Settings, **fields)
    values = list(group.shown_values().values())
    return model(**{name: values[int(name[1:])] for name in fields})


def with_settings(group: Group, settings: Settings) -> dict[str, Any]:
    """The values of a model from `shown_settings`, as `Group.with_shown` takes them."""
    keys = [key_of(e) for e in group.shown()]
    return {keys[int(name[1:])]: getattr(settings, name) for name in type(settings).model_fields}
