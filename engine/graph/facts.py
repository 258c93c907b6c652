"""What one layer does to given shapes, found by building it from ops without a byte of its weights.

Layers are immutable, so the facts of a layer on given inputs never change and are remembered; that makes looking over
a large network again after one edit cheap.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache

from engine.graph.features import FeatureSpec
from engine.layers.base import Adapt, Layer
from engine.layers.constraints import Constraint
from engine.layers.content import Holder, Part, PartError
from engine.layers.host import HostLayer, misplaced, refuse_text
from engine.layers.initializers import INITIALIZERS, Initializer
from engine.layers.regularizers import Regularizer
from engine.ops.op import Builder, OpKind, Tensor
from engine.program.builder import ProgramBuilder
from engine.program.program import Node
from engine.tensor.spec import Array, Shape, ShapeError, TensorSpec, format_shape

Window = tuple[Shape, Shape]
"""Extent and stride along each axis."""

REMEMBERED = 8192  # (layer, input shapes) pairs; a few kB each at most
LARGEST = 2**28  # numbers in an example (1 GiB); layers may make tables of that size when they are built


@dataclass(frozen=True, slots=True)
class WeightSpec:
    """A weight as a layer asks for it."""

    shape: Shape
    initializer: Initializer
    trainable: bool = True

    @property
    def size(self) -> int:
        """Number of elements."""
        return TensorSpec(self.shape).size


@dataclass(frozen=True)
class LayerFacts:
    """What building a layer on one example showed.

    Attributes:
        outputs: one spec per output port, without the batch; empty where there is an error.
        weights: by name, in the order the layer asked for them.
        multiply_adds: of the forward pass for one example.
        host: why parts of it run on the processor, whatever the device; empty where none does.
        ends: for each output, the name of the op that it comes from (by way of reshapes); "" for an input as it is.
        windows: extent and stride, along each axis, of the windows that are moved over its input, one after the other.
        error: why the layer can't be built on these inputs, in one sentence; "" if it can.
        culprit: the part inside that the error is about, as `PartError.path`; "" for the layer as a whole.
    """

    outputs: tuple[TensorSpec, ...] = ()
    weights: Mapping[str, WeightSpec] = field(default_factory=dict)
    multiply_adds: int = 0
    host: tuple[str, ...] = ()
    ends: tuple[str, ...] = ()
    windows: tuple[Window, ...] = ()
    error: str = ""
    culprit: str = ""


class SpecBuilder:
    """The `LayerBuilder` that records what a layer asks for and allocates nothing."""

    def __init__(self, features: Mapping[str, FeatureSpec], *, frozen: bool = False) -> None:
        self.program = ProgramBuilder("facts")
        self.frozen = frozen
        self.weights: dict[str, WeightSpec] = {}
        self._features = features
        self._draws = 0

    @property
    def training(self) -> bool:
        """False: the costs shown are those of a prediction."""
        return False

    @property
    def ops(self) -> Builder:
        """Where constants are made."""
        return self.program

    def weight(
        self,
        name: str,
        shape: Shape,
        initializer: Initializer | str,
        *,
        trainable: bool = True,
        regularizer: Regularizer | None = None,
        constraint: Constraint | None = None,
        of: Layer | None = None,
    ) -> Tensor:
        """Note the weight; the second request of a name is the same weight."""
        start = INITIALIZERS.read(initializer)
        if name not in self.weights:
            self.weights[name] = WeightSpec(
                tuple(shape), start, trainable and not self.frozen and not (of and of.freezes)
            )
        handle = self.program.state(name, TensorSpec(tuple(shape)))
        if regularizer is not None:
            regularizer.penalty(handle)
        if constraint is not None:
            constraint.project(handle)
        return handle

    def add_loss(self, penalty: Tensor) -> None:
        """Nothing: there is no loss."""

    def mask(self, x: Tensor) -> Tensor | None:
        """None: a mask changes no shape."""
        return None

    def set_mask(self, y: Tensor, mask: Tensor | None) -> None:
        """Nothing: a mask changes no shape."""

    def update(self, name: str, value: Tensor) -> None:
        """Nothing: there is no step after which it could change."""

    def uniform(self, shape: Shape) -> Tensor:
        """A tensor of that shape."""
        self._draws += 1
        return self.program.feed(f"uniform/{self._draws}", TensorSpec(tuple(shape)))

    def normal(self, shape: Shape) -> Tensor:
        """A tensor of that shape."""
        return self.uniform(shape)

    def feature(self, name: str) -> Tensor:
        """One example of the feature; raises ShapeError where the data has none of that name."""
        if name not in self._features:
            raise ShapeError(no_such_feature(name, self._features))
        return self.program.feed(f"feature/{name}", self._features[name].batch(1))

    def adapted(self, adapt: Adapt, x: Tensor, part: str = "") -> None:
        """Nothing: there is no data."""

    def hosted(self, x: Tensor, spec: TensorSpec, compute: Callable[[Array], Array]) -> Tensor:
        """A tensor of that spec; nothing is computed."""
        return self.program.feed(f"hosted/{x.id}", spec)

    def facts(self, layer: Layer, inputs: tuple[TensorSpec, ...]) -> LayerFacts:
        """Build the layer on one example of `inputs` (specs without the batch)."""
        refuse_text(layer, inputs)
        refuse_sizes(layer, inputs)
        tensors = (self.example(f"input/{k}", spec) for k, spec in enumerate(inputs))
        outputs = layer.build(self, *tensors)
        specs = tuple(TensorSpec(t.shape[1:], t.dtype) for t in outputs)
        nodes = self.program.nodes
        host = tuple(dict.fromkeys(node.op.host for node in nodes if node.op.host))
        producers = {i: node for node in nodes for i in node.outputs}
        ends = tuple(self._end(t, producers) for t in outputs)
        windows = tuple(filter(None, map(self._window, nodes)))
        return LayerFacts(specs, self.weights, sum(map(self._cost, nodes)), host, ends, windows)

    def _end(self, tensor: Tensor, producers: Mapping[int, Node]) -> str:
        producer = producers.get(tensor.id)
        while producer is not None and producer.op.kind is OpKind.VIEW:
            producer = producers.get(producer.inputs[0])
        return producer.op.name if producer is not None else ""

    def _window(self, node: Node) -> Window | None:
        if node.op.window is None:
            return None
        return node.op.window(tuple(self.program.tensor(i).spec for i in node.inputs), node.attrs)

    def example(self, name: str, spec: TensorSpec) -> Tensor:
        """A batch of one of a spec without the batch."""
        return self.program.feed(name, TensorSpec((1, *spec.shape), spec.dtype))

    def _cost(self, node: Node) -> int:
        inputs = tuple(self.program.tensor(i).spec for i in node.inputs)
        outputs = tuple(self.program.tensor(i).spec for i in node.outputs)
        return node.op.cost(inputs, outputs, node.attrs)


def refuse_sizes(layer: Layer, inputs: tuple[TensorSpec, ...]) -> None:
    """Raise ShapeError where an input holds nothing, or more than any computer could take."""
    for spec in inputs:
        received = f"received {format_shape(spec.shape)} per example"
        if 0 in spec.shape:
            raise ShapeError(
                f"{layer.title()} needs at least one number along every dimension, {received}. "
                "Check the data, or the layer before it."
            )
        if spec.size > LARGEST:
            raise ShapeError(
                f"{layer.title()} takes at most {LARGEST:,} numbers, {received}. "
                "Make them fewer before it: smaller pictures, shorter sequences, fewer units."
            )


def no_such_feature(name: str, features: Mapping[str, FeatureSpec]) -> str:
    """The sentence for a feature that the data does not have."""
    if not features:
        return "There is no data yet; choose a data set or a file of your own."
    return f"The data has no feature named {name}; it has {', '.join(features)}. Choose one of these."


def layer_facts(layer: Layer, inputs: tuple[TensorSpec, ...]) -> LayerFacts:
    """The facts of a layer that reads no feature of the data, remembered; of a group, those of its parts together."""
    return _held_facts(layer, inputs) if isinstance(layer, Holder) else single_facts(layer, inputs)


@lru_cache(REMEMBERED)
def single_facts(layer: Layer, inputs: tuple[TensorSpec, ...]) -> LayerFacts:
    """The facts of a layer as a whole, remembered."""
    return build_facts(layer, inputs, {})


def _held_facts(layer: Holder, inputs: tuple[TensorSpec, ...]) -> LayerFacts:
    """The facts of a layer that holds others, put together from theirs: an edit inside costs one part, not all."""
    gathered = _Gathered()
    try:
        refuse_sizes(layer, inputs)
        refuse_text(layer, inputs)
        values = layer.content.run([(spec, "") for spec in inputs], gathered.step)
    except ShapeError as error:
        return LayerFacts(error=str(error), culprit=error.path if isinstance(error, PartError) else "")
    weights = gathered.weights
    if layer.freezes:
        weights = {name: replace(weight, trainable=False) for name, weight in weights.items()}
    return LayerFacts(
        tuple(spec for spec, _ in values),
        weights,
        gathered.multiply_adds,
        tuple(dict.fromkeys(gathered.host)),
        tuple(end for _, end in values),
        tuple(gathered.windows),
    )


class _Gathered:
    """What the parts of a group have come to so far."""

    def __init__(self) -> None:
        self.weights: dict[str, WeightSpec] = {}
        self.multiply_adds = 0
        self.host: list[str] = []
        self.windows: list[Window] = []

    def step(
        self, part: Part, values: tuple[tuple[TensorSpec, str], ...]
    ) -> tuple[tuple[TensorSpec, str], ...]:
        """Specs of a part's outputs with the ops they come from; raises ShapeError."""
        if isinstance(part.layer, HostLayer):
            raise ShapeError(misplaced(part.layer.title()))
        facts = layer_facts(part.layer, tuple(spec for spec, _ in values))
        if facts.error:
            raise PartError(facts.error, facts.culprit) if facts.culprit else ShapeError(facts.error)
        owner = part.shares or part.id
        for name, weight in facts.weights.items():
            known = self.weights.setdefault(f"{owner}/{name}", weight)
            if known.shape != weight.shape:
                raise ShapeError(
                    f"layers that share weights need inputs of equal shape, received {format_shape(weight.shape)} "
                    f"after {format_shape(known.shape)} for the {name}."
                )
        self.multiply_adds += facts.multiply_adds
        self.host += facts.host
        self.windows += facts.windows
        before = values[0][1] if values else ""
        return tuple((spec, end or before) for spec, end in zip(facts.outputs, facts.ends, strict=True))


def build_facts(
    layer: Layer, inputs: tuple[TensorSpec, ...], features: Mapping[str, FeatureSpec]
) -> LayerFacts:
    """The facts of a layer; errors of any kind become a sentence."""
    try:
        return SpecBuilder(features, frozen=layer.freezes).facts(layer, inputs)
    except ShapeError as error:
        return LayerFacts(error=str(error))
    except MemoryError:
        received = " and ".join(format_shape(spec.shape) for spec in inputs)
        sentence = (
            f"{layer.title()} needs more memory than this computer has, received {received} per example"
        )
        return LayerFacts(error=f"{sentence}. Make its input smaller, or choose smaller settings.")
    except Exception as error:  # noqa: BLE001 - a fault in one layer must not take the canvas down with it
        sentence = f"{layer.title()} can't be built on these inputs because of a fault in it ({error!r})"
        return LayerFacts(error=f"{sentence}. Use other settings or another layer, and report this.")
