"""Finds what the figures of a run are held against: apart from the records, for metrics bring the compiler along."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from engine.compiler.losses import Objective, ReportLayout
from engine.data.bundle import DataBundle
from engine.training.standards import Scaled, Standards, Usual


def standards_of(layout: ReportLayout, bundle: DataBundle) -> Standards:
    """What is known to be right: figures that count by weights, or positions of sequences, are left out."""
    return Standards(tuple(_usual(layout, bundle)), tuple(_scaled(layout, bundle)))


def _usual(layout: ReportLayout, bundle: DataBundle) -> Iterator[Usual]:
    for figure, entry in layout.named():
        counts = entry.metric is not None and entry.metric.is_share_right
        if counts and not entry.objective.weigh_metrics:
            found = _most_frequent(entry.objective, bundle)
            if found is not None:
                yield Usual(figure, *found)


def _most_frequent(objective: Objective, bundle: DataBundle) -> tuple[str, float] | None:
    """The most frequent class of the rows of validation and its share, where each row has one class."""
    feature = bundle.features[objective.target]
    rows = bundle.validation
    if objective.target not in bundle.targets or not feature.class_names or feature.shape or not len(rows):
        return None
    classes = np.asarray(bundle.targets[objective.target][rows.start : rows.stop])
    most = len(feature.class_names)
    if classes.dtype.kind not in "iu" or ((classes < 0) | (classes >= most)).any():
        return None
    counts = np.bincount(classes, minlength=most)
    return feature.class_names[int(counts.argmax())], float(counts.max() / len(rows))


def _scaled(layout: ReportLayout, bundle: DataBundle) -> Iterator[Scaled]:
    for figure, entry in layout.named():
        name = entry.objective.target
        scaling = bundle.scaling.get(name)
        power = entry.metric.power_of_units if entry.metric is not None else 0
        if scaling is None or not power:
            continue
        columns = bundle.features[name].column_names
        of = columns[0] if len(columns) == 1 else name
        if len(set(scaling.scale)) > 1 or any(curve is not None for curve in scaling.curves):
            yield Scaled(figure, of)
        else:
            size = float(scaling.scale[0])
            yield Scaled(figure, of, size, size**power)
