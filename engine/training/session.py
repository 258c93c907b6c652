"""A network on a device with its data: steps, evaluations, predictions, snapshots. It knows no clock and no window."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import ClassVar

import numpy as np

from engine.compiler.lower import FROZEN, PARAMS, STATS, LoweringError
from engine.compiler.model import GRADS, REPORT, ModelCompiler
from engine.compiler.update import SLOT, initial_slots
from engine.data.bundle import DataBundle
from engine.devices.base import Device, Executable, Explains, ProfilesLater, Timing, Tries, Watch
from engine.graph.document import ModelGraph
from engine.optimizers.base import AVERAGE
from engine.program.costs import cost_of
from engine.program.program import Program, Storage
from engine.schedules.base import Run
from engine.tensor.spec import Array
from engine.training.adaptation import HostSide, adapt_weights
from engine.training.features import class_counts, feature_specs
from engine.training.feeding import Feeding, feeding_of
from engine.training.inference import EVALUATION_BATCH, GoOn, Inference, always, take
from engine.training.memory import BEST, MEMORY, read_memory
from engine.training.objectives import objectives_of
from engine.training.order import BatchOrder
from engine.training.pace import Pace
from engine.training.settings import TrainingSettings
from engine.training.sums import Figures


class Session:
    """One run's state on one device. Used by the device's thread only.

    Args:
        graph: without errors; it is read once.
        bundle: data; inputs and targets are copied to the device, or fed to it (`engine.training.feeding`).
        settings: batch size, optimizer, seed.
        device: stays open when the session is closed.
        states: to go on from instead of fresh weights (as a snapshot has them).
        step: that those states belong to.
        watch: sees how the device prepares the training step, and may end that by raising.
        staged: whether only the rows of the next steps are on the device at a time; None: where not all of them fit.
    """

    ordered: ClassVar[type[BatchOrder]] = BatchOrder  # how the order is made in which examples are seen

    def __init__(
        self,
        graph: ModelGraph,
        bundle: DataBundle,
        settings: TrainingSettings,
        device: Device,
        states: Mapping[str, Array] | None = None,
        step: int = 0,
        watch: Watch | None = None,
        staged: bool | None = None,
    ) -> None:
        self.graph = graph
        self.bundle = bundle
        self.settings = settings
        self.device = device
        self.step = step
        objectives = objectives_of(graph, bundle.spec, class_counts(bundle))
        self.compiler = ModelCompiler(graph, feature_specs(bundle.spec), objectives)
        self.batch = min(settings.batch_size, len(bundle.train))
        given = states or {}
        self.memory_of_run = read_memory(given.get(MEMORY))
        self._origin = self.memory_of_run.batches_of(step, self.batch)
        self.order = self.ordered(settings.seed, bundle.train, self.batch, self._origin)
        self.best = {n.removeprefix(BEST): a for n, a in given.items() if n.startswith(BEST)}
        self._set_pace()
        self._layout: dict[str, tuple[str, int, tuple[int, ...]]] = {}
        self.memory = device.memory()
        with ExitStack() as undone:  # whatever goes wrong, the device has its memory back
            undone.callback(self.memory.close)
            self._host = HostSide(self.compiler, bundle.inputs, bundle.train, states)
            self.inputs = self._host.inputs_of_data(bundle.inputs)
            self._feeding = self._fed(staged)
            undone.callback(self._feeding.close)
            program = self.compiler.train(settings.optimizer, self._feeding.rows, self.batch)
            self._state_names = tuple(program.named(Storage.STATE))
            self._given = given
            self.program = program
            for name, array in self._first_states().items():
                self.memory.write(name, array)
            self._train = self._made(watch)
            undone.pop_all()
        self._further: list[Executable] = []
        self._inference = Inference(device, self.compiler, self.memory, self._feeding)

    def _made(self, watch: Watch | None) -> Executable:
        """The training program, tried out where somebody watches; who does sees no progress meanwhile, but may end it."""
        last = (0, 0)

        def note(done: int, total: int) -> None:
            nonlocal last
            last = (done, total)
            assert watch is not None
            watch(done, total)

        made = self.device.compile(self.program, self.memory, note if watch else None)
        if watch is not None and isinstance(made, Tries):
            try:
                made.try_out(self._next_feeds(), lambda _done, _total: watch(*last))
            except BaseException:
                made.close()
                raise
        return made

    @property
    def how(self) -> str:
        """How the device runs the steps and why, as sentences; empty where it has one way only."""
        return self._train.explain() if isinstance(self._train, Explains) else ""

    def _first_states(self) -> dict[str, Array]:
        initial = self.compiler.initial(self.program, self.settings.optimizer, self.settings.seed)
        if not self._given:
            adapt_weights(self.compiler, self.inputs, self.bundle.train, initial)
            return initial
        return self._completed(initial, self._given)

    def _completed(self, initial: Mapping[str, Array], given: Mapping[str, Array]) -> dict[str, Array]:
        """Given states, and the start of those that are missing."""
        states = _resumed(initial, given)
        known = [n for n, a in given.items() if n in initial and a.size == initial[n].size]
        return states | initial_slots(self.program, self.settings.optimizer, states, known)

    def _fed(self, staged: bool | None) -> Feeding:
        own = self.ordered(
            self.settings.seed, self.bundle.train, self.batch, self._origin
        )  # its thread's alone
        return feeding_of(
            self.device.info, self.memory, self.bundle, self.inputs, own, self.batch, EVALUATION_BATCH, staged
        )

    @property
    def rows(self) -> int:
        """Of the tensors on the device that programs gather their batches from."""
        return self._feeding.rows

    @property
    def parameters(self) -> int:
        """Numbers in all weights."""
        return sum(w.member.spec.size for w in self.compiler.weights().values())

    @property
    def nbytes(self) -> int:
        """Bytes on the device."""
        return self.memory.nbytes + sum(p.nbytes for p in (self._train, *self._inference.executables))

    @property
    def multiply_adds(self) -> int:
        """Of a training step: those of products and convolutions."""
        return sum(cost_of(self.program, node).multiply_adds for node in self.program.nodes)

    # -- training ---------------------------------------------------------------------------------
    def advance(self, steps: int) -> None:
        """Run the next `steps` training steps."""
        for index in self._feeding.steps(self.step, steps):
            self._train.run(self._feeds(index), len(index))
            self.step += len(index)

    def compile(self, program: Program, watch: Watch | None = None) -> Executable:
        """A further program of this session's compiler on its memory; closed with the session, if not `free`d before."""
        executable = self.device.compile(program, self.memory, watch)
        self._further.append(executable)
        return executable

    def free(self, executable: Executable) -> None:
        """Close a program that `compile` made."""
        self._further.remove(executable)
        executable.close()

    def show_next_batch(self, executable: Executable) -> None:
        """Run another program of this session's compiler on what the next training step will be given."""
        executable.run(self._next_feeds(), 1)

    def is_profile_ready(self) -> bool:
        """Whether `profile` times each op by now; asking lets the device prepare that."""
        return not isinstance(self._train, ProfilesLater) or self._train.is_profile_ready()

    def profile(self) -> list[Timing]:
        """Run the next training step and time each of its ops; what is learned is what `advance` would learn."""
        timings = self._train.profile(self._next_feeds())
        self.step += 1
        return timings

    def feeds(self, steps: int) -> dict[str, Array]:
        """What the training program is given for the next `steps` steps, which lie along the first axis.

        Its rows are those of the data set, so all of them must be on the device.
        """
        return self._feeds(self.order.batches(self.step, steps))

    def _next_feeds(self) -> dict[str, Array]:
        """What the next training step is given."""
        (index,) = self._feeding.steps(self.step, 1)
        return self._feeds(index)

    def _feeds(self, index: Array) -> dict[str, Array]:
        """The same for rows (steps, batch) that are on the device."""
        steps = len(index)
        numbers = np.arange(self.step, self.step + steps, dtype=np.int32)
        return {
            "index": index,
            "step": numbers,
            "seed": np.full(steps, self.settings.seed, np.int32),
            "learning_rate": self.pace.rates(numbers),
            **self.settings.optimizer.feeds(numbers),
        }

    def report(self) -> dict[str, float]:
        """Loss and metrics of the steps since the last call; empty if there were none."""
        return self.compiler.layout.read(self.report_sums())

    def report_sums(self) -> Array:
        """What the steps since the last call summed up, float64; `compiler.layout` says what it means."""
        return take(self.memory, REPORT)

    def evaluate(self, rows: range, go_on: GoOn = always) -> dict[str, float]:
        """Loss and metrics over some rows, as `judge` finds them, that are one number each."""
        return self.judge(rows, go_on).values

    def foresee(self, judged: int, pictured: int) -> None:
        """Let the device compile, beside the steps, what so many rows will be judged and predicted with."""
        self._inference.foresee(judged, pictured)

    def judge(self, rows: range, go_on: GoOn = always) -> Figures:
        """Loss and metrics over some rows, in inference mode.

        Empty for no rows, and where `go_on`, asked before each batch, said no.
        """
        return self._inference.judge(rows, go_on)

    @property
    def figures(self) -> list[str]:
        """Names of the loss and the metrics that are reported."""
        return list(self.compiler.layout.read(np.ones(self.compiler.layout.size)))

    @property
    def learning_rate(self) -> float:
        """Of the next step."""
        return self.pace.rate(self.step)

    # -- predicting -------------------------------------------------------------------------------
    def predict_rows(self, rows: range, go_on: GoOn = always) -> dict[str, Array]:
        """Predictions for rows of the data set: `y0` .. with `len(rows)` rows; empty where `go_on` said no."""
        return self._inference.predict_rows(rows, go_on)

    def predict(
        self,
        name: str,
        inputs: Mapping[str, Array],
        taps: Sequence[tuple[str, str]] = (),
        go_on: GoOn = always,
    ) -> dict[str, Array]:
        """Predictions for other inputs (batch first), which are kept on the device under `name` between calls.

        Empty where `go_on`, asked before each batch, said no.
        """
        self.put(name, inputs)
        return self._inference.predict(name, len(next(iter(inputs.values()))), tuple(taps), go_on)

    def put(self, name: str, inputs: Mapping[str, Array]) -> None:
        """Keep inputs (batch first) on the device under `name`, as programs read them that are made for that prefix."""
        for feature, array in self.as_seen(inputs).items():
            self.memory.write(f"{name}/{feature}", array)

    def as_seen(self, inputs: Mapping[str, Array]) -> dict[str, Array]:
        """Inputs (batch first) as the device's part of the network reads them."""
        features = self.compiler.inputs
        return {
            feature: np.ascontiguousarray(array, features[feature].as_seen.dtype.numpy)
            for feature, array in self._host.inputs(inputs).items()
        }

    @property
    def outputs(self) -> int:
        """Number of predictions: `y0`, `y1` .."""
        return self._inference.outputs

    # -- states -----------------------------------------------------------------------------------
    def states(self) -> dict[str, Array]:
        """Copies of every state that the next step depends on."""
        device = {name: self.memory.read(name) for name in self._state_names if name not in (GRADS, REPORT)}
        return device | self._host.states()

    def beginning(self) -> dict[str, Array]:
        """The states that the session began with."""
        return self._of_program(self._first_states())

    def fresh(self) -> dict[str, Array]:
        """The states of a run that begins: the same seed gives the very same weights."""
        initial = self.compiler.initial(self.program, self.settings.optimizer, self.settings.seed)
        adapt_weights(self.compiler, self.inputs, self.bundle.train, initial)
        return self._of_program(initial) | self._host.states()

    def _of_program(self, states: Mapping[str, Array]) -> dict[str, Array]:
        return {name: states[name] for name in self._state_names if name not in (GRADS, REPORT)}

    @property
    def layout(self) -> dict[str, tuple[str, int, tuple[int, ...]]]:
        """Where each weight lies: arena, offset, shape."""
        if not self._layout:
            places = {name: w.member for name, w in self.compiler.weights().items()}
            self._layout = {name: (p.arena, p.offset, p.spec.shape) for name, p in places.items()}
        return self._layout

    def goes_on_from(self, states: Mapping[str, Array], step: int) -> bool:
        """Whether `go_to` would go on exactly from these states, which have this session's layout."""
        return read_memory(states.get(MEMORY)).batches_of(step, self.batch) == self._origin

    def go_to(self, states: Mapping[str, Array], step: int) -> None:
        """Go on from a point of this run as a session would that is made of these states.

        Args:
            states: as in a snapshot, of the same network; slots that are missing begin anew.
            step: that they belong to; `goes_on_from` said yes.
        """
        initial = self.compiler.initial(self.program, self.settings.optimizer, self.settings.seed)
        self._given = states
        self.restore(self._of_program(self._completed(initial, states)), step)
        self.memory_of_run = read_memory(states.get(MEMORY))
        self.memory_of_run.batches_of(step, self.batch)
        self.best = {n.removeprefix(BEST): a for n, a in states.items() if n.startswith(BEST)}
        self._set_pace()

    def retune(self, settings: TrainingSettings) -> None:
        """Take settings that ask for no other program: of the schedule, the learning rate, the end of the run."""
        self.settings = settings
        self._set_pace()

    def _set_pace(self) -> None:
        settings = self.settings
        run = Run(settings.optimizer.learning_rate, self.order.last_step(settings.epochs))
        self.pace = Pace(settings.schedule, run, self.memory_of_run)

    def restore(self, states: Mapping[str, Array], step: int) -> None:
        """Go on from these states as if nothing had happened since; what is not among them stays."""
        for name in self._state_names:
            if name in states:
                self.memory.write(name, states[name])
        self.step = step

    def learned(self) -> dict[str, Array]:
        """The arenas that training changes."""
        return self._arenas(PARAMS, STATS)

    def all_weights(self) -> dict[str, Array]:
        """Copies of the arenas of all weights, frozen ones included."""
        return self._arenas(PARAMS, STATS, FROZEN)

    def _arenas(self, *names: str) -> dict[str, Array]:
        return {name: self.memory.read(name) for name in names if name in self._state_names}

    def take_average(self) -> bool:
        """Make the moving averages the weights, as Keras does at the end; whether there are any."""
        if SLOT + AVERAGE not in self._state_names or not self.step:
            return False
        self.memory.write(PARAMS, self.memory.read(SLOT + AVERAGE))
        return True

    def weights(self) -> dict[str, Array]:
        """All weights by `<node>/<weight>`, as arrays of their shapes."""
        arenas = {w.member.arena for w in self.compiler.weights().values()}
        return self.weights_of({name: self.memory.read(name) for name in arenas})

    def weights_of(self, states: Mapping[str, Array]) -> dict[str, Array]:
        """All weights in these states by `<node>/<weight>`, as arrays of their shapes."""
        found: dict[str, Array] = {}
        for name, weight in self.compiler.weights().items():
            place = weight.member
            flat = states[place.arena][place.offset : place.offset + place.spec.size]
            found[name] = flat.reshape(place.spec.shape)
        return found

    def close(self) -> None:
        """Free everything of this session on the device."""
        for executable in (self._train, *self._inference.executables, *self._further):
            executable.close()
        self._feeding.close()
        self.memory.close()


def _resumed(initial: Mapping[str, Array], given: Mapping[str, Array]) -> dict[str, Array]:
    """The states to start from: given ones where there are any.

    Raises:
        LoweringError: they were made by another network.
    """
    states = dict(initial)
    for name, array in initial.items():
        if name not in given:
            continue
        if given[name].size == array.size:
            states[name] = given[name].reshape(array.shape)
        elif not name.startswith(SLOT):  # what another optimizer kept is of no use to this one
            raise LoweringError(
                f"The saved weights do not fit the network ({name} has {given[name].size} numbers, "
                f"{array.size} are needed); train it anew."
            )
    return states
