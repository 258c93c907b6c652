"""Trains one small network on the cpu device and as one shader, from the same states over the same batches."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from engine.data.bundle import DataBundle, Feature, TaskKind
from engine.devices.base import Executable
from engine.devices.registry import open_device
from engine.graph.document import ModelGraph
from engine.graph.sequence import build_sequential
from engine.layers.base import Layer
from engine.layers.registry import layers
from engine.program.program import Program, Storage
from engine.tensor.spec import Array, DType
from engine.training.session import Session
from engine.training.settings import TrainingSettings
from gl_kernels.device import GlDevice
from gl_kernels.memory import GlMemory
from gl_kernels.whole.choice import bounds_of, whole_step
from gl_kernels.whole.executable import WholeExecutable
from gl_kernels.whole.fused import Bounds, Fused
from gl_kernels.whole.looped import generate_loops
from gl_kernels.whole.prepare import Prepared, prepare

ROWS = 96
TOPICS = ("sea", "hill", "town")


def layer(name: str, **settings: object) -> Layer:
    """A layer by its type's name."""
    return layers()[name](**settings)


def network(*between: Layer, loss: str = "auto") -> ModelGraph:
    """Input, some layers, target."""
    return build_sequential([layer("Input"), *between, layer("Target", loss=loss)])


def numbers(*shape: int, outputs: int = 1) -> DataBundle:
    """Something to regress."""
    rng = np.random.default_rng(5)
    x = rng.standard_normal((ROWS, *shape)).astype(np.float32)
    y = np.tanh(x.reshape(ROWS, -1)[:, :1] * np.arange(1, outputs + 1)).astype(np.float32)
    features = {"x": Feature("x", "numeric", shape), "y": Feature("y", "numeric", (outputs,))}
    return _bundle(x, y, features, TaskKind.REGRESSION)


def classes(*shape: int, count: int = 3) -> DataBundle:
    """Something to classify."""
    rng = np.random.default_rng(6)
    x = rng.standard_normal((ROWS, *shape)).astype(np.float32)
    y = (np.abs(x.reshape(ROWS, -1)[:, 0] * 2.0).astype(np.int32)) % count
    names = tuple(map(str, range(count)))
    features = {
        "x": Feature("x", "numeric", shape),
        "y": Feature("y", "category", (), DType.INT32, class_names=names),
    }
    return _bundle(x, y, features, TaskKind.BINARY if count == 2 else TaskKind.MULTICLASS)


def words(length: int, vocabulary: int, count: int = 3) -> DataBundle:
    """Sequences of word numbers to classify."""
    rng = np.random.default_rng(7)
    x = rng.integers(0, vocabulary, (ROWS, length)).astype(np.int32)
    y = (x.sum(axis=1) % count).astype(np.int32)
    names = tuple(map(str, range(count)))
    features = {
        "x": Feature("x", "index", (length,), DType.INT32),
        "y": Feature("y", "category", (), DType.INT32, class_names=names),
    }
    return _bundle(x, y, features, TaskKind.MULTICLASS)


def lines(count: int = 3) -> DataBundle:
    """Short texts to classify."""
    rng = np.random.default_rng(8)
    kinds = rng.integers(0, count, ROWS)
    x = np.array([[" ".join(rng.permutation(["sun", "rain", TOPICS[k]]))] for k in kinds], dtype=object)
    names = tuple(map(str, range(count)))
    features = {
        "x": Feature("x", "text", (1,), DType.STRING, column_names=("line",)),
        "y": Feature("y", "category", (), DType.INT32, class_names=names),
    }
    return _bundle(x.astype(DType.STRING.numpy), kinds.astype(np.int32), features, TaskKind.MULTICLASS)


def _bundle(x: Array, y: Array, features: dict[str, Feature], task: TaskKind) -> DataBundle:
    none = range(ROWS, ROWS)
    return DataBundle({"x": x}, {"y": y}, features, task, range(ROWS), none, none, {})


def of_any_length(device: GlDevice) -> Bounds:
    """What the device offers, however long the driver takes to compile it."""
    return replace(bounds_of(device.context), loop_statements=1 << 30)


@dataclass(frozen=True)
class Trained:
    """States and figures after some steps."""

    states: dict[str, Array]
    loss: float


def train_whole(
    device: GlDevice,
    graph: ModelGraph,
    data: DataBundle,
    settings: TrainingSettings,
    portions: Sequence[int],
    bounds: Bounds | None = None,
) -> Trained:
    """As one shader, whatever would be chosen; the steps in these portions."""
    most = bounds or of_any_length(device)
    return _train(device, graph, data, settings, portions, lambda program: whole_step(program, most))


def train_loops(
    device: GlDevice,
    graph: ModelGraph,
    data: DataBundle,
    settings: TrainingSettings,
    portions: Sequence[int],
    bounds: Bounds | None = None,
) -> Trained:
    """As one shader that is written as loops."""

    def make(program: Program) -> tuple[Prepared, Fused]:
        prepared = prepare(program)
        return prepared, generate_loops(prepared, bounds or of_any_length(device))

    return _train(device, graph, data, settings, portions, make)


def _train(
    device: GlDevice,
    graph: ModelGraph,
    data: DataBundle,
    settings: TrainingSettings,
    portions: Sequence[int],
    make: Callable[[Program], tuple[Prepared, Fused]],
) -> Trained:
    cpu = open_device("cpu")
    session = Session(graph, data, settings, cpu)
    prepared, fused = make(session.program)
    memory = _memory(device, session)
    executable = WholeExecutable(device.context, device.programs, prepared, fused, memory)
    return _run(session, memory, executable, portions)


def train_unfused(
    device: GlDevice, graph: ModelGraph, data: DataBundle, settings: TrainingSettings, steps: int
) -> Trained:
    """On the gl device, one launch after the other."""
    cpu = open_device("cpu")
    session = Session(graph, data, settings, cpu)
    memory = _memory(device, session)
    return _run(session, memory, device.compile_ordinary(session.program, memory), [steps])


def _memory(device: GlDevice, session: Session) -> GlMemory:
    """What the session's own memory holds."""
    memory = device.memory()
    for name in (*session.program.named(Storage.DATA), *session.program.named(Storage.STATE)):
        memory.write(name, session.memory.read(name))
    return memory


def _run(session: Session, memory: GlMemory, executable: Executable, portions: Sequence[int]) -> Trained:
    for steps in portions:
        executable.run(session.feeds(steps), steps)
        session.step += steps
    states = {name: memory.read(name) for name in session.program.named(Storage.STATE)}
    loss = float(executable.output("loss"))
    executable.close()
    memory.close()
    session.close()
    session.device.close()
    return Trained(states, loss)


def train_cpu(graph: ModelGraph, data: DataBundle, settings: TrainingSettings, steps: int) -> Trained:
    """On the cpu device."""
    cpu = open_device("cpu")
    session = Session(graph, data, settings, cpu)
    session.advance(steps)
    states = {name: session.memory.read(name) for name in session.program.named(Storage.STATE)}
    loss = session.report()["loss"]
    session.close()
    cpu.close()
    return Trained(states, loss)
