"""How a proposed network is trained: batch size, epochs, when to stop, with reasons."""

from __future__ import annotations

from engine.optimizers.adam import Adam
from engine.proposals.draft import Draft
from engine.proposals.proposal import Brief, Topic
from engine.proposals.proposer import Pace
from engine.training.settings import TrainingSettings

BATCHES = ((400, 16), (8_000, 32), (100_000, 64), (500_000, 256))  # below so many rows, such a batch
LARGEST_BATCH = 512
MANY_ANSWERS = 32  # in a row: few rows have much to say then
FEWEST_EPOCHS = 3
COSTLY = 2**33  # multiply-adds for an epoch's worth of examples: more than a minute on two cores


def training_for(draft: Draft, brief: Brief, pace: Pace, base: TrainingSettings) -> TrainingSettings:
    """Settings made for the network in the draft; seed and device stay those of `base`."""
    batch = _batch(draft, brief, pace.answers)
    epochs = _epochs(draft, brief, pace, batch)
    draft.because(
        Topic.OPTIMIZER, "Adam", "It finds a step for every weight by itself and needs least tuning of all."
    )
    draft.because(Topic.LEARNING_RATE, f"{pace.rate:g}", pace.why)
    held_out = brief.spec.counts.validation > 0
    patience = max(5, epochs // 4) if held_out and epochs >= 8 else None
    if held_out:
        stop = f"stop after {patience} epochs without gain" if patience else "keep the best epoch"
        draft.because(
            Topic.EARLY_STOPPING,
            stop,
            f"{brief.spec.counts.validation:,} rows are kept from learning; when these get no better, the rest is learned "
            "by heart.",
        )
    else:
        draft.because(
            Topic.EARLY_STOPPING,
            "none",
            "Without a validation part nothing tells learning from learning by heart.",
        )
    return base.model_copy(
        update={
            "epochs": epochs,
            "batch_size": batch,
            "optimizer": Adam(learning_rate=pace.rate),
            "schedule": TrainingSettings().schedule,
            "early_stopping_patience": patience,
            "keep_best": held_out,
            "monitoring": TrainingSettings().monitoring,
        }
    )


def _batch(draft: Draft, brief: Brief, answers: int) -> int:
    wished = next((batch for rows, batch in BATCHES if brief.rows < rows), LARGEST_BATCH)
    wished = BATCHES[0][1] if answers > MANY_ANSWERS else wished
    batch = min(wished, max(1, brief.rows))
    draft.because(
        Topic.BATCH_SIZE,
        str(batch),
        f"It makes {-(-brief.rows // batch):,} steps of an epoch of {brief.rows:,} rows: small batches learn more from "
        "each row, large ones take less time.",
    )
    return batch


def _epochs(draft: Draft, brief: Brief, pace: Pace, batch: int) -> int:
    steps = -(-brief.rows // batch)
    costly = draft.multiply_adds * brief.rows > COSTLY
    most = 10 if costly else pace.epochs
    epochs = int(min(max(-(-pace.steps // steps), FEWEST_EPOCHS), most))
    sentence = f"About {epochs * steps:,} steps are enough for such a network in most cases."
    if costly and epochs == most:
        sentence = "An epoch of so much data takes a while, and most is learned in the first few."
    draft.because(Topic.EPOCHS, f"{epochs}", sentence)
    return epochs
