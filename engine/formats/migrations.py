"""Project files of earlier versions, brought to the present one step at a time.

A change of the format adds one function, `_from_N`, to the table and raises `FORMAT_VERSION` by one; nothing else
has to know that there were other versions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from engine.data.recipe.legacy import with_recipe
from engine.formats.errors import FormatError

FORMAT_VERSION = 2

Migration = Callable[[dict[str, Any]], dict[str, Any]]


def _from_1(document: dict[str, Any]) -> dict[str, Any]:
    """What was an option of the file (its target, its weights) is a part of the recipe."""
    graph = document.get("graph")
    sections = graph.get("sections") if isinstance(graph, dict) else None
    data = sections.get("data") if isinstance(sections, dict) else None
    if not isinstance(graph, dict) or not isinstance(sections, dict) or not isinstance(data, dict):
        return document
    return {**document, "graph": {**graph, "sections": {**sections, "data": with_recipe(data)}}}


MIGRATIONS: Mapping[int, Migration] = MappingProxyType({1: _from_1})  # from a version to the next


def migrate(
    document: dict[str, Any], migrations: Mapping[int, Migration] = MIGRATIONS, newest: int = FORMAT_VERSION
) -> dict[str, Any]:
    """The contents of `project.json` in the present version.

    Raises:
        FormatError: it says no version, or one of the future.
    """
    version = document.get("format_version")
    if type(version) is not int or version < 1:
        raise FormatError("It does not say which version of the format it has, so it can't be read.")
    if version > newest:
        raise FormatError(
            f"It was saved by a newer version of this application (format {version}, this one reads up to {newest}). "
            "Update the application to open it."
        )
    while version < newest:
        document = migrations[version](document)
        version += 1
    return {**document, "format_version": newest}
