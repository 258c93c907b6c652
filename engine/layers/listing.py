"""What is said of a layer where layers are chosen: for a list of them none has to be imported, which takes 0.1 s.

`python -m engine.reference` writes it down, from the declarations, and a test says when it is stale. It is not believed
where there is a module that it has never seen, nor any longer once all layers are imported.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

from engine.layers.base import Category, Layer, Role
from engine.layers.registry import are_all_imported, layers, modules

FILE = "layers.json"
FOLDER = Path(__file__).resolve().parents[2] / "resources" / "reference"


@dataclass(frozen=True, slots=True)
class Listed:
    """A layer as lists show it, all of it in the words of its declaration; `hint` is the setting that matters most."""

    name: str
    category: Category
    summary: str
    hint: str = ""
    words: tuple[str, ...] = ()
    common: bool = False
    role: Role = Role.HIDDEN

    @classmethod
    def of(cls, layer: type[Layer]) -> Listed:
        """What the declaration of a layer and its prominent settings say."""
        declaration = layer.declaration
        words = (*declaration.aliases, declaration.keras, declaration.torch)
        return cls(
            name=layer.title(),
            category=declaration.category,
            summary=declaration.summary,
            hint=_first_prominent(layer),
            words=tuple(word for word in words if word and word != layer.title()),
            common=declaration.common,
            role=declaration.role,
        )


def listing() -> tuple[Listed, ...]:
    """All layers that can be chosen, in the order of their names."""
    return derived() if are_all_imported() else _kept()


@cache
def _kept() -> tuple[Listed, ...]:
    return _read(FOLDER / FILE) or derived()


@cache
def derived() -> tuple[Listed, ...]:
    """The same from the declarations, which are imported for that."""
    return tuple(Listed.of(layer) for layer in layers().values() if layer.declaration.listed)


def written(entries: Iterable[Listed]) -> str:
    """The text of the file: a layer a line, so that changes are easy to read."""
    lines = ",\n".join(json.dumps(asdict(entry), ensure_ascii=False) for entry in entries)
    return f'{{"modules": {json.dumps(modules())},\n"layers": [\n{lines}\n]}}\n'


def _read(file: Path) -> tuple[Listed, ...]:
    """What a file says; nothing where there is none, or where it was written for other layers."""
    if not file.is_file():
        return ()
    found = json.loads(file.read_text(encoding="utf-8"))
    return tuple(map(_listed, found["layers"])) if tuple(found["modules"]) == modules() else ()


def _listed(record: Mapping[str, Any]) -> Listed:
    own = {"category": Category(record["category"]), "role": Role(record["role"])}
    return Listed(**{**record, **own, "words": tuple(record["words"])})


def _first_prominent(layer: type[Layer]) -> str:
    for name, info in layer.model_fields.items():
        extra = info.json_schema_extra
        if isinstance(extra, dict) and extra.get("prominent"):
            return info.title or name
    return ""
