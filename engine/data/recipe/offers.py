"""What would help where nothing can be learned from a file yet: changes to its settings that one click makes."""

from __future__ import annotations

from dataclasses import dataclass

from engine.data.recipe.plan import Plan, is_foretold
from engine.data.recipe.settings import WindowRecipe
from engine.data.settings import DataSettings
from engine.data.sources.base import Kind, Source


@dataclass(frozen=True)
class Offer:
    """One such change.

    Attributes:
        label: of the button.
        settings: with the change made.
    """

    label: str
    settings: DataSettings


def offers(source: Source, plan: Plan, data: DataSettings) -> tuple[Offer, ...]:
    """The changes that may help; none where the plan has no problem."""
    if not plan.problem:
        return ()
    found = []
    if data.recipe.windows is None and plan.targets and not plan.inputs and is_foretold(plan.targets[0]):
        recipe = data.recipe.model_copy(update={"windows": WindowRecipe()})
        label = f"Predict {plan.targets[0].name!r} from its own past"
        found.append(Offer(label, data.model_copy(update={"recipe": recipe})))
    lists = [c for c in source.columns if c.kind is Kind.ARRAY and len(c.shape) == 1]
    if len(source.columns) == len(lists) == 1 and getattr(source.options, "columns", "") == "together":
        options = {**data.options, "columns": "apart"}
        found.append(Offer("Read its columns apart", data.model_copy(update={"options": options})))
    return tuple(found)
