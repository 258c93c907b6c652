"""What a worker does beside training a network for keeps: looks for a learning rate, trains variants side by side.

A study works on copies: no run is touched by it. It ends when it is done, when it is stopped, or when another job comes.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from engine.data.bundle import DataBundle
from engine.devices.base import Device, Interrupted
from engine.graph.document import ModelGraph
from engine.training.beat import REPORT_INTERVAL
from engine.training.choose import CPU, DevicePool, choose
from engine.training.doctor.finder import STEPS, Tried, suggested, try_rates
from engine.training.feeding import fits
from engine.training.many.reports import ManyProgress
from engine.training.many.run import Many
from engine.training.reports import Cancelled, Report
from engine.training.session import Session
from engine.training.settings import TrainingSettings
from engine.training.studies import RatesTried
from engine.training.sweep import Variant
from engine.worker.messages import ManyJob, RatesJob

Tell = Callable[[Report], None]
GoOn = Callable[[], bool]
GL = "gl"


def find_rate(job: RatesJob, bundle: DataBundle, pool: DevicePool, tell: Tell, go_on: GoOn) -> None:
    """Try growing learning rates on a copy of the network, and say what its loss did."""
    watch = _ending(go_on)
    graph = ModelGraph(job.nodes, job.edges)
    device, _ = choose(pool, graph, bundle, job.training, patient=False, watch=watch)
    session = Session(graph, bundle, job.training, device, job.states, job.step, watch)
    tried: list[Tried] = []
    told = time.monotonic()
    try:
        for one in try_rates(session, go_on=go_on):
            tried.append(one)
            if time.monotonic() - told >= REPORT_INTERVAL:
                told = time.monotonic()
                tell(RatesTried(tuple(tried), STEPS))
    finally:
        session.close()
    tell(RatesTried(tuple(tried), STEPS, suggested(tried), over=True) if go_on() else Cancelled())


def train_many(
    job: ManyJob,
    bundle: DataBundle,
    pool: DevicePool,
    tell: Tell,
    go_on: GoOn,
    wanted: Callable[[], Sequence[int]],
    stays: GoOn,
) -> None:
    """Train variants side by side, and tell of all of them; each can be had as long as somebody `stays`."""
    graphs = [ModelGraph(nodes, edges) for nodes, edges in job.networks]
    variants = [Variant(graphs[network], training) for network, training in job.variants]
    device = device_for(pool, variants[0].settings, bundle)
    if not go_on():
        raise Interrupted
    many = Many(variants, bundle, device, go_on, wanted, stays)
    for report in many.run():
        if isinstance(report, ManyProgress) and not go_on():
            continue
        tell(report)


def device_for(pool: DevicePool, settings: TrainingSettings, bundle: DataBundle) -> Device:
    """Where many variants train: on a GPU if there is one, where all of them go into one launch.

    OpenGL in software shares the processor's cores with everybody else: there variants train faster on the processor,
    one after the other (64 of the spiral: 2,460 steps a second each, and 1,000 in one launch of llvmpipe on two cores).
    Variants share the rows, so all of them must lie on the device: data that is larger is trained on where it lies.
    """
    if settings.device != "auto":
        return pool.get(settings.device)
    gpus = [info for info in pool.infos() if info.kind == GL and not info.software]
    arrays = {**bundle.inputs, **bundle.targets, **bundle.weights}
    return pool.get(GL if gpus and fits(gpus[0], arrays) else CPU)


def _ending(go_on: GoOn) -> Callable[[int, int], None]:
    def watch(_done: int, _total: int) -> None:
        if not go_on():
            raise Interrupted

    return watch
