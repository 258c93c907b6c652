"""What the recurrent layers share: they read a sequence step by step and remember what they read in states.

A kind of layer says how many values of the projected input and which states a unit has, and gives the formula of its
cell. All else is here: projecting all steps at once, dropout, masks, the order of reading, and what is put out.

Two settings of Keras are missing because they would change nothing or mislead: `unroll` (steps are always prepared one by
one) and `stateful` (batches are drawn in random order; wire states to hand them on).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

import numpy as np

from engine.families import Family
from engine.layers.activations import ActivationName, activations
from engine.layers.base import LayerBuilder, Port, expect_numbers, expect_rank
from engine.layers.constraints import AnyConstraint
from engine.layers.initializers import AnyInitializer
from engine.layers.noise import kept
from engine.layers.regularizers import AnyRegularizer
from engine.layers.torch_form import Kept, TorchForm, call_of
from engine.layers.weighted import BiasSettings, KernelSettings
from engine.ops.arrangement import flip
from engine.ops.cells import Formula, cell
from engine.ops.matmul import matmul
from engine.ops.movement import transpose
from engine.ops.op import Tensor
from engine.ops.recurrent import recurrent
from engine.ops.tape import Tape
from engine.ops.views import reshape
from engine.settings import Settings, setting
from engine.tensor.spec import DType, Shape, ShapeError, TensorSpec, format_shape

TIME_FIRST = (1, 0, 2)


@dataclass(frozen=True)
class Reading:
    """What a recurrent layer made of a sequence.

    Attributes:
        sequence: its outputs at all steps, (batch, time, units), each at the time of its input; None where not asked for.
        last: its output after all steps, (batch, units).
        states: its states after all steps.
    """

    sequence: Tensor | None
    last: Tensor
    states: tuple[Tensor, ...]


class Recurrent(KernelSettings, BiasSettings):
    """Base of the layers that read a sequence step by step."""

    lanes: ClassVar[int]  # values of the projected input for each unit
    state_names: ClassVar[tuple[str, ...]] = ("state",)
    torch_gates: ClassVar[
        tuple[int, ...]
    ] = ()  # which of the lanes PyTorch has first, second ..; empty: the same

    units: int = setting(32, "Units", "how many numbers it remembers", prominent=True, ge=1, le=65536)
    activation: ActivationName = setting("tanh", "Activation", "what is done with what is new")
    recurrent_initializer: AnyInitializer = setting(
        "orthogonal", "Recurrent weight starts", "how the weights of the states start", advanced=True
    )
    recurrent_regularizer: AnyRegularizer | None = setting(
        None,
        "Recurrent weight penalty",
        "what is added to the loss for large weights of the states",
        advanced=True,
    )
    recurrent_constraint: AnyConstraint | None = setting(
        None, "Recurrent weight rule", "what the weights of the states obey after every step", advanced=True
    )
    dropout: float = setting(
        0.0,
        "Dropout",
        "share of the inputs left out while training, the same in all time steps",
        ge=0.0,
        lt=1.0,
    )
    recurrent_dropout: float = setting(
        0.0,
        "Recurrent dropout",
        "share of what it remembers left out while training, the same in all time steps and gates",
        advanced=True,
        ge=0.0,
        lt=1.0,
    )
    return_sequences: bool = setting(
        False, "All steps", "put out what it has after every time step, not only the last one", prominent=True
    )
    return_state: bool = setting(
        False, "States", "put its states out beside the output, for another recurrent layer to start with"
    )
    go_backwards: bool = setting(False, "Backwards", "read the sequence from its end", advanced=True)

    # -- what a kind of layer says -----------------------------------------------------------------------------
    def formula(self) -> Formula:
        """The cell."""
        raise NotImplementedError

    def recurrent_weights(self, b: LayerBuilder) -> list[Tensor]:
        """The weights of the cell's products, in their order."""
        return [self.recurrent_weight(b)]

    def biases(self, b: LayerBuilder) -> tuple[Tensor | None, list[Tensor]]:
        """The bias of the projected input, and those of the cell's products."""
        return (self.bias(b, (self.lanes * self.units,)) if self.use_bias else None), []

    def keras_call(self, tensors: list[Any]) -> tuple[list[Any], dict[str, Any]]:
        """The states that it starts with have a name."""
        return tensors[:1], {"initial_state": tensors[1:]} if tensors[1:] else {}

    def keras_place(self, part: str) -> str:
        """Keras gives the weights to a cell of the layer."""
        return "cell"

    # -- ports -------------------------------------------------------------------------------------------------
    def input_ports(self) -> tuple[Port, ...]:
        """The sequence; states to start with, where there are none they are zero."""
        return (Port("input"), *(Port(f"initial_{name}", minimum=0) for name in self.state_names))

    def output_ports(self) -> tuple[Port, ...]:
        """The output, and the states if they are wanted."""
        states = self.state_names if self.return_state else ()
        return (Port("output"), *map(Port, states))

    # -- building ----------------------------------------------------------------------------------------------
    def build(self, b: LayerBuilder, *inputs: Tensor) -> tuple[Tensor, ...]:
        """(batch, time, n) -> (batch, units), or (batch, time, units) with all steps."""
        x, *states = inputs
        reading = self.read(b, x, states)
        output = reading.last
        if reading.sequence is not None:
            output = flip(reading.sequence, axes=(1,)) if self.go_backwards else reading.sequence
            b.set_mask(output, b.mask(x))
        return (output, *reading.states) if self.return_state else (output,)

    def read(self, b: LayerBuilder, x: Tensor, states: Sequence[Tensor]) -> Reading:
        """Read the sequence `x` from the initial `states` on (fewer than there are: the others are zero)."""
        name = self.title()
        expect_numbers(x, name)
        expect_rank(x, 2, name, "a sequence (time × features)", "Put a Reshape or an Embedding before it.")
        mask = b.mask(x)
        held = mask is not None and bool(states)
        initial = self._initial(b, x, states, held=held)
        input_bias, biases = self.biases(b)
        projected = self._projected(b, x, input_bias)
        constants = [self._forgetting(b, x.shape[0])] if b.training and self.recurrent_dropout else []
        kind = cell(
            self.formula(),
            lanes=self.lanes,
            states=len(initial),
            constants=len(constants),
            masked=mask is not None,
            held=held,
            used=None if self.return_sequences else (),
        )
        masks = [] if mask is None else [transpose(mask, perm=(1, 0))]
        outputs = recurrent.outputs(
            projected,
            *initial,
            *self.recurrent_weights(b),
            *biases,
            *constants,
            *masks,
            cell=kind,
            backwards=self.go_backwards,
            zero_start=not states,
            keep=b.training or kind.multiplies_saved,
        )
        shown = len(initial) - 1 if held else 0
        finals = outputs[len(initial) : 2 * len(initial)]
        sequence = transpose(outputs[shown], perm=TIME_FIRST) if self.return_sequences else None
        return Reading(sequence, finals[shown], finals[: len(self.state_names)])

    def recurrent_weight(self, b: LayerBuilder) -> Tensor:
        """The weight (units, lanes · units) that the output of the step before is multiplied by."""
        return b.weight(
            "recurrent_weight",
            (self.units, self.lanes * self.units),
            self.recurrent_initializer,
            regularizer=self.recurrent_regularizer,
            constraint=self.recurrent_constraint,
        )

    def _projected(self, b: LayerBuilder, x: Tensor, bias: Tensor | None) -> Tensor:
        """All steps times the weight, (time, batch, lanes · units)."""
        batch, steps, features = x.shape
        if b.training and self.dropout:
            x = x * (kept(b, (batch, 1, features), self.dropout) * (1.0 / (1.0 - self.dropout)))
        width = self.lanes * self.units
        first = features <= width  # what is smaller is put in order
        x = transpose(x, perm=TIME_FIRST) if first else x
        y = matmul(reshape(x, shape=(-1, features)), self.kernel(b, (features, width)))
        y = y if bias is None else y + bias
        shape = (steps, batch, width) if first else (batch, steps, width)
        return reshape(y, shape=shape) if first else transpose(reshape(y, shape=shape), perm=TIME_FIRST)

    def _forgetting(self, b: LayerBuilder, batch: int) -> Tensor:
        rate = self.recurrent_dropout
        return kept(b, (batch, self.units), rate) * (1.0 / (1.0 - rate))

    def _initial(self, b: LayerBuilder, x: Tensor, states: Sequence[Tensor], *, held: bool) -> list[Tensor]:
        wanted = (x.shape[0], self.units)
        for state in states:
            if state.shape != wanted or state.dtype is not DType.FLOAT32:
                raise ShapeError(
                    f"{self.title()} starts with states of {self.units} numbers each, as many as its units, received "
                    f"{format_shape(state.shape[1:])}. Give both layers equally many units."
                )
        zero = b.ops.constant(np.zeros(wanted, np.float32), DType.FLOAT32)
        count = len(self.state_names) + held
        return [*states, *[zero] * (count - len(states))]

    def torch_form(self, inputs: tuple[TensorSpec, ...]) -> TorchForm | None:
        """A module that reads the whole sequence, where it starts from zero and its functions are the usual ones."""
        plain = not (self.dropout or self.recurrent_dropout or self.return_state or len(inputs) > 1)
        kind = self.torch_kind()
        if kind is None or not plain:
            return None
        module = call_of(
            kind, inputs[0].shape[-1], self.units, bias=None if self.use_bias else False, batch_first=True
        )
        read = "{m}({0}.flip(1))[0]" if self.go_backwards else "{m}({0})[0]"
        weights = self.torch_weights("l0")
        still = ("bias_hh_l0",) if weights.get("bias_hh_l0", Kept("")).added else ()
        call = read if self.return_sequences else f"{read}[:, -1]"
        return TorchForm(module, weights, call, still=still)

    def torch_kind(self) -> str | None:
        """The module of PyTorch that computes the same cell; None where there is none."""
        return None

    def torch_weights(self, end: str) -> dict[str, Kept]:
        """How PyTorch keeps the weights of one direction of one layer, whose names end in `end`; it has two biases."""
        gates = self.torch_gates
        weights = {
            f"weight_ih_{end}": Kept("weight", (1, 0), parts=gates),
            f"weight_hh_{end}": Kept("recurrent_weight", (1, 0), parts=gates),
        }
        if self.use_bias:
            weights[f"bias_ih_{end}"] = Kept("bias", parts=gates)
            weights[f"bias_hh_{end}"] = Kept("bias", parts=gates, added=True)
        return weights

    def explain(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> str:
        """What it reads and what it puts out."""
        steps, features = inputs[0][0], inputs[0][-1]
        order = " from the end" if self.go_backwards else ""
        result = "after every step" if self.return_sequences else "at the end"
        number = "number" if self.units == 1 else "numbers"
        return f"Reads {steps} steps of {features} numbers{order} and puts out {self.units} {number} {result}"


def expect_elementwise(title: str, name: ActivationName) -> None:
    """Raise ValueError if the activation looks at more than one number."""
    tape = Tape()
    try:
        activations()[name].function(tape.source("x"))
    except ShapeError:
        raise ValueError(
            f"{title} of a recurrent layer must look at one number at a time, received {name}. Take tanh or sigmoid."
        ) from None


def _name(kind: type[Settings]) -> str:
    return kind.__name__


def _declared(kind: type[Settings]) -> bool:
    return "declaration" in vars(kind)


RECURRENT: Family[Recurrent] = Family(
    Recurrent, "engine.layers", "recurrent layer", key=_name, includes=_declared
)
AnyRecurrent = Annotated[Recurrent, RECURRENT]
