"""Volumes and films: pictures with one dimension more."""

from __future__ import annotations

from engine.data.bundle import Feature
from engine.layers.conv3d import Conv3D
from engine.layers.global_average_pooling3d import GlobalAveragePooling3D
from engine.layers.max_pooling3d import MaxPooling3D
from engine.proposals.draft import Draft, Flow, window
from engine.proposals.kinds.sequences import one_hidden
from engine.proposals.proposal import Brief, Topic
from engine.proposals.proposer import Pace, Proposer


def _suits(feature: Feature, _brief: Brief) -> float:
    return 0.6 if feature.kind in ("numeric", "image") and len(feature.shape) == 4 else 0.0


def _vector(draft: Draft, flow: Flow, feature: Feature, brief: Brief) -> Flow:
    draft.because(
        Topic.INPUT,
        "volumes of " + " × ".join(map(str, feature.shape[:3])),
        "They enter as they are; the last dimension holds the channels.",
    )
    filters = first = brief.width(8, most=32)
    blocks = 0
    for _ in range(brief.depth(3)):
        depth, height, width = window(flow.shape)
        size = (depth, height, width)
        layer = Conv3D(filters=filters, kernel_size=size, padding="same", activation="relu")
        flow, blocks = draft.add(layer, flow), blocks + 1
        if min(flow.shape[:3]) < 4:
            break
        flow, filters = draft.add(MaxPooling3D(), flow), min(2 * filters, 64)
    draft.because(
        Topic.ARCHITECTURE,
        f"{blocks} convolutions in space from {first} filters, then their mean",
        "Filters find patterns in all three directions, and it does not matter where they are.",
    )
    return draft.add(GlobalAveragePooling3D(), flow)


def _pace(_feature: Feature, _brief: Brief) -> Pace:
    return Pace(0.001, "Adam's usual rate, which convolutions get on with.", 2_000, 40)


VOLUMES = Proposer("volumes", "Convolutional network for volumes", _suits, _vector, one_hidden, _pace)
