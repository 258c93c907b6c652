"""Any of our operations as a layer."""

from __future__ import annotations

from typing import ClassVar

from pydantic import field_validator

from engine.layers.base import Category, Declaration, LayerBuilder, LayerSample, Port
from engine.layers.formula import LONGEST, formula
from engine.layers.weighted import Weighted
from engine.ops.op import Tensor
from engine.settings import setting
from engine.tensor.spec import DType, Shape, ShapeError


class Op(Weighted):
    """Computes what you write: y of x, with any operation that there is.

    y = relu(x) is one operation; several stand in lines or behind semicolons: a = matmul(x, x1); y = softmax(a * 0.5).
    What comes in is called x, x1, x2 .., what goes out y, y1 .. The batch is the first dimension of all of them, and
    its length is called batch. w = weight(3, 4) is a weight that is learned, fixed(3, 4) one that is not, values([1,
    2]) are numbers that you write down. The operations are those of scripts (engine.ops.api). Networks that were read
    from ONNX have it where no layer does the same.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.CORE,
        summary="Computes a formula of any operations",
        aliases=("operation", "formula", "lambda", "custom", "einsum", "math", "function", "onnx"),
        samples=(
            LayerSample(),
            LayerSample({"formula": "y = einsum('bij,bkj->bik', x, x1)"}, ((2, 3, 4), (2, 5, 4))),
            LayerSample(
                {"formula": "w = weight(3, 2); a = matmul(x, w) * 2 + 1; y = tanh(a) - 0.5"}, ((4, 3),)
            ),
            LayerSample({"formula": "y, y1 = split(x, 2, axis=1)", "label": "halves"}, ((2, 4),)),
            LayerSample(
                {"formula": "c = fixed(3, start='ones'); y = reshape(x / c, [batch, 1, 3])"}, ((2, 3),)
            ),
        ),
    )
    formula: str = setting(
        "y = relu(x)",
        "Formula",
        "y = .. of what comes in: x, x1, x2 .., one operation a line",
        max_length=LONGEST,
    )
    label: str = setting(
        "", "Label", "what the node is called beside its name", prominent=True, max_length=60
    )

    @field_validator("formula")
    @classmethod
    def _readable(cls, value: str) -> str:
        formula(value)
        return value

    def input_ports(self) -> tuple[Port, ...]:
        """One for each x."""
        return tuple(Port("input" if k == 0 else name) for k, name in enumerate(formula(self.formula).inputs))

    def output_ports(self) -> tuple[Port, ...]:
        """One for each y."""
        return tuple(
            Port("output" if k == 0 else name) for k, name in enumerate(formula(self.formula).outputs)
        )

    def build(self, b: LayerBuilder, *inputs: Tensor) -> tuple[Tensor, ...]:
        """As the formula says."""
        try:
            return formula(self.formula).run(b, inputs)
        except ShapeError as error:
            if any(x.spec.dtype is DType.INT32 for x in inputs):
                raise ShapeError(f"{error} Put an Embedding before it.") from error
            raise

    def subtitle(self) -> str:
        """The label, or the formula."""
        return self.label or self._shortened(40)

    def explain(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> str:
        """The formula."""
        return f"Computes {self._shortened(200)}"

    def _shortened(self, most: int) -> str:
        """The formula on one line of so many letters."""
        text = "; ".join(filter(None, (line.strip(" ;") for line in self.formula.splitlines())))
        return text if len(text) <= most else f"{text[: most - 3]}..."
