"""Finds the views that are declared, so that a new one is one new file."""

from typing import TypeGuard

from app.predictions.view import PredictionView, Question
from engine.registry import Registry

_HOME = "app.predictions.views"


def _is_view(value: object) -> TypeGuard[type[PredictionView]]:
    """Apart from what views are made of."""
    if not isinstance(value, type) or not issubclass(value, PredictionView):
        return False
    return value.__module__.startswith(f"{_HOME}.") and not value.__name__.startswith("_")


VIEWS: Registry[type[PredictionView]] = Registry(
    _HOME, "views of predictions", _is_view, lambda kind: kind.__name__
)


def all_views() -> tuple[type[PredictionView], ...]:
    """Every kind of view there is."""
    return tuple(VIEWS.whole.values())


def views_for(question: Question) -> list[type[PredictionView]]:
    """The views that suit a question, the most telling first."""
    ranked = [(rank, name, view) for name, view in VIEWS.items() if (rank := view.rank(question)) is not None]
    return [view for _, _, view in sorted(ranked, key=lambda r: r[:2])]
