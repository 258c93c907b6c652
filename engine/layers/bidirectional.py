"""A sequence read from both ends."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar, Literal, Self

from pydantic import model_validator

from engine.layers.base import Category, Declaration, LayerBuilder, LayerSample, Port
from engine.layers.lstm import LSTM
from engine.layers.recurrent import AnyRecurrent, Reading, Recurrent
from engine.layers.scope import Scope
from engine.layers.torch_form import TorchForm, call_of
from engine.layers.weighted import Weighted
from engine.ops.movement import concat
from engine.ops.op import Tensor
from engine.ops.views import reshape
from engine.settings import setting
from engine.tensor.spec import Shape, TensorSpec

MergeMode = Literal["concat", "sum", "mul", "ave"]


class Bidirectional(Weighted):
    """Reads a sequence forwards and backwards with two recurrent layers and puts their outputs together.

    Each has weights of its own. After every step, the one has seen what came before and the other what comes behind,
    which helps wherever the whole sequence is there before the answer is needed: text, finished recordings. With all
    steps put out, those that a mask leaves out are zero.
    Source: Schuster and Paliwal, Bidirectional recurrent neural networks, 1997.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.RECURRENT,
        summary="Reads a sequence from both ends with two recurrent layers",
        aliases=("bilstm", "birnn", "bigru", "both directions", "wrapper"),
        keras="Bidirectional",
        torch="LSTM",
        common=True,
        samples=(
            LayerSample({"layer": {"name": "LSTM", "units": 2}}, ((2, 3, 4),)),
            LayerSample(
                {"layer": {"name": "GRU", "units": 2, "return_sequences": True}, "merge_mode": "ave"},
                ((2, 3, 2),),
            ),
            LayerSample(
                {
                    "layer": {"name": "LSTM", "units": 2, "return_sequences": True, "return_state": True},
                    "merge_mode": None,
                },
                ((2, 3, 1), (2, 2), (2, 2), (2, 2), (2, 2)),
            ),
            LayerSample(
                {
                    "layer": {"name": "SimpleRNN", "units": 2},
                    "backward_layer": {"name": "GRU", "units": 2, "go_backwards": True},
                    "merge_mode": "mul",
                },
                ((2, 3, 2),),
            ),
        ),
    )
    layer: AnyRecurrent = setting(LSTM(), "Layer", "what reads the sequence", prominent=True)
    merge_mode: MergeMode | None = setting(
        "concat", "Merge", "how both outputs become one; none leaves them apart", prominent=True
    )
    backward_layer: AnyRecurrent | None = setting(
        None, "Backward layer", "what reads from the other end, if it is not like the first", advanced=True
    )

    @model_validator(mode="after")
    def _fit(self) -> Self:
        one, other = self.layer, self.backward_layer
        if other is None:
            return self
        if one.go_backwards == other.go_backwards:
            raise ValueError(
                "Of the two layers of a Bidirectional, one reads backwards, received two that read the same way. "
                "Switch on Backwards in the backward layer."
            )
        alike = ("units", "return_sequences", "return_state")
        different = [name for name in alike if getattr(one, name) != getattr(other, name)]
        if different:
            raise ValueError(
                f"The two layers of a Bidirectional agree in {', '.join(alike)}, received different "
                f"{' and '.join(different)}. Make them equal."
            )
        return self

    def _layers(self) -> tuple[Recurrent, Recurrent]:
        turned = self.layer.model_copy(update={"go_backwards": not self.layer.go_backwards})
        return self.layer, self.backward_layer or turned

    def keras_call(self, tensors: list[Any]) -> tuple[list[Any], dict[str, Any]]:
        """The states that it starts with have a name."""
        return tensors[:1], {"initial_state": tensors[1:]} if tensors[1:] else {}

    def keras_weight(self, name: str) -> str:
        """Each direction is named after it and what reads."""
        direction, _, rest = name.partition("/")
        return f"{direction}_{type(self.layer).__name__.lower()}/{self.layer.keras_weight(rest)}"

    def keras_place(self, part: str) -> str:
        """Each direction is a layer of its own."""
        direction, _, rest = part.partition("/")
        return f"{direction}_layer/{self.layer.keras_place(rest)}"

    def input_ports(self) -> tuple[Port, ...]:
        """The sequence; states to start with, those of the first layer first."""
        names = (f"initial_{way}_{name}" for way, layer in self._named() for name in layer.state_names)
        return (Port("input"), *(Port(name, minimum=0) for name in names))

    def output_ports(self) -> tuple[Port, ...]:
        """The merged output or both, and the states if they are wanted."""
        outputs = (Port("output"),) if self.merge_mode else (Port("forward"), Port("backward"))
        if not self.layer.return_state:
            return outputs
        return (
            *outputs,
            *(Port(f"{way}_{name}") for way, layer in self._named() for name in layer.state_names),
        )

    def _named(self) -> list[tuple[str, Recurrent]]:
        return list(zip(("forward", "backward"), self._layers(), strict=True))

    def build(self, b: LayerBuilder, *inputs: Tensor) -> tuple[Tensor, ...]:
        """(batch, time, n) -> (batch, units or 2 · units), or the same for all steps."""
        x, *states = inputs
        readings: list[Reading] = []
        for way, layer in self._named():
            count = len(layer.state_names)
            readings.append(layer.read(Scope(b, way, layer), x, states[:count]))
            states = states[count:]
        outputs = self._merged(*(self._output(b, x, reading) for reading in readings))
        if self.layer.return_sequences:
            for output in outputs:
                b.set_mask(output, b.mask(x))
        finals = (state for reading in readings for state in reading.states)
        return (*outputs, *finals) if self.layer.return_state else outputs

    def _output(self, b: LayerBuilder, x: Tensor, reading: Reading) -> Tensor:
        """All steps at their own times, zero where the mask leaves them out; or the last one."""
        mask = b.mask(x)
        if reading.sequence is None or mask is None:
            return reading.last if reading.sequence is None else reading.sequence
        return reading.sequence * reshape(mask, shape=(*mask.shape, 1))

    def _merged(self, one: Tensor, other: Tensor) -> tuple[Tensor, ...]:
        if self.merge_mode == "concat":
            return (concat(one, other, axis=-1),)
        if self.merge_mode == "sum":
            return (one + other,)
        if self.merge_mode == "mul":
            return (one * other,)
        return ((one + other) * 0.5,) if self.merge_mode == "ave" else (one, other)

    def torch_form(self, inputs: tuple[TensorSpec, ...]) -> TorchForm | None:
        """One module that reads from both ends, where what it puts out is put side by side."""
        layer, other = self._layers()
        alike = other.model_copy(update={"go_backwards": layer.go_backwards}) == layer
        form = layer.torch_form(inputs)
        kind = layer.torch_kind()
        if form is None or not alike or layer.go_backwards or self.merge_mode != "concat" or len(inputs) > 1:
            return None
        module = call_of(
            str(kind),
            inputs[0].shape[-1],
            layer.units,
            bias=None if layer.use_bias else False,
            batch_first=True,
            bidirectional=True,
        )
        weights, still = {}, []
        for way, end in (("forward", "l0"), ("backward", "l0_reverse")):
            for name, kept in layer.torch_weights(end).items():
                weights[name] = replace(kept, weight=f"{way}/{kept.weight}")
                still += [name] if kept.added else []
        if layer.return_sequences:
            return TorchForm(module, weights, "{m}({0})[0]", still=tuple(still))
        if kind != "nn.LSTM":
            return TorchForm(module, weights, "torch.cat(tuple({m}({0})[1]), dim=-1)", still=tuple(still))
        return TorchForm(module, weights, "torch.cat(tuple({m}({0})[1][0]), dim=-1)", still=tuple(still))

    def subtitle(self) -> str:
        """The layer and how the outputs are merged."""
        return f"{self.layer.title()} {self.layer.units} · {self.merge_mode or 'apart'}"

    def explain(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> str:
        """What reads, and what becomes of it."""
        merged = {
            "concat": "put side by side",
            "sum": "added",
            "mul": "multiplied",
            "ave": "averaged",
        }
        result = f"whose outputs are {merged[self.merge_mode]}" if self.merge_mode else "with an output each"
        return f"Reads {inputs[0][0]} steps from both ends with two {self.layer.title()}s, {result}"
