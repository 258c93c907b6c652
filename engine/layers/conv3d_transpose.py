"""The transposed convolution of volumes."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.base import Category, Declaration, LayerSample
from engine.layers.convolution import VolumeWindows
from engine.layers.transposed_convolution import TransposedConvolution
from engine.layers.windows import TripleExtra
from engine.settings import setting


class Conv3DTranspose(VolumeWindows, TransposedConvolution):
    """Paints a pattern for every number: a volume becomes larger.

    It is Conv3D turned round: each number is spread over a window with the weights of its filter, and where windows
    overlap they add up. With strides of 2 the volume doubles. Use it to make volumes out of few numbers, in
    decoders, generators and segmentation. Where the result looks like a chessboard, take a window that the strides
    divide. Source: Dumoulin and Visin, A guide to convolution arithmetic, 2016.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.CONVOLUTION,
        summary="Spreads every number over a window: a larger volume",
        aliases=("deconvolution", "upsampling", "transpose", "decoder", "generator"),
        keras="Conv3DTranspose",
        torch="ConvTranspose3d",
        onnx="ConvTranspose",
        samples=(
            LayerSample({"filters": 2}, ((1, 2, 3, 2, 2),)),
            LayerSample(
                {"filters": 3, "kernel_size": 2, "strides": 2, "padding": "same", "activation": "tanh"},
                ((1, 2, 2, 3, 1),),
            ),
            LayerSample(
                {"filters": 2, "kernel_size": 2, "strides": 3, "output_padding": 1, "use_bias": False},
                ((1, 2, 2, 2, 2),),
            ),
            LayerSample(
                {"filters": 1, "kernel_size": 2, "dilation_rate": 2, "padding": "same"}, ((1, 2, 2, 3, 1),)
            ),
        ),
    )
    output_padding: TripleExtra | None = setting(
        None,
        "Output padding",
        "layers, rows and columns added at the end; chosen for you if empty",
        unit="voxels",
    )
