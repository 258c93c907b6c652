"""What becomes of each column, and why: the user's decisions, completed by guesses with a reason each.

Cheap and pure: it looks at names, kinds and facts, never at cells, so that the window can plan at every change. What
it says is what `prepare` does.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from engine.data.recipe.facts import ColumnFacts, Facts
from engine.data.recipe.guesses import guess_role, guess_target, is_no_target, listed, named
from engine.data.recipe.settings import (
    ANY_TARGET,
    ColumnRecipe,
    PictureRecipe,
    Recipe,
    Role,
    SoundRecipe,
    SplitKind,
)
from engine.data.recipe.stepping import Chosen, choose_steps, target_task
from engine.data.recipe.steps.base import Categories, Dates, Missing, Numbers
from engine.data.recipe.steps.missing import Value
from engine.data.sources.base import Column, Kind, Source

Task = Literal["", "classes", "numbers"]


@dataclass(frozen=True)
class PlannedColumn:
    """What becomes of one column.

    Attributes:
        column: of the source.
        role: never `auto`.
        reason: of the role; a sentence.
        task: of a target: whether it is a class or a number.
        missing, categories, numbers, dates, picture, sound: the steps it goes through; None for those it does not.
        reasons: of each step by its name among these, and of the `task`; a sentence each.
        guessed: what of `role` and the steps was not decided by the user.
        suggestion: what might be better; empty for none.
    """

    column: Column
    role: Role
    reason: str
    task: Task = ""
    missing: Missing | None = None
    categories: Categories | None = None
    numbers: Numbers | None = None
    dates: Dates | None = None
    picture: PictureRecipe | None = None
    sound: SoundRecipe | None = None
    reasons: Mapping[str, str] = field(default_factory=dict)
    guessed: frozenset[str] = frozenset()
    suggestion: str = ""

    @property
    def name(self) -> str:
        """Of the column."""
        return self.column.name


@dataclass(frozen=True)
class Plan:
    """What becomes of a file.

    Attributes:
        columns: in the order of the file.
        split: never `auto`.
        split_column: that it goes by; empty for none.
        split_reason: a sentence.
        problem: why nothing can be learned from this; a sentence, or empty.
    """

    columns: tuple[PlannedColumn, ...]
    split: SplitKind
    split_column: str
    split_reason: str
    problem: str = ""

    def column(self, name: str) -> PlannedColumn:
        """Of that name; KeyError where there is none."""
        for planned in self.columns:
            if planned.name == name:
                return planned
        raise KeyError(name)

    def with_role(self, role: Role) -> tuple[PlannedColumn, ...]:
        """The columns with a role, in order."""
        return tuple(c for c in self.columns if c.role == role)

    @property
    def inputs(self) -> tuple[PlannedColumn, ...]:
        """What the network sees."""
        return self.with_role("input")

    @property
    def targets(self) -> tuple[PlannedColumn, ...]:
        """What it predicts."""
        return self.with_role("target")

    @property
    def used(self) -> tuple[PlannedColumn, ...]:
        """All columns that are not ignored."""
        return tuple(c for c in self.columns if c.role != "ignore")


def plan(
    columns: Sequence[Column],
    facts: Facts | None,
    recipe: Recipe,
    *,
    normalize: bool = True,
    tokens: bool = False,
) -> Plan:
    """The recipe with everything decided.

    Args:
        columns: of the source.
        facts: of its columns, from a survey or a profile; None before they are known: guesses are made by names and kinds.
        recipe: what the user decided.
        normalize: whether numbers are scaled where the recipe does not say.
        tokens: whether the rows are stretches of one sequence of tokens (`is_sequence` of the source).
    """
    known: Facts = facts or {}
    roles = _roles(columns, known, recipe)
    planned = tuple(_planned(c, known.get(c.name), recipe, roles[c.name], normalize, tokens) for c in columns)
    planned = _masks_of_one_size(planned)
    split, column, reason = _split(planned, recipe, tokens)
    found = Plan(planned, split, column, reason)
    return replace(found, problem=_problem(found, recipe, columns, known))


Reasoned = tuple[Role, str, bool]  # role, reason, guessed


def _roles(columns: Sequence[Column], facts: Facts, recipe: Recipe) -> dict[str, Reasoned]:
    decided = {c.name: recipe.of(c.name).role for c in columns}
    roles: dict[str, Reasoned] = {
        name: (role, "Chosen by you.", False) for name, role in decided.items() if role != "auto"
    }
    free = [c for c in columns if c.name not in roles]
    if recipe.split.column in decided and recipe.split.column not in roles:
        role = _role_of_split(recipe.split.kind)
        if role is not None:
            roles[recipe.split.column] = (role, "Chosen by you as the column of the split.", False)
            free = [c for c in free if c.name != recipe.split.column]
    if not any(role == "target" for role, _, _ in roles.values()):
        for name, reason in guess_target(free, facts, recipe):
            roles[name] = ("target", reason, True)
    for column in free:
        if column.name not in roles:
            role, reason = guess_role(column, facts.get(column.name), recipe)
            roles[column.name] = (role, reason, True)
    return roles


def _role_of_split(kind: SplitKind) -> Role | None:
    roles: dict[SplitKind, Role] = {"group": "group", "time": "time", "column": "split"}
    return roles.get(kind)


def _planned(
    column: Column, facts: ColumnFacts | None, recipe: Recipe, role: Reasoned, normalize: bool, tokens: bool
) -> PlannedColumn:
    decided = recipe.of(column.name)
    if role[0] == "target" and decided == ColumnRecipe(role=decided.role):
        decided = recipe.of(ANY_TARGET)
    guessed = frozenset({"role"} if role[2] else ())
    bare = PlannedColumn(column, role[0], role[1], guessed=guessed)
    if role[0] not in ("input", "target"):
        return bare
    task: Task = ""
    why = ""
    if role[0] == "target":
        task, why = target_task(column, facts, decided, tokens)
    chosen = choose_steps(column, facts, decided, role[0], task, recipe, normalize, tokens)
    return _with_steps(replace(bare, task=task), chosen, decided, why)


def _with_steps(bare: PlannedColumn, chosen: Chosen, decided: ColumnRecipe, why: str) -> PlannedColumn:
    names = ("missing", "categories", "numbers", "dates", "picture", "sound")
    steps = {name: getattr(chosen, name) for name in names}
    guessed = {name for name in names if steps[name] is not None and getattr(decided, name) is None}
    reasons = {**chosen.reasons, **({"task": why} if why else {})}
    return replace(
        bare, **steps, reasons=reasons, guessed=bare.guessed | guessed, suggestion=chosen.suggestion
    )


def _masks_of_one_size(columns: tuple[PlannedColumn, ...]) -> tuple[PlannedColumn, ...]:
    """Masks are brought to the size of the pictures, unless the user decides otherwise."""
    sizes = [c.picture for c in columns if c.role == "input" and c.picture is not None]
    if not sizes:
        return columns
    size = sizes[0].model_copy(update={"grey": None})
    reasons = {"picture": "A mask has the size of its picture."}
    return tuple(
        replace(c, picture=size, reasons={**c.reasons, **reasons})
        if c.role == "target" and "picture" in c.guessed
        else c
        for c in columns
    )


def _split(columns: tuple[PlannedColumn, ...], recipe: Recipe, tokens: bool) -> tuple[SplitKind, str, str]:
    """Kind, column and reason of the split."""
    by_role: dict[Role, str] = {c.role: c.name for c in reversed(columns)}
    kind, column = recipe.split.kind, recipe.split.column
    wanted: dict[SplitKind, Role] = {"group": "group", "time": "time", "column": "split"}
    if kind != "auto":
        return kind, column or by_role.get(wanted.get(kind, "auto"), ""), "Chosen by you."
    if "split" in by_role:
        return "column", by_role["split"], f"{by_role['split']!r} says which rows are for what."
    if "group" in by_role:
        return "group", by_role["group"], f"All rows of one {by_role['group']!r} belong in the same part."
    if recipe.windows is not None or tokens or "time" in by_role:
        reason = "What is predicted must be later than what was learned from."
        return "time", by_role.get("time", ""), reason
    classes = [c for c in columns if c.role == "target" and c.task == "classes"]
    if classes and classes[0].column.kind not in (Kind.PICTURE, Kind.ARRAY):
        return "stratified", "", f"Every part gets its share of each class of {classes[0].name!r}."
    return "random", "", "Nothing suggests that the order of the rows matters: they are divided by chance."


def _problem(plan: Plan, recipe: Recipe, columns: Sequence[Column], facts: Facts) -> str:
    """The first thing that keeps the file from being learned from."""
    names = [c.name for c in columns]
    unknown = [name for name in recipe.columns if name and name not in names]
    if unknown:
        return (
            f"The recipe names the column {unknown[0]!r}, which the file lacks; it has {listed(names)}. "
            "Take that out of the recipe, or choose the file it was made for."
        )
    if len(columns) == 1 and columns[0].kind in (Kind.ARRAY, Kind.PICTURE):
        alone = (
            f"There must be arrays of what is known and of what is to be predicted; the file has {named(columns[0].name)} "
            "alone."
        )
        if len(columns[0].shape) != 1:
            return f"{alone} Save both in one file, numpy.savez('data.npz', x=.., y=..)."
        return (
            f"{alone} Save both in one file, numpy.savez('data.npz', x=.., y=..), or read its columns apart."
        )
    if not plan.targets:
        return _problem_of_targets(plan, facts)
    if not plan.inputs and recipe.windows is None:
        return _problem_of_inputs(plan.targets[0])
    return _problem_of_split(plan, names) or _problem_of_steps(plan)


def _problem_of_targets(plan: Plan, facts: Facts) -> str:
    for c in plan.columns:
        if c.guessed and c.name in facts and is_no_target(c.column, facts[c.name]):
            return c.reason
    if any(known.rows == 1 for known in facts.values()):
        return "There must be several rows to learn from; the file has one. Add rows, or choose another file."
    things: dict[Kind, str] = {Kind.PICTURE: "pictures", Kind.SOUND: "sounds"}
    alone = next((things[c.column.kind] for c in plan.columns if c.column.kind in things), "")
    if alone:
        return (
            f"There must be something to predict; {alone} alone do not say what. Put those of each class into a folder of "
            "its own and open the folder around them, or open a table of paths and labels."
        )
    return "There must be something to predict; no column is a target. Give one of them that role."


def _problem_of_inputs(target: PlannedColumn) -> str:
    if is_foretold(target):
        return (
            f"There must be something to predict from; besides {named(target.name)} no column is an input. Give one of "
            "them that role, or predict it from its own past: switch on 'Rows in time'."
        )
    return (
        f"There must be something to predict from; besides {named(target.name)} no column is an input. "
        "Give one of them that role."
    )


def is_foretold(target: PlannedColumn) -> bool:
    """Whether a target may be predicted from its own past."""
    return target.task == "numbers" and target.column.kind in (Kind.NUMBER, Kind.BOOL)


def _problem_of_split(plan: Plan, names: list[str]) -> str:
    if plan.split in ("group", "column") and not plan.split_column:
        return f"A split by {plan.split} needs a column; none has that role. Choose one, or another split."
    if plan.split_column and plan.split_column not in names:
        return f"The split goes by the column {plan.split_column!r}, which the file lacks; it has {listed(names)}."
    single: tuple[Role, ...] = ("weight", "time", "split")
    for role in single:
        held = plan.with_role(role)
        if len(held) > 1:
            return (
                f"One column can be the {role}; {listed([c.name for c in held])} are. Change the role of one."
            )
    kinds = {c.name: c.column.kind for c in plan.columns}
    if (
        plan.split == "time"
        and plan.split_column
        and kinds[plan.split_column] not in (Kind.DATE, Kind.NUMBER)
    ):
        return f"Time must be dates or numbers; {plan.split_column!r} is {kinds[plan.split_column].value}."
    weights = [
        c for c in plan.with_role("weight") if c.column.kind not in (Kind.NUMBER, Kind.BOOL, Kind.ARRAY)
    ]
    if weights:
        return f"Weights must be numbers; {weights[0].name!r} is {weights[0].column.kind.value}."
    return ""


def _problem_of_steps(plan: Plan) -> str:
    for c in plan.columns:
        words = c.column.kind is Kind.TEXT
        if words and c.missing is not None and c.missing.key() in ("mean", "median"):
            return (
                f"Words have no {c.missing.key()}; {c.name!r} holds words. Fill them with the most frequent "
                "value or a word of your own."
            )
        if c.column.kind is not Kind.TEXT and c.categories is None and not _fills_numbers(c.missing):
            return f"A missing number can't be filled with a word; {c.name!r} holds numbers. Take a number."
        if words and c.numbers is not None:
            return f"Only numbers can be scaled; {c.name!r} holds words. Treat it as categories."
    return ""


def _fills_numbers(missing: Missing | None) -> bool:
    if isinstance(missing, Value) and isinstance(missing.value, str):
        try:
            return math.isfinite(float(missing.value))
        except ValueError:
            return False
    return True


def is_sequence(source: Source) -> bool:
    """Whether the rows of a source are stretches of one sequence of tokens, which follow each other."""
    return bool(getattr(source, "in_time", False))
