"""The end of a proposed network: the target with its loss and the figures that are worth watching."""

from __future__ import annotations

from engine.graph.features import FeatureSpec
from engine.graph.targets import task_of, wanted_shapes
from engine.layers.target import ClassWeight, Target
from engine.objectives.accuracies import Accuracy
from engine.objectives.auto import Auto
from engine.objectives.f_scores import F1Score
from engine.objectives.loss import REGRESSION, Loss
from engine.objectives.metric import Metric
from engine.objectives.registry import default_loss
from engine.proposals.draft import Draft, Flow
from engine.proposals.proposal import RARE, Brief, Topic
from engine.tensor.spec import Shape, format_shape


def wanted_of(draft: Draft, target: str) -> Shape:
    """The shape, without the batch, of what the target compares with its answers."""
    feature = draft.features[target]
    return next(iter(wanted_shapes(Auto(), feature)), feature.shape)


def end(draft: Draft, flow: Flow, target: str, brief: Brief, row: float | None) -> Flow:
    """The target node, with reasons for its loss, metrics and class weights."""
    feature = draft.features[target]
    called = feature.title or target
    _say_output(draft, feature, called, flow.shape)
    loss, weight = _loss(draft, feature, called), _weight(draft, target, brief)
    metrics = _metrics(draft, feature, called, rare=weight != "none")
    layer = Target(target=target, loss=loss, metrics=metrics, class_weight=weight)
    return draft.add(layer, flow, row=row)


def _say_output(draft: Draft, feature: FeatureSpec, called: str, shape: Shape) -> None:
    classes, places = feature.classes, "" if len(shape) == 1 else " for each place"
    if classes is None:
        count = format_shape(shape) if len(shape) > 1 else str(shape[0] if shape else 1)
        draft.because(
            Topic.OUTPUT,
            f"{count} unit{'s' * (count != '1')} without activation",
            f"{_begun(called)} is a number that may have any value, so nothing bends the last sum."
            if count == "1"
            else f"{count} numbers are to be predicted, each of which may have any value.",
        )
        return
    if classes <= 2 and shape[-1] == 1:
        draft.because(
            Topic.OUTPUT,
            f"1 score{places}",
            "Of two classes one score is enough: how likely it is the second.",
        )
        return
    draft.because(Topic.OUTPUT, f"{classes} scores{places}", f"There is one for each of {classes} classes.")


def _begun(name: str) -> str:
    """A column's name at the beginning of a sentence."""
    return name[:1].upper() + name[1:60]


def _loss(draft: Draft, feature: FeatureSpec, called: str) -> Loss:
    usual = default_loss(task_of(feature))
    if feature.classes is not None:
        draft.because(
            Topic.LOSS,
            usual.title(),
            "It punishes confident mistakes most and works on the scores themselves, so no activation is needed before it.",
        )
        return Auto()
    subject = f"{_begun(called)} is" if feature.shape in ((), (1,)) else "Each answer is"
    draft.because(
        Topic.LOSS,
        usual.title(),
        f"{subject} a number: large misses count more than small ones, and the best guess is the mean.",
    )
    return Auto()


def _weight(draft: Draft, target: str, brief: Brief) -> ClassWeight:
    """Rare classes count more, unless the data's preparation sees to that.

    Not where there is an answer at each step or pixel: there rare ones are rare in truth (letters, outlines), and to say
    them too often is no gain.
    """
    share = brief.facts.rare_share(target)
    seen_to = brief.facts.balanced or brief.spec.balanced or bool(draft.features[target].shape)
    if share is None or share >= RARE or seen_to:
        return "none"
    rarest = min(n for n in brief.facts.class_counts[target] if n > 0)
    draft.because(
        Topic.LOSS,
        "balanced class weights",
        f"The rarest class has {rarest:,} rows, {share:.0%} of an even part; weighted, it can't be ignored.",
    )
    return "balanced"


def _metrics(draft: Draft, feature: FeatureSpec, called: str, *, rare: bool) -> tuple[Metric, ...]:
    if task_of(feature) == REGRESSION:
        draft.because(
            Topic.METRICS,
            "mean absolute error, R²",
            "The one says by how much a prediction is off, the other what share of the ups and downs is explained.",
        )
        return ()
    if len(feature.shape) == 2:
        draft.because(
            Topic.METRICS,
            "accuracy of pixels",
            "It says what share of the pixels is right; beware of pictures that are mostly background.",
        )
        return ()
    if rare and not feature.shape:
        draft.because(
            Topic.METRICS,
            "accuracy, F1",
            "Accuracy flatters who ignores rare classes; F1 counts all classes alike.",
        )
        return (Accuracy(), F1Score(average="macro"))
    draft.because(Topic.METRICS, "accuracy", "The share of right answers is what everybody understands.")
    return ()
