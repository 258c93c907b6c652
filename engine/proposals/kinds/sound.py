"""Sound: filters on the wave itself, or on a picture of its pitches over time."""

from __future__ import annotations

from engine.data.bundle import Feature
from engine.layers.conv1d import Conv1D
from engine.layers.global_average_pooling1d import GlobalAveragePooling1D
from engine.layers.max_pooling1d import MaxPooling1D
from engine.layers.reshape import Reshape
from engine.proposals.draft import Draft, Flow
from engine.proposals.kinds.pictures import PICTURES
from engine.proposals.kinds.sequences import one_hidden
from engine.proposals.proposal import Brief, Topic
from engine.proposals.proposer import Pace, Proposer

WAVE_FROM = 1_000  # steps of one or two channels: nothing but a microphone measures so often
PITCHES_FROM = 16  # columns without names: loudness at as many pitches
WINDOW, STEP = 32, 4  # of the first filters: 2 ms of a recording of 16,000 values a second, as the ear begins


def _is_wave(feature: Feature) -> bool:
    return len(feature.shape) == 2 and feature.shape[0] >= WAVE_FROM and feature.shape[1] <= 2


def _is_spectrogram(feature: Feature) -> bool:
    small = len(feature.shape) != 2 or feature.shape[0] < PITCHES_FROM or feature.shape[1] < PITCHES_FROM
    return not small and len(feature.column_names) != feature.shape[1]


def _suits_wave(feature: Feature, _brief: Brief) -> float:
    return 0.8 if feature.kind == "numeric" and _is_wave(feature) else 0.0


def _suits_spectrogram(feature: Feature, _brief: Brief) -> float:
    return 0.7 if feature.kind == "numeric" and _is_spectrogram(feature) else 0.0


def _hear(draft: Draft, flow: Flow, feature: Feature, brief: Brief) -> Flow:
    steps = feature.shape[0]
    draft.because(Topic.INPUT, f"a wave of {steps:,} values", "It enters as it was recorded, value by value.")
    filters = first = brief.width(8 if brief.rows < 500 else 16, least=4, most=64)
    layer = Conv1D(filters=filters, kernel_size=WINDOW, strides=STEP, padding="same", activation="relu")
    flow, blocks = draft.add(layer, flow), 1
    while flow.shape[0] > 32 and blocks < brief.depth(4, least=2):
        flow = draft.add(MaxPooling1D(pool_size=4), flow)
        filters, blocks = min(2 * filters, 128), blocks + 1
        flow = draft.add(Conv1D(filters=filters, kernel_size=7, padding="same", activation="relu"), flow)
    draft.because(
        Topic.ARCHITECTURE,
        f"{blocks} convolutions along the wave from {first} filters, then their mean",
        f"The first filters become pitches, later ones patterns of them; the mean does not mind when a sound came in "
        f"{steps:,} values.",
    )
    return draft.add(GlobalAveragePooling1D(), flow)


def _see(draft: Draft, flow: Flow, feature: Feature, brief: Brief) -> Flow:
    steps, pitches = feature.shape
    draft.because(
        Topic.INPUT,
        f"a picture of {pitches} pitches over {steps:,} steps",
        "Loudness at each pitch and time is a picture, in which sounds have shapes.",
    )
    return PICTURES.vector(
        draft, draft.add(Reshape(target_shape=(steps, pitches, 1)), flow), _as_picture(feature), brief
    )


def _as_picture(feature: Feature) -> Feature:
    return Feature(feature.name, "numeric", (*feature.shape, 1))


def _pace(_feature: Feature, _brief: Brief) -> Pace:
    return Pace(0.002, "Twice Adam's usual rate: filters on sound start far from any pitch.", 3_000, 60)


WAVES = Proposer("waves", "Convolutional network for sound", _suits_wave, _hear, one_hidden, _pace)
SPECTROGRAMS = Proposer(
    "spectrograms", "Convolutional network for sound", _suits_spectrogram, _see, PICTURES.hidden, _pace
)
