"""Writes `keras_files.zip`: small models saved by real Keras, with inputs and what Keras says of them.

Run by hand, outside the project's environment, when models are added:

    python3 -m venv keras-venv && keras-venv/bin/pip install keras torch h5py
    KERAS_BACKEND=torch keras-venv/bin/python -m tests.golden.make_keras_files

The judge of files that we write is the test of group `judges` (see CONTRIBUTING.md), which loads them in Keras.
"""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import layers as L  # noqa: N812 - as everybody calls it

EXAMPLES = 3


def mlp() -> Any:
    """A chain with regularizers, batch norm and dropout."""
    parts = [
        L.Dense(6, activation="relu", kernel_regularizer="l2"),
        L.BatchNormalization(),
        L.Dropout(0.3),
        L.Dense(5, activation="gelu", kernel_initializer=keras.initializers.VarianceScaling(2.0)),
        L.LeakyReLU(negative_slope=0.1),
        L.Dense(3, activation="softmax"),
    ]
    return keras.Sequential([keras.Input((4,)), *parts])


def cnn() -> Any:
    """Convolutions of every kind, poolings, a residual connection."""
    x = start = keras.Input((8, 8, 3), name="picture")
    x = L.Rescaling(0.5, offset=-0.1)(x)
    x = side = L.Conv2D(4, 3, padding="same", activation="relu")(x)
    x = L.SeparableConv2D(4, 3, padding="same")(x)
    x = L.BatchNormalization(momentum=0.9)(x)
    x = L.Activation("relu6")(x)
    x = L.DepthwiseConv2D(3, padding="same")(x)
    x = L.Add()([x, side])
    x = L.MaxPooling2D()(x)
    x = L.Conv2DTranspose(2, 2, strides=2)(x)
    x = L.ZeroPadding2D(1)(x)
    x = L.AveragePooling2D(2, padding="same")(x)
    x = L.GlobalAveragePooling2D()(x)
    return keras.Model(start, L.Dense(2, name="says")(x))


def shared() -> Any:
    """One layer used twice, two inputs, two outputs, arithmetic between layers."""
    a, b = keras.Input((4,), name="a"), keras.Input((4,), name="b")
    common = L.Dense(3, activation="tanh", name="common")
    x, y = common(a), common(b)
    z = L.Concatenate()([x, y, x * y])
    return keras.Model([a, b], [L.Dense(2, name="one")(z), L.Dense(1, name="two")(x / 2.0 + y)])


def nested() -> Any:
    """Models in models; one of them is used twice."""
    inner = keras.Sequential(
        [keras.Input((5,)), L.Dense(4, activation="elu"), L.BatchNormalization()], name="inner"
    )
    start = keras.Input((5,))
    x = L.Average()([inner(start), inner(L.Dense(5)(start))])
    outer = keras.Sequential([keras.Input((4,)), L.Dense(3), L.UnitNormalization()], name="outer")
    return keras.Model(start, outer(x))


def recurrent() -> Any:
    """Words, masks, and recurrent layers one after the other."""
    start = keras.Input((6,), dtype="int32", name="words")
    x = L.Embedding(9, 4, mask_zero=True)(start)
    x = L.Bidirectional(L.LSTM(3, return_sequences=True))(x)
    x = L.GRU(4, return_sequences=True)(x)
    x = L.TimeDistributed(L.Dense(3, activation="relu"))(x)
    x = L.SimpleRNN(3)(x)
    return keras.Model(start, L.Dense(2, activation="sigmoid")(x))


def attention() -> Any:
    """Attention with heads, norms and a residual, as in a transformer."""
    start = keras.Input((5, 6), name="sequence")
    x = L.MultiHeadAttention(2, 3)(start, start, use_causal_mask=True)
    x = side = L.LayerNormalization()(L.Add()([start, x]))
    x = L.Dense(6)(L.Dense(8, activation="silu")(x))
    x = L.LayerNormalization()(L.Add()([x, side]))
    x = L.GlobalAveragePooling1D()(x)
    return keras.Model(start, L.Dense(2)(x))


def frozen() -> Any:
    """A frozen part, a measured normalization, a convolution over time."""
    norm = L.Normalization()
    norm.adapt(np.random.default_rng(5).normal(3.0, 2.0, (20, 7, 2)))
    model = keras.Sequential(
        [keras.Input((7, 2)), norm, L.Conv1D(3, 3, padding="causal"), L.PReLU(), L.Flatten(), L.Dense(2)]
    )
    model.layers[1].trainable = False
    return model


def words() -> Any:
    """Recurrent layers as TensorFlow.js has them, too."""
    start = keras.Input((6,), dtype="int32", name="words")
    x = L.Embedding(9, 4, mask_zero=True)(start)
    x = L.Bidirectional(L.LSTM(3, return_sequences=True))(x)
    x = L.GRU(4, return_sequences=True, reset_after=False)(x)
    x = L.TimeDistributed(L.Dense(3))(x)
    return keras.Model(start, L.Dense(2)(L.SimpleRNN(3)(x)))


def twice() -> Any:
    """A model used twice in another."""
    inner = keras.Sequential(
        [keras.Input((5,)), L.Dense(4, activation="elu"), L.BatchNormalization()], name="inner"
    )
    start = keras.Input((5,))
    x = L.Average()([inner(start), inner(L.Dense(5)(start))])
    return keras.Model(start, L.Dense(3)(x))


MODELS: tuple[Callable[[], Any], ...] = (mlp, cnn, shared, nested, recurrent, attention, frozen, words, twice)


def main() -> None:
    """Save every model in both formats, with inputs and outputs."""
    target = Path(__file__).with_name("keras_files.zip")
    with (
        tempfile.TemporaryDirectory() as folder,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        for make in MODELS:
            keras.utils.clear_session()
            keras.utils.set_random_seed(3)
            model = make()
            generator = np.random.default_rng(7)
            for weight in model.weights:
                if "float" in weight.dtype:
                    low = 0.5 if not weight.trainable else -0.7
                    weight.assign(generator.uniform(low, 1.3, weight.shape))
            model.compile(keras.optimizers.AdamW(0.002, weight_decay=0.01), loss="mean_squared_error")
            inputs = [_input(tensor, generator) for tensor in model.inputs]
            said = model(inputs if len(inputs) > 1 else inputs[0], training=False)
            outputs = said if isinstance(said, list | tuple) else [said]
            arrays = {f"x{k}": x for k, x in enumerate(inputs)}
            arrays |= {f"y{k}": keras.ops.convert_to_numpy(y) for k, y in enumerate(outputs)}
            path = Path(folder) / make.__name__
            np.savez(path.with_suffix(".npz"), allow_pickle=False, **arrays)
            for suffix in (".keras", ".h5"):
                model.save(path.with_suffix(suffix))
            for suffix in (".npz", ".keras", ".h5"):
                archive.write(path.with_suffix(suffix), f"{make.__name__}{suffix}")
    print(f"{target.name}: {len(MODELS)} models, {target.stat().st_size / 1000:.0f} kB")


def _input(tensor: Any, generator: np.random.Generator) -> np.ndarray[Any, Any]:
    shape = (EXAMPLES, *tensor.shape[1:])
    if "int" in tensor.dtype:
        found = generator.integers(1, 9, shape).astype(np.int32)
        found[:, 4:] = 0  # padding
        return found
    return generator.normal(size=shape).astype(np.float32)


if __name__ == "__main__":
    main()
