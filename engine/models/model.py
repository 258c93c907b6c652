"""A network in a script: the same document, compiler and training as in the window."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import ValidationError

from engine.graph.document import Edge, ModelGraph
from engine.graph.features import FeatureSpec
from engine.layers.base import Layer, Role
from engine.layers.target import Target
from engine.models.arrays import (
    WEIGHT,
    Arrays,
    bundle,
    by_name,
    expect_inputs,
    expect_numbers,
    features_of,
    sample_weights,
)
from engine.models.history import History
from engine.models.symbols import COLUMN, ROW, Drawing, Symbol, draw
from engine.settings import problems
from engine.tensor.spec import Array, DType, ShapeError, TensorSpec
from engine.training.named import NamedStates
from engine.training.settings import TrainingSettings

if TYPE_CHECKING:  # a network that is only drawn compiles nothing, and a third of the import is the compiler
    from engine.compiler.model import ModelCompiler
    from engine.models.running import Runner


@dataclass(frozen=True)
class Aim:
    """What one output is trained for; the values are those of a `Target`."""

    loss: Any = "auto"
    weight: float = 1.0
    metrics: tuple[Any, ...] = ()


class Model:
    """A network from some inputs to some outputs, with weights of its own.

    Args:
        inputs: symbols made by `Input`.
        outputs: symbols made from them by calling layers.

    Raises:
        ShapeError: an output depends on an input that is not given.
    """

    def __init__(self, inputs: Symbol | Sequence[Symbol], outputs: Symbol | Sequence[Symbol]) -> None:
        self.inputs = (inputs,) if isinstance(inputs, Symbol) else tuple(inputs)
        self.outputs = (outputs,) if isinstance(outputs, Symbol) else tuple(outputs)
        self._drawing: Drawing = draw(self.inputs, self.outputs)
        self._aims = tuple(Aim() for _ in self.outputs)
        self._training = TrainingSettings(device="cpu")
        self._states = NamedStates()
        self._layer: Layer | None = None

    @classmethod
    def restored(
        cls,
        drawing: Drawing,
        inputs: Sequence[Symbol],
        aims: Sequence[Aim],
        training: TrainingSettings,
        states: NamedStates,
    ) -> Model:
        """A model as a file has it."""
        model = object.__new__(Model)
        model.inputs = tuple(inputs)
        model.outputs = tuple(Symbol(None, 0, TensorSpec(())) for _ in aims)
        model._drawing, model._aims, model._training, model._states = drawing, tuple(aims), training, states
        model._layer = None
        return model

    # -- what it is -------------------------------------------------------------------------------
    @property
    def input_names(self) -> tuple[str, ...]:
        """Names of the inputs, in their order."""
        return self._drawing.inputs

    @property
    def target_names(self) -> tuple[str, ...]:
        """Names of what the outputs are compared with: `y`, or `y0`, `y1` .."""
        return ("y",) if len(self.outputs) == 1 else tuple(f"y{k}" for k in range(len(self.outputs)))

    @property
    def graph(self) -> ModelGraph:
        """The document that the window would show: a copy, with a Target behind each output."""
        graph = self._drawing.graph.copy()
        column = max(n.position[0] for n in graph.nodes.values()) + COLUMN
        ends = zip(self._drawing.ends, self.target_names, self._aims, strict=True)
        for row, (end, name, aim) in enumerate(ends):
            layer = _target({"target": name, "loss": aim.loss, "weight": aim.weight, "metrics": aim.metrics})
            node = graph.new_node(layer, (column, ROW * row))
            graph.insert_node(node)
            graph.insert_edge(Edge(*end, node.id, "input"))
        return graph

    @property
    def training(self) -> TrainingSettings:
        """How it was compiled: optimizer, schedule, seed."""
        return self._training

    @property
    def weights(self) -> dict[str, Array]:
        """All weights by `<node>/<weight>`; changing the arrays changes nothing (see `set_weights`)."""
        self._start()
        return {name: array.copy() for name, array in self._states.weights.items()}

    def set_weights(self, weights: Mapping[str, Array]) -> None:
        """Give weights other values.

        Raises:
            ShapeError: there is no such weight, or it has another shape.
        """
        self._start()
        known = dict(self._states.weights)
        for name, array in weights.items():
            if name not in known or known[name].shape != np.shape(array):
                wanted = (
                    f"it has the shape {known[name].shape}" if name in known else "there is none of that name"
                )
                raise ShapeError(f"The weight {name} can't be set to an array {np.shape(array)}: {wanted}.")
            known[name] = np.asarray(array, known[name].dtype)
        self._states = replace(self._states, weights=known)

    def count_params(self) -> int:
        """Numbers in all weights."""
        return sum(array.size for array in self.weights.values())

    def summary(self) -> str:
        """The layers in order, with shapes and numbers of weights, as a table."""
        counts: dict[str, int] = {}
        for name, weight in self._compiler().weights().items():
            owner = name.partition("/")[0]
            counts[owner] = counts.get(owner, 0) + weight.member.spec.size
        lines = [f"{'layer':<28}{'kind':<28}{'weights':>12}"]
        for node in self._drawing.graph.nodes.values():
            own = 0 if node.shares else counts.get(node.id, 0)
            lines.append(f"{node.name:<28.27}{node.layer.title():<28.27}{own:>12,}")
        lines.append(f"{'total':<56}{sum(counts.values()):>12,}")
        return "\n".join(lines)

    # -- learning ---------------------------------------------------------------------------------
    def compile(
        self,
        optimizer: Any = "Adam",
        loss: Any = "auto",
        metrics: Any = (),
        loss_weights: Sequence[float] | None = None,
        schedule: Any = "constant",
    ) -> None:
        """Say what is learned and how.

        Args:
            optimizer: a name, `{"name": .., setting: ..}`, or an optimizer.
            loss: likewise; for several outputs a list. Losses on probabilities take scores, too.
            metrics: a list of names or metrics; for several outputs a list of lists. Empty: the usual ones.
            loss_weights: shares of the outputs' losses in the sum.
            schedule: how the learning rate changes: a name, settings, or a schedule.

        Raises:
            ValueError: one sentence on what is not known or does not go together.
        """
        several = len(self.outputs) > 1
        losses = list(loss) if several and isinstance(loss, list | tuple) else [loss] * len(self.outputs)
        nested = several and metrics and isinstance(metrics[0], list | tuple)
        figures = list(metrics) if nested else [metrics] * len(self.outputs)
        shares = list(loss_weights or [1.0] * len(self.outputs))
        if not len(losses) == len(figures) == len(shares) == len(self.outputs):
            raise ValueError(
                f"The model has {len(self.outputs)} outputs; give a loss, metrics and a weight for each."
            )
        self._aims = tuple(
            Aim(one, share, tuple(of)) for one, share, of in zip(losses, shares, figures, strict=True)
        )
        self._training = self._training_with(optimizer=optimizer, schedule=schedule)
        _ = self.graph  # a wrong loss or metric is said here, not at the first fit

    def _training_with(self, **changes: Any) -> TrainingSettings:
        known = {name: getattr(self._training, name) for name in TrainingSettings.model_fields}
        try:
            return TrainingSettings.model_validate({**known, **changes})
        except ValidationError as error:
            raise ValueError(next(iter(problems(TrainingSettings, error).values()))) from None

    def fit(
        self,
        x: Arrays,
        y: Arrays,
        *,
        epochs: int = 1,
        batch_size: int = 32,
        validation_split: float = 0.0,
        validation_data: tuple[Arrays, Arrays] | None = None,
        verbose: bool = True,
        **settings: Any,
    ) -> History:
        """Learn from arrays; a second call goes on from where the first ended.

        Args:
            x: one array (rows, ..), or a list or mapping of them.
            y: likewise; whole numbers are classes.
            epochs: how often every row is seen.
            batch_size: rows that one step looks at.
            validation_split: share of the last rows that is not learned from.
            validation_data: (x, y) to look at instead.
            verbose: print a line an epoch.
            **settings: `sample_weight`, (rows,) how much each row counts; `class_weight`, "none", "balanced", a number
                for each class, or a mapping from class to number; `device`, "cpu" (if not said) or "gl"; and the
                settings of a run in the window: `seed`, `early_stopping_patience`, `keep_best` ..

        Raises:
            ShapeError, LoweringError, ValueError: one sentence on what does not go together.
        """
        from engine.models.fitting import fitted  # training is much to import, and not needed before

        inputs, targets = self._given(x, y)
        if not 0.0 <= validation_split < 1.0:
            raise ValueError(
                f"The validation split is a share of the rows from 0 to below 1, received {validation_split}."
            )
        held_out = int(len(next(iter(inputs.values()))) * validation_split)
        if validation_data is not None:
            more_x, more_y = self._given(*validation_data)
            held_out = len(next(iter(more_x.values())))
            inputs = {name: np.concatenate([array, more_x[name]]) for name, array in inputs.items()}
            targets = {name: np.concatenate([array, more_y[name]]) for name, array in targets.items()}
        counting = settings.pop("sample_weight", None)
        weights: dict[str, Array] = {}
        if counting is not None:
            rows = len(next(iter(inputs.values())))
            weights[WEIGHT] = sample_weights(counting, rows, 0 if validation_data is None else held_out)
        data = bundle(inputs, targets, weights, held_out)
        class_weight = _class_weight(settings.pop("class_weight", "none"))
        graph = self._with_weights(self.graph, class_weight, WEIGHT if weights else "")
        run = self._training_with(epochs=epochs, batch_size=batch_size, **settings)
        if self._drawing.starts:
            self._start()
        history, self._states = fitted(graph, data, run, self._states, verbose=verbose)
        return history

    def evaluate(self, x: Arrays, y: Arrays) -> dict[str, float]:
        """Loss and metrics by name on other data, in inference mode."""
        from engine.models.fitting import evaluated

        self._start()
        inputs, targets = self._given(x, y)
        data = bundle(inputs, targets, {}, 0)
        return evaluated(self.graph, data, self._training, self._states)

    def predict(self, x: Arrays, batch_size: int = 256, device: str = "cpu") -> Any:
        """The outputs for arrays: one array (rows, ..), or a list of them.

        They are what the last layers give: end in a soft-max or sigmoid to get probabilities.
        """
        given = by_name(x, self._drawing.inputs, "inputs")
        expect_inputs(given, self._input_specs())
        inputs, _ = features_of(given, target=False)
        runner = self.runner(device)
        try:
            outputs = runner.run(inputs, batch_size)
        finally:
            runner.close()
        return outputs[0] if len(outputs) == 1 else outputs

    def runner(self, device: str = "cpu") -> Runner:
        """The network on a device, for many predictions; close it when they are made."""
        from engine.models.running import Runner

        self._start()
        return Runner(self._compiler(), self._states.weights, self._drawing.ends, device)

    def __call__(self, *inputs: Any) -> Any:
        """On symbols: the model as one layer of another, with its weights as they are now; on arrays: `predict`.

        Called several times for one outer model, it shares its weights there.
        """
        values = inputs[0] if len(inputs) == 1 and isinstance(inputs[0], list | tuple) else inputs
        if not isinstance(values[0], Symbol):
            return self.predict(inputs[0] if len(inputs) == 1 else list(inputs))
        from engine.graph.grouping import group

        self._start()
        graph = self._drawing.graph.copy()
        edit, made = group(graph, [n.id for n in graph.nodes.values() if n.role is Role.HIDDEN], "Model")
        edit.apply(graph)
        if self._layer is None:
            layer = graph.nodes[made].layer
            assert isinstance(layer, Layer)  # it was made a line above
            self._layer = layer
        return values[0].apply(self._layer, values, self._states.weights)

    def save(self, path: str | Path) -> None:
        """Write a project that the window opens and `load_model` reads.

        Raises:
            FormatError: the operating system refused.
        """
        # with them come recipes of tables, which few scripts need
        from engine.formats.project import Project, save_project
        from engine.formats.sections import InputShape, InputShapes

        self._start()
        graph = self.graph
        graph.put_section("training", self._training)
        named = zip(self._drawing.inputs, self.inputs, strict=True)
        shapes = {name: InputShape(shape=s.spec.shape, dtype=s.spec.dtype.value) for name, s in named}
        graph.put_section("inputs", InputShapes(shapes=shapes))
        save_project(
            Path(path), Project(graph, self._states.weights, self._states.optimizer, self._states.step)
        )

    # -- parts ------------------------------------------------------------------------------------
    def _given(self, x: Arrays, y: Arrays) -> tuple[dict[str, Array], dict[str, Array]]:
        inputs, targets = by_name(x, self._drawing.inputs, "inputs"), by_name(y, self.target_names, "targets")
        expect_inputs(inputs, self._input_specs())
        expect_numbers(targets)
        return inputs, targets

    def _input_specs(self) -> dict[str, TensorSpec]:
        return {name: s.spec for name, s in zip(self._drawing.inputs, self.inputs, strict=True)}

    @staticmethod
    def _with_weights(graph: ModelGraph, class_weight: Any, sample_weight: str) -> ModelGraph:
        for node in list(graph.nodes.values()):
            if isinstance(node.layer, Target):
                settings = {name: getattr(node.layer, name) for name in Target.model_fields}
                settings |= {"class_weight": class_weight, "sample_weight": sample_weight}
                graph.replace_node(replace(node, layer=_target(settings)))
        return graph

    def _compiler(self) -> ModelCompiler:
        from engine.compiler.model import ModelCompiler

        features = {
            name: FeatureSpec(symbol.spec.shape, symbol.spec.dtype)
            for name, symbol in zip(self._drawing.inputs, self.inputs, strict=True)
        }
        return ModelCompiler(self._drawing.graph, features, ())

    def _start(self) -> None:
        """Draw the first weights, where nothing was learned yet."""
        if not self._states.weights:
            compiler = self._compiler()
            if compiler.tables():
                raise ShapeError("Layers of this model learn from data what they look up; call fit first.")
            self._states = NamedStates(
                compiler.fresh_weights(self._training.seed) | dict(self._drawing.starts)
            )


def _target(settings: Mapping[str, Any]) -> Target:
    try:
        return Target.model_validate(settings)
    except ValidationError as error:
        raise ValueError(next(iter(problems(Target, error).values()))) from None


def _class_weight(given: Any) -> Any:
    """As a `Target` takes it; classes that a mapping does not name count as 1, as in Keras."""
    if not isinstance(given, Mapping):
        return given
    return tuple(float(given.get(k, 1.0)) for k in range(max(given, default=-1) + 1))


def symbols_for(arrays: Mapping[str, Array]) -> list[Symbol]:
    """Inputs of the shapes of some arrays, for a model that was not told them."""
    from engine.models.symbols import Input

    _, features = features_of(arrays, target=False)
    kinds = {n: DType.FLOAT32 if f.dtype is DType.UINT8 else f.dtype for n, f in features.items()}
    return [Input(f.shape, dtype=kinds[n].value, name=n) for n, f in features.items()]
