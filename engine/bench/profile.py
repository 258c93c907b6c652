"""Where the time of a workload's training step goes."""

from __future__ import annotations

from dataclasses import replace

from engine.bench.run import task
from engine.bench.workloads import NETWORKS
from engine.profiling.peaks import peaks_of
from engine.profiling.profile import Profile
from engine.training.choose import DevicePool, choose
from engine.training.profiles import profile_steps
from engine.training.session import Session
from engine.training.settings import DeviceChoice


def profile(workload: str, device: DeviceChoice, pool: DevicePool) -> tuple[Profile, dict[str, str]]:
    """The profile of a network's training step, and the names of its layers by node.

    Raises:
        DeviceError: there is no such device.
    """
    graph, data, settings = task(NETWORKS[workload], device)
    opened, _ = choose(pool, graph, data, settings)
    session = Session(graph, data, settings, opened)
    try:
        found = profile_steps(session)
    finally:
        session.close()
    return replace(found, peaks=peaks_of(opened)), {node.id: node.name for node in graph.nodes.values()}
