"""`--set layer.field=value` and the options that stand for one: changes of a project before it is trained."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from engine.cli.errors import UsageError
from engine.cli.opened import Opened
from engine.data.settings import DataSettings
from engine.families import Member
from engine.formats.sections import DATA, TRAINING
from engine.graph.document import Node, UnknownLayer
from engine.graph.edits import SetSection, SetSettings
from engine.settings import problems
from engine.training.settings import TrainingSettings

SHORT = ("optimizer", "schedule")  # `optimizer.momentum=0.9` stands for `training.optimizer.momentum=0.9`
OPTIONS = "options."  # of the chosen data set: `data.options.noise=0.3`
Model = TypeVar("Model", bound=BaseModel)


def apply_changes(project: Opened, changes: Iterable[str]) -> None:
    """Apply every `name.field=value`; a layer goes by its name on the canvas.

    Raises:
        UsageError: one sentence on the first change that can't be made.
    """
    for text in changes:
        key, sign, value = text.partition("=")
        name, dot, field = key.partition(".")
        if name in SHORT:
            name, field = TRAINING, f"{name}.{field}"
        node = project.graph.named(key.rpartition(".")[0])
        if not sign or not dot or not field:
            raise UsageError(f"--set takes LAYER.FIELD=VALUE, received {text!r}.")
        if node is not None:
            _set_layer(project, node, key.rpartition(".")[2], value)
        elif name == DATA:
            set_data(project, _data_change(project.data, field, value))
        elif name == TRAINING:
            set_training(project, *_training_change(project.training, field, value))
        else:
            names = [n.name for n in project.graph.nodes.values()]
            known = ", ".join([*names, DATA, TRAINING, *SHORT])
            raise UsageError(f"--set {key}: there is no layer {name!r}; there are {known}.")


def set_training(project: Opened, changes: Mapping[str, Any], text: str | None = None) -> None:
    """Change training settings."""
    settings = _validated(TrainingSettings, project.training.model_dump(), changes, text)
    SetSection(TRAINING, settings).apply(project.graph)


def set_data(project: Opened, changes: Mapping[str, Any]) -> None:
    """Change the choice of data."""
    settings = _validated(DataSettings, project.data.model_dump(), changes)
    SetSection(DATA, settings).apply(project.graph)


def use_file(project: Opened, path: str) -> None:
    """Train on a file of the user's."""
    if not Path(path).is_file():
        raise UsageError(f"--data: there is no file {path!r}.")
    set_data(project, {"path": str(Path(path).resolve()), "options": {}})


def _set_layer(project: Opened, node: Node, field: str, text: str) -> None:
    if isinstance(node.layer, UnknownLayer):
        raise UsageError(f"--set: {node.name} is a layer this version does not know.")
    kind = type(node.layer)
    layer = _validated(kind, node.layer.model_dump(), {field: _parsed(text)}, text)
    SetSettings(node.id, layer, field).apply(project.graph)


def _data_change(data: DataSettings, field: str, text: str) -> dict[str, Any]:
    if field.startswith(OPTIONS):
        return {"options": {**data.options, field.removeprefix(OPTIONS): _parsed(text)}}
    if field == "dataset":
        return {"dataset": text, "path": None, "options": {}}
    return {field: _parsed(text) if field != "path" else text}


def _training_change(
    training: TrainingSettings, path: str, text: str
) -> tuple[dict[str, Any], str | None]:
    """What is to change, and the text of the value where that may be meant literally."""
    field, dot, inner = path.partition(".")
    if not dot or inner == "name":  # another rule has other settings: all start at their usual values
        return {field: _parsed(text)}, text
    now = getattr(training, field, None)
    if not isinstance(now, BaseModel):
        raise UsageError(f"--set {TRAINING}.{path}: {field!r} has no settings of its own.")
    name = {"name": now.key()} if isinstance(now, Member) else {}
    return {field: {**name, **now.model_dump(), inner: _parsed(text)}}, None


def _parsed(text: str) -> Any:
    """Numbers, lists, true, false and null as JSON writes them; everything else is text."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def _validated(
    kind: type[Model], settings: Mapping[str, Any], changes: Mapping[str, Any], text: str | None = None
) -> Model:
    for field in changes:
        if field not in kind.model_fields:
            known = ", ".join(kind.model_fields)
            raise UsageError(f"--set: there is no setting {field!r}; there are {known}.")
    try:
        return kind.model_validate({**settings, **changes})
    except ValidationError as error:
        if text is not None:
            with suppress(ValidationError):  # a text that looks like a number
                return kind.model_validate({**settings, **dict.fromkeys(changes, text)})
        raise UsageError(f"--set: {next(iter(problems(kind, error).values()))}") from None
