"""The schedules by name, for forms and reference pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

from engine.families import Family
from engine.schedules.base import AnySchedule, Schedule

FAMILY: Family[Schedule] = get_args(AnySchedule)[1]


def schedules() -> Mapping[str, type[Schedule]]:
    """All schedules by name."""
    return FAMILY.members
