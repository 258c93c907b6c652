"""Profiles of networks that nobody trains just now: a few steps, timed whole and then op by op."""

from __future__ import annotations

import time
from collections.abc import Callable

from engine.profiling.profile import Profile, median_step
from engine.training.session import Session

WARM_STEPS = 2  # they fill caches
PROFILED_STEPS = 7
WHOLE_TIME = 0.1  # seconds of ordinary steps
POLL = 0.02  # seconds between two looks at whoever waits


def profile_steps(
    session: Session,
    between: Callable[[], None] = lambda: None,
    clock: Callable[[], float] = time.perf_counter,
) -> Profile:
    """Where the time of the session's next steps goes.

    Args:
        session: fresh; it learns from the steps like from any.
        between: called between steps; what it raises ends this.
        clock: seconds.
    """
    between()
    session.advance(WARM_STEPS)
    session.report()
    steps, took, rate = 1, 0.0, 0.0
    while took < WHOLE_TIME:
        between()
        begun = clock()
        session.advance(steps)
        session.report()
        took = max(clock() - begun, 1e-9)
        rate = steps / took
        steps = max(steps + 1, min(8 * steps, int(rate * WHOLE_TIME * 1.2)))
    while not session.is_profile_ready():
        between()
        time.sleep(POLL)
    timed = []
    for _ in range(PROFILED_STEPS):
        between()
        timed.append(session.profile())
    session.report()
    info = session.device.info
    return Profile(info.name, info.kind, session.batch, PROFILED_STEPS, rate, median_step(timed))
