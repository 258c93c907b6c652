"""The transposed convolution of pictures."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.base import Category, Declaration, LayerSample
from engine.layers.convolution import PictureWindows
from engine.layers.transposed_convolution import TransposedConvolution
from engine.layers.windows import PairExtra
from engine.settings import setting


class Conv2DTranspose(PictureWindows, TransposedConvolution):
    """Paints a pattern for every number: a picture becomes larger.

    It is Conv2D turned round: each number is spread over a window with the weights of its filter, and where windows
    overlap they add up. With strides of 2 the picture doubles. Use it to make pictures out of few numbers, in
    decoders, generators and segmentation. Where the result looks like a chessboard, take a window that the strides
    divide. Source: Dumoulin and Visin, A guide to convolution arithmetic, 2016.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.CONVOLUTION,
        summary="Spreads every number over a window: a larger picture",
        aliases=("deconvolution", "upsampling", "transpose", "decoder", "generator"),
        keras="Conv2DTranspose",
        torch="ConvTranspose2d",
        onnx="ConvTranspose",
        common=True,
        samples=(
            LayerSample({"filters": 2}, ((2, 3, 4, 3),)),
            LayerSample(
                {"filters": 3, "kernel_size": 2, "strides": 2, "padding": "same", "activation": "tanh"},
                ((1, 3, 2, 2),),
            ),
            LayerSample(
                {"filters": 2, "kernel_size": 2, "strides": 3, "output_padding": 1, "use_bias": False},
                ((2, 3, 2, 1),),
            ),
            LayerSample(
                {"filters": 1, "kernel_size": 2, "dilation_rate": 2, "padding": "same"}, ((1, 3, 2, 2),)
            ),
        ),
    )
    output_padding: PairExtra | None = setting(
        None, "Output padding", "rows and columns added at the end; chosen for you if empty", unit="pixels"
    )
