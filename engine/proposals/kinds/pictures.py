"""Pictures: filters and pooling for an answer about the whole, a small U-Net for an answer at each pixel."""

from __future__ import annotations

from math import log2

from engine.data.bundle import Feature
from engine.layers.average_pooling2d import AveragePooling2D
from engine.layers.base import Layer
from engine.layers.concatenate import Concatenate
from engine.layers.conv2d import Conv2D
from engine.layers.conv2d_transpose import Conv2DTranspose
from engine.layers.dense import Dense
from engine.layers.dropout import Dropout
from engine.layers.flatten import Flatten
from engine.layers.global_average_pooling2d import GlobalAveragePooling2D
from engine.layers.max_pooling2d import MaxPooling2D
from engine.layers.random_flip import RandomFlip
from engine.layers.random_rotation import RandomRotation
from engine.layers.random_translation import RandomTranslation
from engine.proposals.draft import Draft, Flow, window
from engine.proposals.proposal import Brief, Topic
from engine.proposals.proposer import Pace, Proposer

FEW = 3_000  # rows; fewer are varied at random
SMALLEST_VARIED = 16  # pixels; a smaller picture is spoilt by turning it
SMALLEST_MAP = 4  # pixels of a side, after pooling
LARGEST_SIDE = 128  # pixels that the first filters look at
LARGEST_FLAT = 8_192  # numbers
MOST_FILTERS = 256


def _suits(feature: Feature, _brief: Brief) -> float:
    if len(feature.shape) != 3:
        return 0.0
    return 1.0 if feature.kind == "image" else 0.5 if feature.kind == "numeric" else 0.0


def _filters(brief: Brief) -> int:
    wished = 8 if brief.rows < 300 else 16 if brief.rows < 20_000 else 32
    return brief.width(wished, least=4, most=64)


def _announce(draft: Draft, feature: Feature) -> None:
    height, width, channels = feature.shape
    colours = {1: "grey", 3: "colour"}.get(channels, f"{channels}-channel")
    draft.because(
        Topic.INPUT,
        f"{colours} pictures of {height} × {width}",
        "Brightness enters as 0 to 1, as it is stored; filters need no other preparation.",
    )


def _varied(draft: Draft, flow: Flow, feature: Feature, brief: Brief) -> Flow:
    """A little more variety, where there is too little of it."""
    if brief.rows >= FEW or min(feature.shape[:2]) < SMALLEST_VARIED or feature.kind != "image":
        return flow
    layers: list[Layer] = [
        RandomTranslation(height_factor=(-0.1, 0.1), width_factor=(-0.1, 0.1)),
        RandomRotation(factor=(-0.03, 0.03)),
    ]
    mirrored = feature.shape[2] == 3
    if mirrored:
        layers.insert(0, RandomFlip(mode="horizontal"))
    sides = "mirrored, " if mirrored else ""
    never = "" if mirrored else "; grey pictures may be letters, so they are never mirrored"
    draft.because(
        Topic.REGULARIZATION,
        f"pictures {sides}moved and turned at random",
        f"{brief.rows:,} pictures are few: varied a little, none is seen twice alike{never}.",
    )
    return draft.chain(flow, *layers)


def _shrunk(draft: Draft, flow: Flow) -> Flow:
    """Large pictures made small enough to look at."""
    side = max(flow.shape[:2])
    factor = 2 ** max(0, round(log2(side / LARGEST_SIDE) + 0.49))
    if factor == 1 or min(flow.shape[:2]) < factor:
        return flow
    draft.because(
        Topic.INPUT,
        f"shrunk {factor} times",
        f"A side of {side} pixels costs {factor * factor} times the time of {side // factor}, and rarely says more.",
    )
    return draft.add(AveragePooling2D(pool_size=(factor, factor)), flow)


def _vector(draft: Draft, flow: Flow, feature: Feature, brief: Brief) -> Flow:
    _announce(draft, feature)
    flow = _shrunk(draft, _varied(draft, flow, feature, brief))
    side = min(flow.shape[:2])
    blocks = brief.depth(max(1, min(4, round(log2(max(1, side / SMALLEST_MAP)))))) if side >= 6 else 0
    filters = first = _filters(brief)
    done = 0
    for _ in range(blocks):
        flow = draft.add(looking(filters, flow), flow)
        if min(flow.shape[:2]) < 4:
            break
        flow = draft.add(MaxPooling2D(), flow)
        filters, done = min(2 * filters, 128), done + 1
    height, width, channels = flow.shape
    sentence = (
        f"Each time filters have looked and the picture is halved, patterns grow larger: from {side} pixels to "
        f"{min(height, width)}."
    )
    if not blocks:
        sentence = f"{side} pixels are too few for filters; all of them enter side by side."
    choice = f"{done} × (filters and pooling) from {first} filters" if blocks else "no filters"
    draft.because(Topic.ARCHITECTURE, choice, sentence)
    if height * width * channels <= LARGEST_FLAT:
        return draft.add(Flatten(), flow)
    draft.because(
        Topic.ARCHITECTURE,
        "mean over the picture",
        f"It does not matter where a thing is, and {height * width * channels:,} inputs of a Dense would be too many.",
    )
    return draft.add(GlobalAveragePooling2D(), flow)


def _hidden(draft: Draft, flow: Flow, brief: Brief) -> Flow:
    units = brief.width(32 if brief.rows < FEW else 64 if brief.rows < 20_000 else 128, least=16)
    draft.because(
        Topic.ARCHITECTURE,
        f"then {units} units",
        "They weigh what the filters have found against each other.",
    )
    flow = draft.add(Dense(units=units, activation="relu"), flow)
    if flow.shape[-1] < 32:
        return flow
    draft.because(
        Topic.REGULARIZATION,
        "Dropout 0.3",
        "Most weights are in the last layers; leaving out units at random keeps them from learning pictures by heart.",
    )
    return draft.add(Dropout(rate=0.3), flow)


def _places(draft: Draft, flow: Flow, feature: Feature, brief: Brief) -> Flow:
    """A U-Net: down to the meaning, up to the pixels, with wires across for the outlines.

    Source: Ronneberger, Fischer and Brox, U-Net, 2015; here of one convolution where the original has two.
    """
    _announce(draft, feature)
    height, width = feature.shape[:2]
    halvings = min(brief.depth(3), _twos(height), _twos(width))
    filters = _filters(brief)
    across: list[Flow] = []
    for level in range(halvings):
        flow = draft.add(looking(filters << level, flow), flow, row=float(level))
        across.append(flow)
        flow = draft.add(MaxPooling2D(), flow, row=level + 0.5)
    flow = draft.add(looking(filters << halvings, flow), flow, row=float(halvings))
    for level in reversed(range(halvings)):
        up = Conv2DTranspose(filters=filters << level, kernel_size=(2, 2), strides=(2, 2))
        flow = draft.add(up, flow, row=level + 0.5)
        flow = draft.add(Concatenate(), across[level], flow, row=float(level))
        flow = draft.add(looking(filters << level, flow), flow, row=float(level))
    choice = f"U-Net of {halvings} level{'s' * (halvings != 1)} from {filters} filters"
    draft.because(
        Topic.ARCHITECTURE,
        choice if halvings else f"filters of {filters} kinds",
        "Every pixel needs an answer: the way down finds what is in the picture, the wires across keep where it is."
        if halvings
        else f"Every pixel needs an answer, and {height} × {width} can't be halved without a rest, so the size stays.",
    )
    return flow


def looking(filters: int, flow: Flow) -> Conv2D:
    """A convolution that keeps the size of the picture."""
    height, width = window(flow.shape)
    return Conv2D(
        filters=min(filters, MOST_FILTERS), kernel_size=(height, width), padding="same", activation="relu"
    )


def _twos(length: int) -> int:
    """How often a length can be halved without a rest, so that at least two pixels are left."""
    count = 0
    while length % 2 == 0 and length >= 4:
        length, count = length // 2, count + 1
    return count


def _pace(_feature: Feature, brief: Brief) -> Pace:
    steps = 3_000 if brief.rows < FEW else 6_000
    return Pace(0.001, "Adam's usual rate, which convolutions get on with.", steps, 60)


PICTURES = Proposer(
    "pictures", "Convolutional network for pictures", _suits, _vector, _hidden, _pace, _places
)
