"""The inputs of an ONNX graph: which axis is the batch, how long open lengths are, and where channels come last."""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.exchange.net import Inlet
from engine.exchange.onnx.drawing import Drawing
from engine.exchange.onnx.graphs import OnnxGraph, Port
from engine.exchange.onnx.wires import Wired, wired
from engine.formats.errors import FormatError
from engine.tensor.spec import DType

# for lengths that a file leaves open, until data says more: those of sequences, and of sides of pictures
GUESSES = ((64, 128), (128, 224), (32, 64), (48, 48), (16, 32), (256, 256), (512, 512))
MOST = 1 << 28  # numbers in an example
_WINDOWED = frozenset(
    (
        *("Conv", "ConvTranspose", "MaxPool", "AveragePool", "GlobalAveragePool", "GlobalMaxPool", "LpPool"),
        *(
            "Resize",
            "Upsample",
            "InstanceNormalization",
            "DepthToSpace",
            "SpaceToDepth",
            "LRN",
            "GlobalLpPool",
        ),
    )
)
_KEEPING = frozenset(  # operators behind which channels are where they were
    (
        *(
            "Add",
            "Sub",
            "Mul",
            "Div",
            "Cast",
            "Identity",
            "Relu",
            "Clip",
            "BatchNormalization",
            "Pad",
            "Pow",
            "Sqrt",
        ),
        *("Sigmoid", "Tanh", "LeakyRelu", "Concat", "Dropout", "Neg", "Abs", "Exp", "Log"),
    )
)


@dataclass(eq=False)
class Inlets:
    """Makes the inlets of a network.

    Attributes:
        graph: of the file.
        drawing: where they are put.
        baked: the batch size that the file is saved with, if it is fixed.
        guess: which of `GUESSES` stands for lengths that are left open.
        guessed: whether any is.
    """

    graph: OnnxGraph
    drawing: Drawing
    baked: int | None = None
    guess: int = 0
    guessed: bool = False
    _names: dict[str, str] = field(default_factory=dict)

    def values(self) -> dict[str, Wired]:
        """The inputs by name; raises FormatError."""
        if not self.graph.inputs:
            raise FormatError("The model has no inputs, so there is nothing to draw.")
        return {port.name: self._value(port) for port in self.graph.inputs}

    def _value(self, port: Port) -> Wired:
        if port.shape is None or port.kind in ("string", "none"):
            what = "text or no tensor" if port.kind in ("string", "none") else "of unknown shape"
            raise FormatError(
                f"The input {port.name:.60} of the model is {what}, which our networks don't take."
            )
        if not port.shape:
            raise FormatError(
                f"The input {port.name:.60} is a single number without a batch, which is not read."
            )
        batch = self._batch(port)
        lengths = self._lengths(port, batch)
        rank = len(lengths)
        order = [batch, *(k for k in range(rank) if k != batch)]
        if batch == 0 and 3 <= rank <= 5 and self._channels_first(port.name):
            order = [0, *range(2, rank), 1]
            shape = " × ".join(str(lengths[k]) for k in order[1:])
            self.drawing.notes.append(
                f"The input {port.name:.60} has its channels last now, as pictures have them here: {shape}."
            )
        wire = tuple(lengths[k] for k in order[1:]) or (1,)
        name = self.drawing.free(port.name)
        dtype = DType.INT32 if port.kind == "int" else DType.FLOAT32
        self.drawing.inlets[name] = Inlet(name, wire, dtype)
        return wired((name, 0), lengths, order, wire, port.kind)

    def _batch(self, port: Port) -> int:
        assert port.shape is not None
        named = [k for k, n in enumerate(port.shape) if isinstance(n, str) and _means_batch(n)]
        axis = named[0] if named else 0
        length = port.shape[axis]
        if isinstance(length, int) and length > 0:
            if self.baked is None:
                self.drawing.notes.append(
                    f"The file has batches of {length}; here a batch has as many examples as you like."
                )
            self.baked = length
        return axis

    def _lengths(self, port: Port, batch: int) -> list[int]:
        assert port.shape is not None
        found: list[int] = []
        guessed: list[str] = []
        for axis, length in enumerate(port.shape):
            if axis == batch:
                found.append(1)
            elif isinstance(length, int) and length > 0:
                found.append(length)
            else:
                found.append(self._open(port, axis))
                guessed.append(f"{length or '?'} = {found[-1]}")
        size = 1
        for n in found:
            size *= n
        if size > MOST:
            raise FormatError(
                f"The input {port.name:.60} claims {size:,} numbers for one example; up to {MOST:,} are read."
            )
        if guessed:
            self.drawing.notes.append(
                f"The input {port.name:.60} leaves lengths open; they are {', '.join(guessed)} here until you change them."
            )
        return found

    def _open(self, port: Port, axis: int) -> int:
        """A usual length: of a side of a picture, or of a sequence; 3 for colours."""
        rank = len(port.shape or ())
        self.guessed = True
        length, side = GUESSES[self.guess]
        if rank == 4 and self._channels_first(port.name):
            return 3 if axis == 1 else side
        return side if rank == 4 and axis < 3 else 3 if rank == 4 else length

    def _channels_first(self, name: str) -> bool:
        """Whether the first operations that look at neighbours see this input with its axes as they are."""
        names, waiting = {name}, True
        while waiting:
            waiting = False
            for node in self.graph.nodes:
                if not node.inputs or not names.intersection(node.inputs):
                    continue
                if node.op in _WINDOWED and node.inputs[0] in names:
                    return True
                new = set(node.outputs) - names
                if node.op in _KEEPING and new:
                    names |= new
                    waiting = True
        return False


def _means_batch(name: str) -> bool:
    return name.lower() in ("n", "b", "bs") or "batch" in name.lower()
