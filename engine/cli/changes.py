"""`--set layer.field=value` and the options that stand for one: changes of a project before it is trained."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from engine.cli.errors import UsageError
from engine.cli.near import no_such_file
from engine.cli.opened import Opened
from engine.data.bundle import DataBundle
from engine.data.recipe import legacy
from engine.data.recipe.settings import Recipe
from engine.data.settings import DataSettings
from engine.formats.sections import DATA, TRAINING
from engine.graph.document import ModelGraph, Node, UnknownLayer
from engine.graph.edits import SetSection, SetSettings
from engine.proposals.apply import replacement
from engine.proposals.propose import facts_of, propose
from engine.settings import problems
from engine.training.settings import TrainingSettings

SHORT = ("optimizer", "schedule")  # `optimizer.momentum=0.9` stands for `training.optimizer.momentum=0.9`
OPTIONS = "options."  # of the chosen data set: `data.options.noise=0.3`
# of the user's file: `data.recipe.split.kind=time`, `data.recipe.columns.price.role=target`
RECIPE = "recipe."
Model = TypeVar("Model", bound=BaseModel)


def apply_changes(project: Opened, changes: Iterable[str]) -> None:
    """Apply every `name.field=value`; a layer goes by its name on the canvas.

    Raises:
        UsageError: one sentence on the first change that can't be made.
    """
    for owner, given in _together(project, changes):
        if isinstance(owner, Node):
            _set_layer(project, owner, given)
        elif owner == DATA:
            ((field, value),) = given
            set_data(project, _data_change(project.data, field, value), f"--set {DATA}.{field}")
        else:
            changes_, literal = _change(project.training, TRAINING, given)
            set_training(project, changes_, literal, f"--set {TRAINING}.{given[0][0]}")


Given = list[tuple[str, str]]  # paths and values


def _together(project: Opened, changes: Iterable[str]) -> list[tuple[Node | str, Given]]:
    """Changes in their order; those of one setting's own settings, one after the other, are made at once.

    A schedule's warm-up has a time and a target: neither is right without the other.
    """
    found: list[tuple[Node | str, Given]] = []
    for text in changes:
        owner, path, value = _read(project, text)
        last_owner, last = found[-1] if found else (DATA, [])
        if owner == last_owner != DATA and _beside(path, last[-1][0]):
            last.append((path, value))
        else:
            found.append((owner, [(path, value)]))
    return found


def _beside(one: str, other: str) -> bool:
    """Whether both paths lead to settings of the same inner thing, which neither replaces."""
    (before, _, last), (before_other, _, last_other) = one.rpartition("."), other.rpartition(".")
    return before == before_other != "" and "name" not in (last, last_other)


def _read(project: Opened, text: str) -> tuple[Node | str, str, str]:
    """The owner of a setting, the path to it and its value."""
    key, sign, value = text.partition("=")
    name, dot, field = key.partition(".")
    if name in SHORT:
        name, field = TRAINING, f"{name}.{field}"
    if not sign or not dot or not field:
        raise UsageError(f"--set takes LAYER.FIELD=VALUE, received {text!r}.")
    node, path = _node_and_path(project.graph, key)
    if node is not None:
        return node, path, value
    if name not in (DATA, TRAINING):
        names = [n.name for n in project.graph.nodes.values()]
        known = ", ".join([*names, DATA, TRAINING, *SHORT])
        raise UsageError(f"--set {key}: there is no layer {name!r}; there are {known}.")
    return name, field, value


def set_training(
    project: Opened, changes: Mapping[str, Any], text: str | None = None, said: str = "--set"
) -> None:
    """Change training settings; `said` is what the user wrote for it, to begin a sentence with."""
    settings = _validated(TrainingSettings, project.training.model_dump(), changes, said, text)
    SetSection(TRAINING, settings).apply(project.graph)


def set_data(project: Opened, changes: Mapping[str, Any], said: str = "--set") -> None:
    """Change the choice of data; `said` as in `set_training`."""
    settings = _validated(DataSettings, project.data.model_dump(), changes, said)
    SetSection(DATA, settings).apply(project.graph)


def use_file(project: Opened, path: str) -> None:
    """Train on a file or folder of the user's: what was decided of its columns stays, as far as it has them."""
    if not Path(path).exists():
        raise UsageError(no_such_file(path, "--data"))
    recipe = project.data.recipe if project.data.path is not None else Recipe()
    set_data(project, {"path": str(Path(path).resolve()), "options": {}, "recipe": recipe})


def use_proposal(project: Opened, bundle: DataBundle) -> None:
    """Put the network that is proposed for this data in the place of the project's own.

    Raises:
        UsageError: none is known for such data.
    """
    try:
        found = propose(bundle.spec, facts_of(bundle), project.training)
    except ValueError as error:
        raise UsageError(f"--network: {error}") from error
    replacement(project.graph, found, TRAINING).apply(project.graph)


def _node_and_path(graph: ModelGraph, key: str) -> tuple[Node | None, str]:
    """The node whose name begins `key`, the longest such, and the path behind it."""
    parts = key.split(".")
    for k in range(len(parts) - 1, 0, -1):
        node = graph.named(".".join(parts[:k]))
        if node is not None:
            return node, ".".join(parts[k:])
    return None, ""


def _set_layer(project: Opened, node: Node, given: Given) -> None:
    node = project.graph.nodes[node.id]  # as changes before this one left it
    if isinstance(node.layer, UnknownLayer):
        raise UsageError(f"--set: {node.name} is a layer this version does not know.")
    changes, literal = _change(node.layer, node.name, given)
    said = f"--set {node.name}.{given[0][0]}"
    layer = _validated(type(node.layer), node.layer.model_dump(), changes, said, literal)
    SetSettings(node.id, layer, next(iter(changes))).apply(project.graph)


def _data_change(data: DataSettings, field: str, text: str) -> dict[str, Any]:
    option = field.removeprefix(OPTIONS)
    if field.startswith(OPTIONS) and data.path is not None and option in legacy.OPTIONS:
        decided = legacy.columns_of({option: text}, data.normalize)
        columns = {**data.recipe.model_dump()["columns"], **decided}
        return {"recipe": {**data.recipe.model_dump(), "columns": columns}}
    if field.startswith(RECIPE):
        if data.path is None:
            raise UsageError(
                f"--set data.{field}: a recipe is of a file of your own, and {data.dataset} comes prepared; name the "
                "file with --data."
            )
        return {"recipe": _changed(data.recipe.model_dump(), field.removeprefix(RECIPE).split("."), text)}
    if field.startswith(OPTIONS):
        return {"options": {**data.options, field.removeprefix(OPTIONS): _parsed(text)}}
    if field == "dataset":
        return {"dataset": text, "path": None, "options": {}}
    return {field: _parsed(text) if field != "path" else text}


def _changed(values: dict[str, Any], path: list[str], text: str) -> dict[str, Any]:
    """A recipe with one value changed: `columns.NAME.role`, `split.kind`, `balance` .."""
    key, rest = path[0], path[1:]
    if not rest:
        return {**values, key: _parsed(text)}
    if key == "columns" and len(rest) > 2:  # names of columns may have points in them
        rest = [".".join(rest[:-1]), rest[-1]]
    inner = values.get(key)
    return {**values, key: _changed(inner if isinstance(inner, dict) else {}, rest, text)}


def _change(model: BaseModel, owner: str, given: Given) -> tuple[dict[str, Any], str | None]:
    """What is to change in one field, and the text of the value where that may be meant literally.

    `regularizer.l2=0.1` changes one setting of what another setting holds; `regularizer.name=l1`, as `regularizer=l1`,
    puts something else there, whose settings start at their usual values.
    """
    path, text = given[0]
    field, dot, inner = path.partition(".")
    if not dot or inner == "name":
        literal = text if len(given) == 1 else None
        return {path.partition(".")[0]: _parsed(value) for path, value in given}, literal
    now = getattr(model, field, None)
    if not isinstance(now, BaseModel):
        raise UsageError(
            f"--set {owner}.{path}: {field!r} has no settings of its own, it is {now!r:.60}. Set {field} first."
        )
    changes, _ = _change(now, f"{owner}.{field}", [(p.partition(".")[2], value) for p, value in given])
    written = model.model_dump()[field]  # the name alone, where all settings are the usual ones
    known = {"name": written} if isinstance(written, str) else written
    return {field: {**known, **changes}}, None


def _parsed(text: str) -> Any:
    """Numbers, lists, true, false and null as JSON writes them; everything else is text."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def _validated(
    kind: type[Model],
    settings: Mapping[str, Any],
    changes: Mapping[str, Any],
    said: str,
    text: str | None = None,
) -> Model:
    for field in changes:
        if field not in kind.model_fields:
            known = ", ".join(kind.model_fields)
            raise UsageError(f"{said}: there is no setting {field!r}; there are {known}.")
    try:
        return kind.model_validate({**settings, **changes})
    except ValidationError as error:
        if text is not None:
            with suppress(ValidationError):  # a text that looks like a number
                return kind.model_validate({**settings, **dict.fromkeys(changes, text)})
        field, sentence = next(iter(problems(kind, error).items()))
        info = kind.model_fields.get(field)
        title = f"{info.title if info else None} must "
        if not said.startswith("--set"):  # an option of its own needs no second name
            raise UsageError(sentence.replace(title, f"{said} must ", 1)) from None
        raise UsageError(f"{said}: {sentence}") from None
