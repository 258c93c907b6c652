"""What a watcher of a run wants of its trainer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from engine.training.inside.records import Inside
from engine.training.moments import Request
from engine.training.reports import Probe
from engine.training.watching.wish import Wish


@dataclass
class Control:
    """What a watcher wants. `poll(control, timeout)` changes it; it is called between chunks of steps."""

    paused: bool = False
    stopped: bool = False
    steps: int = 0  # to run although paused
    snapshot: bool = False
    learning_rate: float | None = None  # to take from the next chunk of steps on
    requests: list[Request] = field(default_factory=list)  # to look at, or to change, what the run is
    news: bool = False  # something else is watched; who keeps a run that is over looks at this
    looked_at: int | None = None  # the moment that the pictures show; the trainer says so
    job: int = 0  # number of the job, for whoever passes requests on
    probes: dict[str, Probe] = field(default_factory=dict)
    insides: dict[str, Inside] = field(default_factory=dict)  # layers that somebody looks into
    wishes: dict[str, Wish] = field(default_factory=dict)  # further things that somebody watches
    profiling: bool = False  # somebody wants to know where the time goes
    doctor: bool = False  # whether the network is checked up on
    holds: bool = False  # whether a run that would break waits before that step, instead of ending
    watch_validation: bool = True
    poll: Callable[[Control, float], None] = lambda control, timeout: None
