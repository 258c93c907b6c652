"""A profile as a trace file for standard viewers: Perfetto, chrome://tracing, Speedscope.

The format is the JSON array of the Trace Event Format (Google, "Trace Event Format", complete events "X"): times in
microseconds, one row of bars a thread. Each phase of a step is a row.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine.profiling.profile import Profile
from engine.program.program import Phase

PROCESS = 1
MICRO = 1e6


def trace_events(profile: Profile, names: Mapping[str, str]) -> list[dict[str, Any]]:
    """The events of one step.

    Args:
        profile: its timeline becomes bars.
        names: of canvas nodes by id.
    """
    threads = {phase: 1 + k for k, phase in enumerate(Phase)}
    events: list[dict[str, Any]] = [
        _named("process_name", 0, f"{profile.device} ({profile.kind}), one training step")
    ]
    events += [_named("thread_name", thread, phase.value) for phase, thread in threads.items()]
    for timing in profile.timeline:
        layer = names.get(timing.origin, timing.origin)
        events.append(
            {
                "name": f"{layer}: {timing.name}" if layer else timing.name,
                "cat": timing.phase.value,
                "ph": "X",
                "ts": timing.begun * MICRO,
                "dur": timing.seconds * MICRO,
                "pid": PROCESS,
                "tid": threads[timing.phase],
                "args": {
                    "layer": layer,
                    "op": timing.name,
                    "launches": timing.launches,
                    "bytes": timing.nbytes,
                    "multiply_adds": timing.multiply_adds,
                },
            }
        )
    return events


def write_trace(path: Path, profile: Profile, names: Mapping[str, str]) -> None:
    """Write a trace file; raises OSError where it cannot be written."""
    facts = {
        "device": profile.device,
        "batch": profile.batch,
        "steps_timed": profile.steps,
        "steps_per_s": profile.steps_per_s,
    }
    content = {"traceEvents": trace_events(profile, names), "displayTimeUnit": "ms", "otherData": facts}
    path.write_text(json.dumps(content), encoding="utf-8")


def _named(kind: str, thread: int, name: str) -> dict[str, Any]:
    return {"name": kind, "ph": "M", "pid": PROCESS, "tid": thread, "args": {"name": name}}
