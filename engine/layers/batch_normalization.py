"""Normalization by the statistics of the batch."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.base import Category, Declaration, LayerBuilder, LayerSample, expect_numbers, per_example
from engine.layers.center_scale import CenterScale
from engine.layers.initializers import AnyInitializer
from engine.layers.moments import masked_moments, moments, moved
from engine.layers.renorm import Averages, Clipping
from engine.layers.shapes import along, inner_axis, shaped
from engine.layers.torch_form import Kept, TorchForm, call_of
from engine.ops.elementwise import rsqrt, sqrt
from engine.ops.op import Tensor
from engine.settings import setting
from engine.tensor.spec import Shape, ShapeError, TensorSpec


class BatchNormalization(CenterScale):
    """Brings every channel to mean 0 and deviation 1.

    y = gamma · (x - mean) / √(variance + epsilon) + beta. While training, mean and variance are those of the
    batch; in use (and where the layer is frozen) they are the moving averages that training left behind. Networks
    with it train faster and forgive larger learning rates. Put it between a convolution or Dense and its activation;
    it needs batches of 16 or more. What a mask says is padding does not count.
    Source: Ioffe and Szegedy, Batch normalization, 2015; Ioffe, Batch renormalization, 2017 (renorm).
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.NORMALIZATION,
        summary="Brings every channel to mean 0 and deviation 1 over the batch",
        aliases=("batchnorm", "bn", "standardize", "renorm"),
        keras="BatchNormalization",
        torch="BatchNorm2d",
        onnx="BatchNormalization",
        masking=True,
        common=True,
        samples=(
            LayerSample({}, ((6, 4),)),
            LayerSample({"momentum": 0.9, "epsilon": 0.01}, ((3, 2, 3, 2),)),
            LayerSample({"center": False, "scale": False}, ((5, 3),)),
            LayerSample({"axis": 1}, ((3, 2, 5),)),
            # limits between which the corrections are constant, as the gradient takes them to be
            LayerSample(
                {"renorm": True, "renorm_clipping": {"rmin": 1.0, "rmax": 1.0, "dmax": 0.0}}, ((5, 3),)
            ),
        ),
    )
    axis: int = setting(-1, "Axis", "dimension of the channels; 0 is the batch", advanced=True, ge=-8, le=8)
    momentum: float = setting(0.99, "Momentum", "memory of the moving averages", ge=0.0, le=1.0)
    epsilon: float = setting(0.001, "Epsilon", "keeps the division from zero", gt=0.0, le=1.0)
    moving_mean_initializer: AnyInitializer = setting(
        "zeros", "Mean starts", "how the moving mean starts", advanced=True
    )
    moving_variance_initializer: AnyInitializer = setting(
        "ones", "Variance starts", "how the moving variance starts", advanced=True
    )
    renorm: bool = setting(False, "Renormalize", "use the averages in training, too", advanced=True)
    renorm_clipping: Clipping | None = setting(
        None, "Renorm limits", "how far batch and averages may differ", advanced=True
    )
    renorm_momentum: float = setting(
        0.99, "Renorm momentum", "memory of the averages used in training", advanced=True, ge=0.0, le=1.0
    )

    def build(self, b: LayerBuilder, *inputs: Tensor) -> tuple[Tensor, ...]:
        """The shape stays."""
        (x,) = inputs
        expect_numbers(x, "BatchNormalization")
        if x.spec.rank < 2:
            raise ShapeError(
                f"BatchNormalization needs channels, received {per_example(x)} per example. "
                "Put a Reshape to (1,) before it."
            )
        axis = inner_axis(self.axis, x, "BatchNormalization")
        shape, spread = (x.shape[axis],), along(x.shape, (axis,))[axis:]
        gamma, beta = self.factor(b, shape, shape), self.shift(b, shape, shape)
        average, variance, r, d = self._statistics(b, x, axis)
        factor = rsqrt(variance + self.epsilon)
        if r is not None and d is not None:  # (z · r + d) · gamma + beta
            factor = factor * r
            moved_by = d if gamma is None else d * gamma
            beta = moved_by if beta is None else moved_by + beta
        if gamma is not None:
            factor = factor * gamma
        y = (x - shaped(average, spread)) * shaped(factor, spread)
        return (y if beta is None else y + shaped(beta, spread),)

    def _statistics(
        self, b: LayerBuilder, x: Tensor, axis: int
    ) -> tuple[Tensor, Tensor, Tensor | None, Tensor | None]:
        """Mean and variance (channels,) of this batch in training, moving averages otherwise; renorm's corrections."""
        starts = (self.moving_mean_initializer, self.moving_variance_initializer)
        shape = (x.shape[axis],)
        moving_mean = b.weight("moving_mean", shape, starts[0], trainable=False)
        moving_variance = b.weight("moving_variance", shape, starts[1], trainable=False)
        averages = Averages.of(b, moving_mean, moving_variance, starts) if self.renorm else None
        if not b.training or b.frozen:
            return moving_mean, moving_variance, None, None
        mask = b.mask(x)
        average, variance = moments(x, axis) if mask is None else masked_moments(x, axis, mask)
        if averages is None:
            b.update("moving_mean", moved(moving_mean, average, self.momentum))
            b.update("moving_variance", moved(moving_variance, variance, self.momentum))
            return average, variance, None, None
        deviation = sqrt(variance + self.epsilon)
        r, d = averages.corrections(average, deviation, self.epsilon, self.renorm_clipping or Clipping())
        averages.update(b, average, deviation, (self.momentum, self.renorm_momentum), self.epsilon)
        return average, variance, r, d

    def torch_form(self, inputs: tuple[TensorSpec, ...]) -> TorchForm | None:
        """Over the last axis; PyTorch's running variance is that of a sample, ours that of the batch."""
        rank = len(inputs[0].shape)
        if self.renorm or rank > 4 or self.axis % (rank + 1) != rank:
            return None
        count, dims = inputs[0].shape[-1], max(1, rank - 1)
        weights = {"running_mean": Kept("moving_mean"), "running_var": Kept("moving_variance")}
        weights |= {"weight": Kept("gamma")} if self.scale else {}
        weights |= {"bias": Kept("beta")} if self.center else {}
        if self.scale != self.center:
            return None
        affine = None if self.scale else False
        module = call_of(
            f"nn.BatchNorm{dims}d",
            count,
            eps=self.epsilon,
            momentum=round(1 - self.momentum, 12),
            affine=affine,
        )
        note = "running variances of PyTorch are divided by n - 1, where ours are divided by n"
        return TorchForm(module, weights, layout="first", notes=(note,), statistics=True)

    def explain(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> str:
        """Over what it normalizes."""
        count = (1, *inputs[0])[self.axis]
        return (
            f"Brings {'the channel' if count == 1 else f'each of {count} channels'} to mean 0 and deviation 1"
        )
