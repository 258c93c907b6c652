"""What a profile suggests, where that is evident; which words say it is the window's and the command line's business."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from engine.profiling.profile import Profile
from engine.program.program import Phase

SHORT_LAUNCH = 3e-5  # seconds: about what starting it costs on any device
FEW_EXAMPLES = 256
MOST = 0.5  # of a step
MUCH = 0.3
SLOWED = 3.0  # times as long as an ordinary step: shares are those of the timing


class Hint(StrEnum):
    """What is evident."""

    WHOLE = "whole"  # a step is one GPU program already
    TIMED = "timed"  # ordinary steps run as one program, and timing their parts takes most of the time
    LAUNCHES = "launches"  # starting programs takes the time: a larger batch would be nearly free
    UPDATE = "update"  # the optimizer takes much of the time: fewer, larger batches
    LAYER = "layer"  # one layer takes most of the time


@dataclass(frozen=True)
class Advice:
    """A hint, the node it is about, and the share of a step that it is about."""

    hint: Hint
    node: str = ""
    share: float = 0.0


def advise(profile: Profile) -> Advice | None:
    """The one thing that most deserves to be said; None where nothing stands out."""
    whole = Advice(Hint.WHOLE) if profile.whole else None
    total = profile.seconds
    if not total or not profile.in_parts:
        return whole
    if profile.slowdown > SLOWED:
        return Advice(Hint.TIMED)
    short = sum(t.seconds for t in profile.timeline if t.seconds < SHORT_LAUNCH * max(1, t.launches))
    if not whole and short > MOST * total and profile.batch <= FEW_EXAMPLES:
        return Advice(Hint.LAUNCHES, share=short / total)
    update = sum(t.seconds for t in profile.timeline if t.phase is Phase.UPDATE)
    if update > MUCH * total:
        return Advice(Hint.UPDATE, share=update / total)
    first = next((layer for layer in profile.layers if layer.node), None)
    if first is not None and profile.share(first) > MOST:
        return Advice(Hint.LAYER, first.node, profile.share(first))
    return whole
