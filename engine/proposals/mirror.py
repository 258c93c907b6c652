"""Autoencoders: where the answer is the question, the network must pass it through something narrower.

A network that could copy would learn nothing; what it keeps of the data in a narrow layer is what matters of it.
"""

from __future__ import annotations

from engine.data.bundle import Feature
from engine.layers.conv2d import Conv2D
from engine.layers.dense import Dense
from engine.layers.flatten import Flatten
from engine.layers.max_pooling2d import MaxPooling2D
from engine.layers.reshape import Reshape
from engine.layers.up_sampling2d import UpSampling2D
from engine.proposals.draft import Draft, Flow
from engine.proposals.kinds.pictures import looking
from engine.proposals.proposal import Brief, Topic
from engine.tensor.spec import TensorSpec, format_shape

SMALL_PICTURE = 256  # pixels; smaller ones are taken as rows of numbers


def passed_through(draft: Draft, flow: Flow, feature: Feature, brief: Brief) -> Flow:
    """From a feature of any shape of numbers, through something narrow, to that shape."""
    shape = feature.shape
    draft.because(
        Topic.INPUT,
        format_shape(shape) if shape else "1",
        f"All of {feature.name} enters, because all of it is to come out again.",
    )
    large = len(shape) == 3 and shape[0] * shape[1] > SMALL_PICTURE
    if large and shape[0] % 4 == 0 and shape[1] % 4 == 0:
        return _by_filters(draft, flow, feature, brief)
    size = TensorSpec(shape).size
    if len(shape) != 1:
        flow = draft.add(Flatten(), flow) if len(shape) > 1 else draft.add(Reshape(target_shape=(1,)), flow)
    wide = brief.width(min(256, max(8, size)), least=8)
    code = max(1, min(brief.width(max(2, size**0.5), least=1, most=64), size - 1))
    draft.because(
        Topic.ARCHITECTURE,
        f"{size:,} numbers through {code}",
        f"The answer is the question, so all must pass {code} unit{'s' * (code > 1)}: what they keep is what matters.",
    )
    flow = draft.chain(
        flow,
        Dense(units=wide, activation="relu"),
        Dense(units=code),
        Dense(units=wide, activation="relu"),
        Dense(units=size, activation="sigmoid" if feature.kind == "image" else "linear"),
    )
    return flow if len(shape) == 1 else draft.add(Reshape(target_shape=shape), flow)


def _by_filters(draft: Draft, flow: Flow, feature: Feature, brief: Brief) -> Flow:
    height, width, channels = feature.shape
    filters = brief.width(16, least=8, most=64)
    bright = "sigmoid" if feature.kind == "image" else "linear"
    code = max(1, channels * 4)
    flow = draft.chain(
        flow,
        looking(filters, flow),
        MaxPooling2D(),
        looking(code, flow),
        MaxPooling2D(),
        UpSampling2D(),
        looking(filters, flow),
        UpSampling2D(),
        Conv2D(filters=channels, kernel_size=(3, 3), padding="same", activation=bright),
    )
    share = height * width * channels / (height // 4 * (width // 4) * code)
    draft.because(
        Topic.ARCHITECTURE,
        f"{height} × {width} through {height // 4} × {width // 4} × {code}",
        f"The answer is the question, so all must pass {share:.0f} times fewer numbers: what they keep is what matters.",
    )
    return flow
