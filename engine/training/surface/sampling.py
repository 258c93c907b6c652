"""The loss at many points of a plane in one launch.

The program evaluates the network with the weights of now, and then moves them to the next point: so a launch of a thousand
steps is a thousand points, and the loss of each lands in a slot of its own.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from engine.compiler.lower import PARAMS
from engine.compiler.model import DATA, ModelCompiler
from engine.data.bundle import DataBundle
from engine.devices.base import Device, Watch
from engine.graph.document import ModelGraph
from engine.ops import elementwise as ew
from engine.program.program import Program, Storage
from engine.tensor.spec import Array, DType, TensorSpec
from engine.training.adaptation import HostSide
from engine.training.features import class_counts, feature_specs
from engine.training.objectives import objectives_of
from engine.training.surface.plane import NO_WEIGHTS, Extent, NoPlaneError, Plane, around

SLOTS = 512  # points in a launch, at most
MOST_ROWS = 2048  # of the training part that the loss is taken over
BATCH = 256
MOST_WIDER = 20.0  # times: what is farther away is not looked for
LAUNCH_TIME = 0.05  # seconds
SIDES = (9, 17, 33, 65)  # points along each side, each grid with the points of the one before
CENTER, FIRST, SECOND, LOSSES = "surface/center", "surface/first", "surface/second", "surface/losses"
NOWHERE = "The loss is no number anywhere here: the weights are broken. Go back to a moment before, or lower the rate."
GoOn = Callable[[], bool]


@dataclass(frozen=True, eq=False)
class Surface:
    """The loss over a part of a plane.

    Attributes:
        extent: of the part.
        losses: float64 (side, side), row 0 at the lowest second coordinate; not finite where the network gave no number.
        share: of the finest grid that is known by now.
    """

    extent: Extent
    losses: Array
    share: float

    @property
    def sentence(self) -> str:
        """What is wrong with it; "" if there is something to draw."""
        broken = float(np.mean(~np.isfinite(self.losses)))
        if broken == 1.0:
            return NOWHERE
        if broken > 0.0:
            return f"At {100 * broken:.0f} % of the points the loss is no number; they are left empty."
        return ""

    def height(self, x: float, y: float) -> float:
        """The loss at a point, between the points of the grid; NaN outside."""
        x0, x1, y0, y1 = self.extent
        side = len(self.losses) - 1
        u, v = (x - x0) / (x1 - x0) * side, (y - y0) / (y1 - y0) * side
        if not (0.0 <= u <= side and 0.0 <= v <= side):
            return float("nan")
        i, j = min(int(u), side - 1), min(int(v), side - 1)
        a, b = u - i, v - j
        g = self.losses
        low = (1 - a) * g[j, i] + a * g[j, i + 1]
        high = (1 - a) * g[j + 1, i] + a * g[j + 1, i + 1]
        return float((1 - b) * low + b * high)


class Sampler:
    """Losses of one network at points of a plane. Used by one thread.

    Args:
        graph: without errors.
        bundle: its data; the loss is that of the first rows of the training part, all of them where they are few.
        device: stays open.
        plane: of its weights.
        states: the other states of the network, as in a snapshot.
        watch: may end the preparation by raising.

    Raises:
        NoPlaneError: nothing is trained.
        LoweringError: the network cannot be trained as it is.
    """

    def __init__(
        self,
        graph: ModelGraph,
        bundle: DataBundle,
        device: Device,
        plane: Plane,
        states: Mapping[str, Array],
        watch: Watch | None = None,
    ) -> None:
        self._plane = plane
        compiler = ModelCompiler(
            graph, feature_specs(bundle.spec), objectives_of(graph, bundle.spec, class_counts(bundle))
        )
        host = HostSide(compiler, bundle.inputs, bundle.train, states)
        part = slice(bundle.train.start, bundle.train.start + min(len(bundle.train), MOST_ROWS))
        arrays = host.inputs({n: np.asarray(a[part]) for n, a in bundle.inputs.items()})
        arrays |= {n: np.asarray(a[part]) for n, a in {**bundle.targets, **bundle.weights}.items()}
        rows = part.stop - part.start
        count = -(-rows // BATCH)
        while rows % count:  # equal batches, so that the mean of their losses is the mean of all
            count += 1
        self.rows, self._batch = rows, rows // count
        program = _program(compiler, rows, self._batch)
        self._memory = device.memory()
        for name, array in arrays.items():
            self._memory.write(f"{DATA}/{name}", array)
        own = {PARAMS: plane.center, CENTER: plane.center, FIRST: plane.first, SECOND: plane.second}
        for name, value in program.named(Storage.STATE).items():
            given = own.get(name, states.get(name))
            array = np.zeros(value.spec.shape, np.float32) if given is None else given
            self._memory.write(name, np.ascontiguousarray(array))
        try:
            self._executable = device.compile(program, self._memory, watch)
        except BaseException:
            self._memory.close()
            raise
        self._chunk = 1
        self.judged = 0  # points so far

    def losses(self, points: Array, go_on: GoOn | None = None) -> Array:
        """The loss at points (n, 2): float64 (n,); fewer where `go_on`, asked between launches, said no."""
        found: list[Array] = []
        done = 0
        while done < len(points) and (go_on is None or go_on()):
            begun = time.perf_counter()
            part = points[done : done + self._chunk]
            found.append(self._launch(part))
            done += len(part)
            self.judged += len(part)
            took = time.perf_counter() - begun
            if len(part) == self._chunk:
                ideal = int(self._chunk * LAUNCH_TIME / max(took, 1e-6))
                self._chunk = max(1, min(ideal, 4 * self._chunk, SLOTS))
        return np.concatenate(found) if found else np.zeros(0)

    def _launch(self, points: Array) -> Array:
        batches = self.rows // self._batch
        steps = 1 + len(points) * batches
        # a step judges the point that the one before went to; the first only goes
        slot = np.repeat(np.arange(len(points)), batches)
        towards = np.append(slot, len(points) - 1)
        index = np.tile(np.arange(self.rows, dtype=np.int32).reshape(batches, self._batch), (len(points), 1))
        self._memory.write(LOSSES, np.zeros(SLOTS, np.float32))
        zero = np.zeros(steps, np.int32)
        feeds = {
            "index": np.concatenate([index[:1], index]),
            "step": zero,
            "seed": zero,
            "x": points[towards, 0].astype(np.float32),
            "y": points[towards, 1].astype(np.float32),
            "slot": np.concatenate([[-1.0], slot]).astype(np.float32),
        }
        self._executable.run(feeds, steps)
        sums: Array = self._memory.read(LOSSES)[: len(points)].astype(np.float64)
        return sums / batches

    def refined(
        self, extent: Extent, go_on: GoOn, finest: int = SIDES[-1], longest: float = math.inf
    ) -> Iterator[Surface]:
        """The surface over a part of the plane, coarse at first and then finer; ends where `go_on` says no.

        Args:
            extent: of the part.
            go_on: asked before each launch.
            finest: points along each side, in the end.
            longest: seconds that the next grid may take, as far as can be told.
        """
        before: Array | None = None
        seconds, points = 0.0, 1
        for side in (s for s in SIDES if s <= finest):
            xs, ys = np.linspace(*extent[:2], side), np.linspace(*extent[2:], side)
            grid = np.stack(np.meshgrid(xs, ys), axis=-1)
            losses = np.full((side, side), np.nan)
            new = np.ones((side, side), bool)
            if before is not None:
                losses[::2, ::2], new[::2, ::2] = before, False
            if before is not None and seconds / points * int(new.sum()) > longest:
                return
            begun = time.perf_counter()
            found = self.losses(grid[new], go_on)
            if len(found) < int(new.sum()):
                return
            seconds, points = time.perf_counter() - begun, len(found)
            losses[new] = found
            before = losses
            yield Surface(extent, losses, (side / finest) ** 2)

    def widened(self, extent: Extent) -> Extent:
        """The rectangle, made large enough for the lowest point of the bowl that the loss is, where it is one."""
        x0, x1, y0, y1 = extent
        middle, half = ((x0 + x1) / 2, (y0 + y1) / 2), ((x1 - x0) / 2, (y1 - y0) / 2)
        unit = np.array([(i, j) for i in (-1.0, 0.0, 1.0) for j in (-1.0, 0.0, 1.0)])
        losses = self.losses(unit * half + middle)
        if not np.isfinite(losses).all():
            return extent
        u, v = unit.T
        terms = np.stack([np.ones(9), u, v, u * u, u * v, v * v], axis=1)
        _, bu, bv, uu, uv, vv = np.linalg.lstsq(terms, losses, rcond=None)[0]
        if not (uu > 0.0 and 4 * uu * vv > 1.01 * uv * uv):
            return extent
        lowest = np.linalg.solve([[2 * uu, uv], [uv, 2 * vv]], [-bu, -bv])
        lowest = np.clip(lowest, -MOST_WIDER, MOST_WIDER) * half + middle
        inner = [(middle[0] + i * half[0] / 2, middle[1] + j * half[1] / 2) for i in (-1, 1) for j in (-1, 1)]
        return around([*inner, (float(lowest[0]), float(lowest[1]))])

    def close(self) -> None:
        """Free everything on the device."""
        self._executable.close()
        self._memory.close()


def _program(compiler: ModelCompiler, rows: int, batch: int) -> Program:
    forward, loss = compiler.begun(rows, batch)
    builder = forward.builder
    if not any(w.trainable for w in forward.weights.values()):
        raise NoPlaneError(NO_WEIGHTS)
    params = builder.seal(PARAMS)
    scalar = TensorSpec(())
    center, first, second = (builder.state(name, params.spec) for name in (CENTER, FIRST, SECOND))
    builder.update(params, center + first * builder.feed("x", scalar) + second * builder.feed("y", scalar))
    losses = builder.state(LOSSES, TensorSpec((SLOTS,)))
    places = builder.constant(np.arange(SLOTS, dtype=np.float32), DType.FLOAT32)
    here = ew.equal(places, builder.feed("slot", scalar))
    builder.update(losses, ew.where(here, losses + loss, losses))
    return builder.finish()
