"""What ready blocks consist of: their parts in order, and what each reads, as the literature has them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine.layers.content import Content, Part
from engine.layers.random_contrast import RandomContrast
from engine.layers.registry import layers
from engine.layers.transformer_block import TransformerBlock
from engine.tensor.spec import Shape
from engine.training.augmented import augmented

TOLD = ("units", "filters", "kernel_size", "strides", "pool_size", "use_bias", "key_dim", "rate")


def told(content: Content) -> list[str]:
    """A line for each part, without settings that are usual; what it reads where that is not the part before."""
    lines, before = [], ""
    for part in content.parts:
        sources = [source for source, _, target, _ in content.wires if target == part.id]
        reads = "" if sources == [before] else f" < {', '.join(source or 'in' for source in sources)}"
        lines.append(f"{part.id}: {_kind(part)}{reads}")
        before = part.id
    assert [outlet.part for outlet in content.outlets] == [before], "the last part is what comes out"
    return lines


def _kind(part: Part) -> str:
    kind, usual = type(part.layer), type(part.layer).model_construct()
    names = [n for n in TOLD if n in kind.model_fields]
    unusual = [n for n in names if getattr(part.layer, n) != getattr(usual, n, None)]
    return " ".join([kind.__name__, *(f"{n}={_plain(getattr(part.layer, n))}" for n in unusual)])


def _plain(value: Any) -> str:
    return "x".join(map(str, value)) if isinstance(value, tuple) else str(value)


def wires(text: str) -> list[str]:
    return [line.strip() for line in text.strip().splitlines()]


PICTURE, BARE = (8, 8, 4), {"normalization": "none"}
BLOCKS: tuple[tuple[str, dict[str, Any], Shape, str], ...] = (
    (
        "ConvNormActivation",
        {"filters": 8, "stride": 2},
        PICTURE,
        """
        conv: Conv2D filters=8 strides=2x2 use_bias=False
        conv_norm: BatchNormalization
        conv_act: Activation
        """,
    ),
    (
        "Encoder",
        {"filters": 4, "levels": 2, "code_size": 3, **BARE},
        PICTURE,
        """
        level_1: Conv2D filters=4 strides=2x2
        level_1_act: Activation
        level_2: Conv2D filters=8 strides=2x2
        level_2_act: Activation
        flatten: Flatten
        code: Dense units=3
        """,
    ),
    (
        "Encoder",
        {"filters": 4, "levels": 3, "code_size": 2, **BARE},
        (9,),
        """
        level_1: Dense units=16
        level_1_act: Activation
        level_2: Dense units=8
        level_2_act: Activation
        level_3: Dense units=4
        level_3_act: Activation
        code: Dense units=2
        """,
    ),
    (
        "Decoder",
        {"filters": 4, "levels": 2, "side": 7, "channels": 2},
        (3,),
        """
        spread: Dense
        picture: Reshape
        picture_act: Activation
        level_1: Conv2DTranspose filters=8 kernel_size=2x2 strides=2x2
        level_1_norm: BatchNormalization
        level_1_act: Activation
        level_2: Conv2DTranspose filters=4 kernel_size=2x2 strides=2x2
        level_2_norm: BatchNormalization
        level_2_act: Activation
        crop: Cropping2D
        out: Conv2D filters=2
        """,
    ),
    (
        "Decoder",
        {"filters": 4, "levels": 2, "side": 8, **BARE},
        (3,),
        """
        spread: Dense
        picture: Reshape
        picture_act: Activation
        level_1: Conv2DTranspose filters=8 kernel_size=2x2 strides=2x2
        level_1_act: Activation
        level_2: Conv2DTranspose filters=4 kernel_size=2x2 strides=2x2
        level_2_act: Activation
        out: Conv2D filters=1
        """,
    ),
    (
        "Decoder",
        {"filters": 4, "levels": 2, **BARE},
        (3,),
        """
        level_1: Dense units=4
        level_1_act: Activation
        level_2: Dense units=8
        level_2_act: Activation
        out: Dense units=1
        """,
    ),
    (
        "InceptionBlock",
        {"filters_1": 2, "filters_3": 4, "filters_5": 6, "filters_pool": 3, **BARE},
        PICTURE,
        """
        window_1: Conv2D filters=2 kernel_size=1x1
        window_1_act: Activation
        fewer_3: Conv2D filters=2 kernel_size=1x1 < in
        fewer_3_act: Activation
        window_3: Conv2D filters=4
        window_3_act: Activation
        fewer_5: Conv2D filters=3 kernel_size=1x1 < in
        fewer_5_act: Activation
        window_5: Conv2D filters=6 kernel_size=5x5
        window_5_act: Activation
        pool: MaxPooling2D strides=1x1 pool_size=3x3 < in
        behind_pool: Conv2D filters=3 kernel_size=1x1
        behind_pool_act: Activation
        join: Concatenate < window_1_act, window_3_act, window_5_act, behind_pool_act
        """,
    ),
    (
        "DenseBlock",
        {"layers": 2, "growth_rate": 3},
        PICTURE,
        """
        layer_1a_norm: BatchNormalization
        layer_1a_act: Activation
        layer_1a: Conv2D filters=12 kernel_size=1x1 use_bias=False
        layer_1_norm: BatchNormalization
        layer_1_act: Activation
        layer_1: Conv2D filters=3 use_bias=False
        join_1: Concatenate < in, layer_1
        layer_2a_norm: BatchNormalization
        layer_2a_act: Activation
        layer_2a: Conv2D filters=12 kernel_size=1x1 use_bias=False
        layer_2_norm: BatchNormalization
        layer_2_act: Activation
        layer_2: Conv2D filters=3 use_bias=False
        join_2: Concatenate < join_1, layer_2
        """,
    ),
    (
        "ResidualBlock",
        {"filters": 8, "stride": 2},
        PICTURE,
        """
        conv_1: Conv2D filters=8 strides=2x2 use_bias=False
        conv_1_norm: BatchNormalization
        conv_1_act: Activation
        conv_2: Conv2D filters=8 use_bias=False
        conv_2_norm: BatchNormalization
        shortcut: Conv2D filters=8 kernel_size=1x1 strides=2x2 use_bias=False < in
        shortcut_norm: BatchNormalization
        add: Add < shortcut_norm, conv_2_norm
        add_act: Activation
        """,
    ),
    (
        "ResidualBlock",
        {"filters": None, **BARE},
        PICTURE,
        """
        conv_1: Conv2D filters=4
        conv_1_act: Activation
        conv_2: Conv2D filters=4
        add: Add < in, conv_2
        add_act: Activation
        """,
    ),
    (
        "UNetLevel",
        {"filters": 6, "levels": 1, "dropout": 0.25, **BARE},
        PICTURE,
        """
        down_1: Conv2D filters=6
        down_1_act: Activation
        down_2: Conv2D filters=6
        down_2_act: Activation
        pool: MaxPooling2D strides=2x2
        below_1: Conv2D filters=12
        below_1_act: Activation
        below_2: Conv2D filters=12
        below_2_act: Activation
        dropout: Dropout rate=0.25
        up: Conv2DTranspose filters=6 kernel_size=2x2 strides=2x2
        join: Concatenate < down_2_act, up
        out_1: Conv2D filters=6
        out_1_act: Activation
        out_2: Conv2D filters=6
        out_2_act: Activation
        """,
    ),
    (
        "TransformerBlock",
        {"intermediate_dim": 12},
        (6, 8),
        """
        attention: MultiHeadAttention key_dim=2
        attention_add: Add < in, attention
        attention_norm: LayerNormalization
        feedforward_1: Dense units=12
        feedforward_2: Dense units=8
        feedforward_add: Add < attention_norm, feedforward_2
        feedforward_norm: LayerNormalization
        """,
    ),
    (
        "TransformerBlock",
        {"intermediate_dim": 12, "normalize_first": True, "dropout": 0.25},
        (6, 8),
        """
        attention_norm: LayerNormalization
        attention: MultiHeadAttention key_dim=2
        attention_dropout: Dropout rate=0.25
        attention_add: Add < in, attention_dropout
        feedforward_norm: LayerNormalization
        feedforward_1: Dense units=12
        feedforward_2: Dense units=8
        feedforward_dropout: Dropout rate=0.25
        feedforward_add: Add < attention_add, feedforward_dropout
        """,
    ),
)


@pytest.mark.parametrize(("name", "settings", "shape", "text"), BLOCKS)
def test_a_block_consists_of(name: str, settings: dict[str, Any], shape: Shape, text: str) -> None:
    layer: Any = layers()[name].model_validate(settings)
    assert told(layer.content_for((shape,))) == wires(text)


def test_attention_in_a_block_is_as_the_block_says() -> None:
    settings = {"num_heads": 2, "dropout": 0.5, "use_causal_mask": True, "activation": "gelu"}
    block = TransformerBlock.model_validate(settings)
    inside = {part.id: part.layer.model_dump() for part in block.content_for(((6, 8),)).parts}
    attention = inside["attention"]
    assert (attention["num_heads"], attention["key_dim"]) == (2, 4)
    assert (attention["dropout"], attention["use_causal_mask"]) == (0.5, True)
    assert (inside["feedforward_1"]["activation"], inside["feedforward_2"]["activation"]) == (
        "gelu",
        "linear",
    )


@pytest.mark.parametrize(("factor", "less", "more"), [((0.5, 0.0), True, False), ((0.0, 0.5), False, True)])
def test_contrast_becomes_less_or_more_as_its_factors_say(
    factor: tuple[float, float], less: bool, more: bool
) -> None:
    picture = np.tile(np.linspace(90, 150, 8).astype(np.uint8)[:, np.newaxis, np.newaxis], (1, 8, 1))
    made = augmented([RandomContrast.model_validate({"factor": factor})], picture).astype(np.float64)
    change = made.std(axis=(1, 2, 3)) / picture.std()
    assert bool(change.min() < 0.95) is less
    assert bool(change.max() > 1.05) is more
    assert change.min() > 0.48
    assert change.max() < 1.52
