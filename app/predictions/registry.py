"""Finds the views that are declared, so that a new one is one new file."""

import importlib
import pkgutil
from functools import cache

from app.predictions import views
from app.predictions.view import PredictionView, Question


@cache
def all_views() -> tuple[type[PredictionView], ...]:
    """Every kind of view there is."""
    found = []
    for module in pkgutil.iter_modules(views.__path__):
        members = vars(importlib.import_module(f"{views.__name__}.{module.name}")).values()
        found += [m for m in members if isinstance(m, type) and issubclass(m, PredictionView)]
    return tuple(
        dict.fromkeys(
            v
            for v in found
            if not getattr(v, "__abstractmethods__", None) and v.__module__.startswith(views.__name__)
        )
    )


def views_for(question: Question) -> list[type[PredictionView]]:
    """The views that suit a question, the most telling first."""
    ranked = [
        (rank, view.__name__, view) for view in all_views() if (rank := view.rank(question)) is not None
    ]
    return [view for _, _, view in sorted(ranked, key=lambda r: r[:2])]
