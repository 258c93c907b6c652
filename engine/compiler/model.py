"""The programs of a model: a whole training step, an evaluation step, a prediction, over the same states.

One `Program` holds gather, forward, loss, backward, update and metrics; nothing of a step happens on the host.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from functools import cached_property

import numpy as np

from engine.compiler.checkup import Output, add_signs, units_of
from engine.compiler.differentiate import differentiate
from engine.compiler.inspect import Inner, inner_values
from engine.compiler.link import pending, split
from engine.compiler.losses import Judged, Objective, ReportLayout, batch_loss, judge, report, total_loss
from engine.compiler.lower import Forward, LoweringError, Weight, gather, lower, nodes_in_order
from engine.compiler.update import GRADS, initial_slots, optimize, update_statistics
from engine.graph.document import ModelGraph
from engine.graph.effective import effective
from engine.graph.features import FeatureSpec
from engine.graph.hosting import FEATURE, hosted
from engine.layers.base import Adapt, Role
from engine.objectives.loss import Link
from engine.ops.functions import mean, total
from engine.ops.op import Tensor
from engine.optimizers.base import Optimizer
from engine.program.builder import ProgramBuilder
from engine.program.garbage import all_stays
from engine.program.program import Program, Storage
from engine.tensor.spec import Array, DType, ShapeError, TensorSpec

DATA = "data"  # prefix of the data set's features
REPORT = "report"
EVALUATION = "evaluation"
__all__ = ["DATA", "EVALUATION", "GRADS", "REPORT", "ModelCompiler", "Objective", "ReportLayout"]


class ModelCompiler:
    """Makes the programs of one graph on one kind of data.

    Bypassed nodes and layers that run on the host are taken out (`effective`, `hosting`); `graph`, `features` and `inputs`
    are those of the rest.

    Args:
        graph: a graph without errors.
        features: everything the data has, inputs and targets, by name.
        objectives: one per target node.
    """

    def __init__(
        self, graph: ModelGraph, features: Mapping[str, FeatureSpec], objectives: Sequence[Objective]
    ) -> None:
        try:
            self.hosting = hosted(effective(graph), features)
        except ShapeError as error:
            raise LoweringError(str(error)) from error
        self.graph = self.hosting.graph
        self.features = self.hosting.features
        self.objectives = tuple(objectives)
        self.layout = ReportLayout((), 2)  # known once a program that reports was made
        read = {getattr(n.layer, FEATURE) for n in self.graph.nodes.values() if n.role is Role.SOURCE}
        targets = {o.target for o in objectives} - read  # what an autoencoder is to give is what it reads
        self.inputs = {n: f for n, f in self.features.items() if n not in targets}

    # -- programs ---------------------------------------------------------------------------------
    @all_stays()
    def train(self, optimizer: Optimizer, rows: int, batch: int) -> Program:
        """One optimizer step on the rows `index` (batch,); feeds `step`, `learning_rate` and `seed` beside it."""
        builder = ProgramBuilder("train")
        forward, parts = self._judged(builder, rows, batch)
        self.layout = report(builder, forward, parts, None, REPORT)
        loss = total_loss(parts, forward)
        optimize(builder, forward, loss, optimizer)
        update_statistics(builder, forward)
        builder.output("loss", loss)
        return builder.finish()

    @all_stays()
    def evaluate(self, rows: int, batch: int) -> Program:
        """Adds the sums of loss and metrics over the rows `index`, each times `sample_weight`, to `evaluation`."""
        builder = ProgramBuilder("evaluate")
        present = builder.feed("sample_weight", TensorSpec((batch,)))
        forward, parts = self._judged(builder, rows, batch, present)
        self.layout = report(builder, forward, parts, present, EVALUATION)
        return builder.finish()

    def predict(
        self, rows: int, batch: int, prefix: str = DATA, taps: Sequence[tuple[str, str]] = ()
    ) -> Program:
        """Outputs `y0`, `y1` .. (one per target node, or per free output) and `<node>/<port>` for each tap.

        The inputs are rows of `<prefix>/<feature>`: of the data set as stored, or, under another prefix, of arrays as
        the network sees them.

        Raises:
            LoweringError: the network does not have what is tapped.
        """
        builder = ProgramBuilder("predict")
        index = builder.feed("index", TensorSpec((batch,), DType.INT32))
        features = self.inputs if prefix == DATA else {n: f.as_seen for n, f in self.inputs.items()}
        forward = lower(self.graph, builder, gather(builder, features, prefix, rows, index), training=False)
        for k, prediction in enumerate(self._predictions(forward)):
            builder.output(f"y{k}", prediction)
        for node, port in taps:
            if (node, port) not in forward.tensors:
                raise LoweringError(
                    f"The network that trains has no layer {node} with {port}. Choose another layer."
                )
            builder.output(f"{node}/{port}", forward.tensors[node, port])
        return builder.finish()

    def inspect(
        self, prefix: str, nodes: Sequence[str], rows: int = 1, *, closely: bool = False
    ) -> tuple[Program, dict[str, Inner]]:
        """The network on examples, `<prefix>/<feature>` as it sees them, with what is inside some of its nodes.

        Outputs `output/<node>/<port>`, `attention/<node>/<k>` and `state/<node>/<k>` for what the second result has.
        """
        builder = ProgramBuilder("inspect")
        index = builder.feed("index", TensorSpec((rows,), DType.INT32))
        features = {n: f.as_seen for n, f in self.inputs.items()}
        forward = lower(self.graph, builder, gather(builder, features, prefix, rows, index), training=False)
        found = {}
        for node in nodes:
            inner = found[node] = inner_values(builder, node, closely=closely)
            for (owner, port), tensor in forward.tensors.items():
                if owner == node:
                    builder.output(f"output/{node}/{port}", tensor)
            states = tuple(tensor for _, tensor in inner.states)
            for kind, tensors in (("attention", inner.attention), ("state", states)):
                for k, tensor in enumerate(tensors):
                    builder.output(f"{kind}/{node}/{k}", tensor)
        return builder.finish(), found

    def ascend(self, prefix: str, tap: tuple[str, str], feature: str, count: int) -> Program:
        """How inputs would have to change so that units of an output get larger.

        Reads `count` examples under a prefix, as the network sees them, and `chosen` (count, units), 1 for the unit of
        each; gives `value` (count,), its mean over all places, and `gradient`, of the shape of the feature.
        """
        builder = ProgramBuilder("ascend")
        index = builder.feed("index", TensorSpec((count,), DType.INT32))
        features = gather(builder, {n: f.as_seen for n, f in self.inputs.items()}, prefix, count, index)
        forward = lower(self.graph, builder, features, training=False)
        output = forward.tensors[tap]
        chosen = builder.feed("chosen", TensorSpec((count, output.shape[-1])))
        places = tuple(range(1, len(output.shape) - 1))
        value = total((mean(output, axis=places) if places else output) * chosen, axis=1)
        (gradient,) = differentiate(builder, total(value), [features[feature]])
        builder.output("value", value)
        builder.output("gradient", gradient)
        return builder.finish()

    def ascent_width(self, tap: tuple[str, str]) -> int:
        """Numbers along the last axis of an output."""
        return self._forward_only().tensors[tap].shape[-1]

    def begun(self, rows: int, batch: int) -> tuple[Forward, Tensor]:
        """The network in inference mode on the rows `index` (batch,), and its loss: a program that can be added to."""
        builder = ProgramBuilder("look")
        index = builder.feed("index", TensorSpec((batch,), DType.INT32))
        weights = dict(o.sample_weight for o in self.objectives if o.sample_weight is not None)
        features = gather(builder, {**self.features, **weights}, DATA, rows, index)
        forward = lower(self.graph, builder, features, training=False)
        return forward, total_loss(judge(forward, self.objectives, features), forward)

    def examine(self, batch: int) -> Program:
        """A training step with nothing updated and everything to see, in the order in which it is computed.

        Outputs `output/<node>/<port>`, `loss/<node>` (the sum over the batch), `total`, then
        `gradient/<node>/<weight>` from the last weight to the first.
        """
        builder = ProgramBuilder("examine")
        forward, parts = self._judged(builder, batch, batch)
        for (node, port), tensor in forward.tensors.items():
            builder.output(f"output/{node}/{port}", tensor)
        for part in parts:
            builder.output(f"loss/{part.objective.node}", batch_loss(part) * float(batch))
        loss = total_loss(parts, forward)
        builder.output("total", loss * float(batch))
        trained = [name for name, weight in forward.weights.items() if weight.trainable][::-1]
        grads = differentiate(builder, loss, [forward.handles[name] for name in trained])
        for name, grad in zip(trained, grads, strict=True):
            builder.output(f"gradient/{name}", grad)
        return builder.finish()

    def dissect(self, rows: int, batch: int) -> Program:
        """A training step with nothing updated that shows what flows in the wires, forwards and backwards.

        Fed as `train`. Outputs `loss`, `output/<node>/<port>` for everything that layers give, and, where those are no
        whole numbers, `slope/<node>/<port>`: the loss's gradient with respect to them.
        """
        builder = ProgramBuilder("dissect")
        forward, parts = self._judged(builder, rows, batch)
        loss = total_loss(parts, forward)
        for (node, port), tensor in forward.tensors.items():
            builder.output(f"output/{node}/{port}", tensor)
        sloped = [key for key, tensor in forward.tensors.items() if tensor.dtype is DType.FLOAT32]
        slopes = differentiate(builder, loss, [forward.tensors[key] for key in sloped])
        for (node, port), slope in zip(sloped, slopes, strict=True):
            builder.output(f"slope/{node}/{port}", slope)
        builder.output("loss", loss)
        return builder.finish()

    def checkup(self, rows: int, batch: int) -> tuple[Program, dict[Output, int]]:
        """A training step with nothing updated that says how its layers do, as `read_signs` reads it.

        Fed as `train`; gives the measured outputs of layers, each with the numbers along its last axis, too.
        """
        builder = ProgramBuilder("checkup")
        forward, parts = self._judged(builder, rows, batch)
        add_signs(builder, self.graph, forward, total_loss(parts, forward))
        return builder.finish(), units_of(self.graph, forward)

    # -- states -----------------------------------------------------------------------------------
    def weights(self) -> Mapping[str, Weight]:
        """All weights with their places, in the order in which the layers make them."""
        return self._places[0]

    def adapted(self) -> Mapping[str, Adapt]:
        """What layers learn from the data before training, by the beginning of their weights' names."""
        return self._places[1]

    @cached_property
    def _places(self) -> tuple[Mapping[str, Weight], Mapping[str, Adapt]]:
        forward = self._forward_only()
        return forward.weights, {place: adapt for place, (adapt, _) in forward.adapted.items()}

    def tables(self) -> tuple[str, ...]:
        """What layers on the host learn, by `<node>/<table>`."""
        return tuple(
            dict.fromkeys(f"{n.owner}/{name}" for n in self.hosting.nodes for name in n.layer.tables)
        )

    def arena_sizes(self) -> dict[str, int]:
        """Elements of the flat states that the weights lie in."""
        program = self._forward_only().builder.finish()
        return {v.name: v.spec.size for v in program.named(Storage.STATE).values()}

    def links(self) -> dict[str, Link]:
        """For each target, what is still to be applied to what arrives there to make it the prediction people see."""
        forward = self._forward_only()
        return {o.target: pending(forward.builder, o.loss, forward.targets[o.node]) for o in self.objectives}

    def _forward_only(self) -> Forward:
        builder = ProgramBuilder("weights")
        index = builder.feed("index", TensorSpec((1,), DType.INT32))
        return lower(self.graph, builder, gather(builder, self.inputs, DATA, 1, index), training=False)

    @all_stays()
    def initial(self, train: Program, optimizer: Optimizer, seed: int) -> dict[str, Array]:
        """All states of a training program at step 0; the same seed gives the same bits on every device."""
        states = {
            name: np.zeros(v.spec.shape, v.spec.dtype.numpy) for name, v in train.named(Storage.STATE).items()
        }
        states[EVALUATION] = np.zeros_like(states[REPORT])
        places = self.weights()
        for name, array in self.fresh_weights(seed).items():
            place = places[name].member
            states[place.arena][place.offset : place.offset + place.spec.size] = array.reshape(-1)
        return states | initial_slots(train, optimizer, states)

    def fresh_weights(self, seed: int) -> dict[str, Array]:
        """The start of every weight, by `<node>/<weight>`."""
        fresh: dict[str, Array] = {}
        for name, weight in self.weights().items():
            generator = np.random.Generator(np.random.Philox(key=[seed, zlib.crc32(name.encode())]))
            fresh[name] = weight.initializer.sample(weight.member.spec.shape, generator)
        return fresh

    # -- parts of a step --------------------------------------------------------------------------
    def _judged(
        self, builder: ProgramBuilder, rows: int, batch: int, present: Tensor | None = None
    ) -> tuple[Forward, list[Judged]]:
        """The lowered network and its losses: of a training step, or, where rows may be missing, of an evaluation."""
        index = builder.feed("index", TensorSpec((batch,), DType.INT32))
        weights = dict(o.sample_weight for o in self.objectives if o.sample_weight is not None)
        features = gather(builder, {**self.features, **weights}, DATA, rows, index)
        forward = lower(self.graph, builder, features, training=present is None)
        return forward, judge(forward, self.objectives, features, present)

    def _predictions(self, forward: Forward) -> list[Tensor]:
        if not self.objectives:
            return self._free_outputs(forward)
        return [split(forward.builder, o.loss, forward.targets[o.node])[0] for o in self.objectives]

    def _free_outputs(self, forward: Forward) -> list[Tensor]:
        used = {(e.source, e.source_port) for e in self.graph.edges}
        free = [tensor for key, tensor in forward.tensors.items() if key not in used]
        if not free:
            names = ", ".join(n.name for n in nodes_in_order(self.graph)) or "nothing"
            raise LoweringError(f"The network has no output; it has {names}. Add a Target.")
        return free
