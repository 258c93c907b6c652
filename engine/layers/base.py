"""What a layer is: one pydantic model whose fields are its settings, plus how it is built from ops.

A layer is declared once, in one file of this package. The palette entry, the inspector form, validation, help
page, save format, conversions and tests are all derived from that declaration; nothing outside
`engine.layers` is keyed by a layer's name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from engine.ops.op import Builder, Tensor
from engine.settings import Settings
from engine.tensor.spec import Array, DType, Shape, ShapeError, TensorSpec, format_shape

if TYPE_CHECKING:
    from engine.layers.constraints import Constraint
    from engine.layers.initializers import Initializer
    from engine.layers.regularizers import Regularizer
    from engine.layers.torch_form import TorchForm


class Category(StrEnum):
    """Where a layer stands in the palette, and its colour."""

    DATA = "data"
    PREPROCESSING = "preprocessing"
    CORE = "core"
    BLOCK = "block"
    CONVOLUTION = "convolution"
    POOLING = "pooling"
    NORMALIZATION = "normalization"
    ACTIVATION = "activation"
    RECURRENT = "recurrent"
    ATTENTION = "attention"
    MERGE = "merge"
    SHAPE = "shape"
    LOSS = "loss"


class Role(StrEnum):
    """What a node is to the training program; everything but `HIDDEN` is where the outside is attached."""

    SOURCE = "source"  # has no input: its tensor is a feature of the data set
    HIDDEN = "hidden"
    TARGET = "target"  # has no output: its input is compared with a target of the data set


# from batches of what arrives at a layer to the values of its weights, by name
Adapt = Callable[[Iterable[Array]], Mapping[str, Array]]


@dataclass(frozen=True, slots=True)
class Port:
    """A place where wires attach.

    A variadic input port takes any number of wires, in their order. An optional one (minimum 0) comes after those that
    are needed, and is wired only if the optional ones before it are, so that `build` knows its inputs by their place.
    """

    name: str
    variadic: bool = False
    minimum: int = 1  # wires the port needs


def unwired(ports: tuple[Port, ...], wires: Callable[[str], int]) -> list[Port]:
    """Ports with fewer wires than they need; an optional one needs a wire where a later one has one.

    Args:
        ports: of one side of a node.
        wires: the number of wires at the port of that name.
    """
    counts = [wires(p.name) for p in ports]
    last = max((k for k, count in enumerate(counts) if count), default=-1)
    return [p for k, p in enumerate(ports) if counts[k] < max(p.minimum, int(k < last))]


@dataclass(frozen=True, slots=True)
class LayerSample:
    """Settings and input shapes (batch included) that the generic tests build the layer with."""

    settings: Mapping[str, Any] = field(default_factory=dict)
    inputs: tuple[Shape, ...] = ((2, 4),)
    integers: bool = False  # inputs are class or word indices (int32) below 5
    texts: bool = False  # inputs are text


@dataclass(frozen=True)
class Declaration:
    """The facts of a layer that are not settings.

    Attributes:
        category: palette group.
        summary: one line for the palette and search ("fully connected: every input to every unit").
        aliases: other words people search for.
        keras: class name in Keras 3, if there is one.
        torch: class name in PyTorch, if there is one.
        onnx: operator in ONNX, if there is one that does the whole of it.
        inputs, outputs: ports; those of a node may depend on its settings (`Layer.input_ports`).
        masking: the mask of the first input goes on with the first output (Keras: supports_masking), unless `build`
            sets another; otherwise it ends here.
        listed: it can be chosen from the palette; others come about by what people do on the canvas.
        common: most networks have some of it; it comes first in its category and among equal hits of a search.
        role: source, hidden or target.
        samples: what the generic tests try.
    """

    category: Category
    summary: str
    aliases: tuple[str, ...] = ()
    keras: str = ""
    torch: str = ""
    onnx: str = ""
    inputs: tuple[Port, ...] = (Port("input"),)
    outputs: tuple[Port, ...] = (Port("output"),)
    masking: bool = False
    listed: bool = True
    common: bool = False
    role: Role = Role.HIDDEN
    samples: tuple[LayerSample, ...] = ()


class LayerBuilder(Protocol):
    """What a layer's `build` may ask for beside ops on its input tensors."""

    @property
    def training(self) -> bool:
        """True in a training step, False in evaluation and prediction."""
        ...

    @property
    def ops(self) -> Builder:
        """The builder that constants are made with."""
        ...

    @property
    def frozen(self) -> bool:
        """Whether the layer's weights stay as they are."""
        ...

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
        """The float32 weight `name` of this layer.

        Args:
            name: unique in the layer.
            shape: its shape.
            initializer: how it starts; a name stands for the initializer with its usual settings.
            trainable: False for what training changes by `update` only.
            regularizer: its penalty is added to the loss.
            constraint: applied after every step.
            of: the part of this layer that the weight belongs to (`engine.layers.scope`).
        """
        ...

    def add_loss(self, penalty: Tensor) -> None:
        """Add a float32 scalar to the loss, beside what the targets say."""
        ...

    def mask(self, x: Tensor) -> Tensor | None:
        """The mask that came with an input: float32 (batch, time), 1 for what is there and 0 for padding."""
        ...

    def set_mask(self, y: Tensor, mask: Tensor | None) -> None:
        """Say which mask goes on with an output; None ends it."""
        ...

    def update(self, name: str, value: Tensor) -> None:
        """After a training step the (not trainable) weight `name` holds `value`."""
        ...

    def uniform(self, shape: Shape) -> Tensor:
        """Random numbers in [0, 1), new in every step, the same for the same seed."""
        ...

    def normal(self, shape: Shape) -> Tensor:
        """Random numbers of the standard normal distribution, new in every step, the same for the same seed."""
        ...

    def feature(self, name: str) -> Tensor:
        """The batch of the data set's feature `name` (sources only)."""
        ...

    def adapted(self, adapt: Adapt, x: Tensor, part: str = "") -> None:
        """Note what arrives, as `x`, at a layer that is adapted to it (`engine.layers.adapted`), or at a part of one."""
        ...

    def hosted(self, x: Tensor, spec: TensorSpec, compute: Callable[[Array], Array]) -> Tensor:
        """What `compute` makes of `x` on the host, before the program runs (`engine.layers.host` only)."""
        ...


class Drawn(Protocol):
    """A value in a network that a script draws (`engine.models`)."""

    def apply(self, layer: Layer, inputs: Sequence[Any]) -> Any:
        """The outputs of the layer on these values, of which this is the first."""
        ...


class Layer(Settings):
    """Base of all layers. Instances are immutable: changing a setting makes a new one."""

    declaration: ClassVar[Declaration]

    def __call__(self, *inputs: Any) -> Any:
        """In a script: the layer's output on drawn values (several, or one list of them); a tuple where it has several.

        The same layer object called again shares its weights.
        """
        values = inputs[0] if len(inputs) == 1 and isinstance(inputs[0], list | tuple) else inputs
        if not values or not hasattr(values[0], "apply"):
            wrong = values[0] if values else "nothing"
            raise TypeError(
                f"{self.title()} is called on what Input(..) and other layers gave, received {wrong!r:.60}."
            )
        return values[0].apply(self, values)

    def build(self, b: LayerBuilder, *inputs: Tensor) -> tuple[Tensor, ...]:
        """Express the layer in ops.

        Args:
            b: weights, random numbers, the phase.
            inputs: one tensor per wire (ports in order, a variadic port contributes each of its wires); batch
            first.

        Returns:
            One tensor per output port.

        Raises:
            ShapeError: one sentence with the rule, what was received and a suggestion.
        """
        raise NotImplementedError

    def input_ports(self) -> tuple[Port, ...]:
        """Where wires come in, with these settings."""
        return type(self).declaration.inputs

    def output_ports(self) -> tuple[Port, ...]:
        """Where wires go out, with these settings."""
        return type(self).declaration.outputs

    @property
    def freezes(self) -> bool:
        """Whether its weights stay as they are while others are trained."""
        return False

    def keras_config(self, config: dict[str, Any]) -> dict[str, Any]:
        """Its settings as its class in Keras takes them, from the same settings by our names."""
        return config

    def keras_counters(self) -> int:
        """How many whole numbers Keras counts for the layer and keeps after its weights."""
        return 0

    def keras_call(self, tensors: list[Any]) -> tuple[list[Any], dict[str, Any]]:
        """The arguments, by place and by name, with which Keras calls the layer on its inputs: one, or a list of them."""
        one = len(tensors) == 1 and not self.input_ports()[0].variadic
        return [tensors[0] if one else tensors], {}

    def keras_weight(self, name: str) -> str:
        """What Keras calls one of its weights."""
        return re.sub(r"(^|/|recurrent_|wise_)weight$", r"\1kernel", name)

    def keras_place(self, part: str) -> str:
        """Where files of Keras keep the weights of one of its parts, below its own place; part "" is the layer itself."""
        return part

    def torch_form(self, inputs: tuple[TensorSpec, ...]) -> TorchForm | None:
        """What it is in PyTorch on these inputs (without the batch); None: it is exported op by op."""
        return None

    @property
    def rate_factor(self) -> float:
        """What the learning rate is multiplied by for its weights."""
        return 1.0

    @classmethod
    def title(cls) -> str:
        """The layer's name, as in the palette and in files."""
        return cls.__name__

    def subtitle(self) -> str:
        """The prominent settings in one line, for the node: `32 · 3 × 3 · relu`."""
        shown = []
        for name, info in type(self).model_fields.items():
            extra = info.json_schema_extra
            if isinstance(extra, dict) and extra.get("prominent"):
                value = getattr(self, name)
                if value is None:
                    continue
                if isinstance(value, bool):
                    shown += [(info.title or name).lower()] if value else []
                else:
                    shown.append(" × ".join(map(str, value)) if isinstance(value, tuple) else str(value))
        return " · ".join(shown)

    def explain(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> str:
        """What the layer does in this network, in one sentence without full stop; shapes lack the batch."""
        return type(self).declaration.summary


def per_example(x: Tensor) -> str:
    """The shape of one example of the batch `x`, as people read it."""
    return format_shape(x.shape[1:]) if x.spec.rank > 1 else "a single number"


def text_refused(layer: str) -> str:
    """The sentence for text where numbers are needed."""
    return f"{layer} needs numbers, received text. Put a TextVectorization, a StringLookup or a Hashing before it."


def expect_numbers(x: Tensor, layer: str) -> None:
    """Raise ShapeError unless `x` holds numbers to calculate with; class and word numbers are only names."""
    if x.dtype is DType.STRING:
        raise ShapeError(text_refused(layer))
    if x.dtype is not DType.FLOAT32:
        raise ShapeError(
            f"{layer} needs numbers to calculate with, received word or class numbers. Put an Embedding "
            "before it."
        )


def expect_rank(
    x: Tensor, rank: int, layer: str, what: str, advice: str = "Put a Reshape before it."
) -> None:
    """Raise ShapeError unless `x` has `rank` dimensions beside the batch.

    Args:
        x: the input.
        rank: dimensions beside the batch.
        layer: its name, to begin the sentence with.
        what: the wanted input: "a picture (height × width × channels)".
        advice: what to do about it.
    """
    if x.spec.rank != rank + 1:
        raise ShapeError(f"{layer} needs {what}, received {per_example(x)} per example. {advice}")
