"""Studies in a real worker: learning rates and variants, told of while they go on, ended at once."""

from __future__ import annotations

from typing import cast

from engine.data.load import load
from engine.devices.base import DeviceInfo
from engine.graph.document import Node
from engine.training.choose import DevicePool
from engine.training.many.reports import ManyEnded, ManyProgress, ManyStarted, ManyTaken
from engine.training.reports import Cancelled, Ended, Failed
from engine.training.settings import TrainingSettings
from engine.training.studies import RatesTried
from engine.worker.messages import ManyJob, RatesJob, Stop, Take
from engine.worker.studies import device_for
from tests.engine.training.networks import XOR, settings, two_layer
from tests.engine.worker.conftest import Watched, job

NODES, EDGES, _ = two_layer().snapshot()


def _many(number: int, training: list[TrainingSettings]) -> ManyJob:
    return ManyJob(number, ((NODES, EDGES),), tuple((0, t) for t in training), XOR)


def test_rates_are_tried_one_is_suggested_and_a_stopped_search_says_so(worker: Watched) -> None:
    worker.client.send(RatesJob(3, NODES, EDGES, XOR, settings()))
    (tried,) = worker.wait(lambda: [r for r in worker.reports(RatesTried, 3) if r.over], "the end")
    rates = [t.rate for t in tried.tried]
    assert rates == sorted(rates)
    assert tried.suggested is not None
    assert rates[0] < tried.suggested < rates[-1]
    worker.client.send(RatesJob(4, NODES, EDGES, XOR, settings()))
    worker.client.send(Stop())
    worker.report(Cancelled, 4)


def test_variants_are_told_of_can_be_taken_and_end_at_once(worker: Watched) -> None:
    worker.client.send(_many(5, [settings(epochs=100_000, seed=seed) for seed in range(4)]))
    assert worker.report(ManyStarted, 5).variants == 4
    assert len(worker.report(ManyProgress, 5).losses) == 4
    worker.client.send(Take(2))
    taken = worker.report(ManyTaken, 5)
    assert taken.variant == 2
    assert "params" in taken.snapshot.states
    worker.client.send(Stop())
    assert worker.report(ManyEnded, 5).reason == "stopped"


def test_a_run_goes_before_a_study_and_what_cannot_be_studied_gets_a_sentence(worker: Watched) -> None:
    worker.client.send(_many(5, [settings(epochs=100_000)]))
    worker.report(ManyProgress, 5)
    worker.client.send(job(6, training=settings(epochs=3)))
    assert worker.report(ManyEnded, 5).reason == "stopped"
    assert worker.report(Ended, 6).reason == "done"
    broken: tuple[Node, ...] = NODES[:-1]
    worker.client.send(RatesJob(7, broken, (), XOR, settings()))
    assert worker.report(Failed, 7).sentence
    nowhere = XOR.model_copy(update={"dataset": "none"})
    worker.client.send(ManyJob(8, ((NODES, EDGES),), ((0, settings()),), nowhere))
    assert worker.report(Failed, 8).sentence


class _Pool:
    """Says which device was taken."""

    def infos(self) -> list[DeviceInfo]:
        return [DeviceInfo("cpu", "a processor"), DeviceInfo("gl", "a GPU", tensor_bytes=2_000)]

    def get(self, kind: str) -> str:
        return kind


def test_variants_train_where_all_rows_have_room() -> None:
    few, many = (load(XOR.model_copy(update={"options": {"samples": n}})) for n in (100, 1_000))
    pool = cast(DevicePool, _Pool())
    automatic = settings().model_copy(update={"device": "auto"})
    taken: list[object] = [device_for(pool, automatic, bundle) for bundle in (few, many)]
    assert taken == ["gl", "cpu"]
