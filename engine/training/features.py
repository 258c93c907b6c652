"""What the graph is told of data, and what is counted in it: apart from the objectives, which bring the compiler along."""

from __future__ import annotations

import numpy as np

from engine.data.bundle import DataBundle, DataSpec, Feature
from engine.graph.features import FeatureSpec
from engine.tensor.spec import Array


def feature_specs(spec: DataSpec) -> dict[str, FeatureSpec]:
    """Every input and target of the data, as graph and compiler know it."""
    wanted = (*spec.inputs, *spec.targets)
    return {name: feature_spec(f) for name, f in spec.features.items() if name in wanted}


def feature_spec(f: Feature) -> FeatureSpec:
    """One of them."""
    return FeatureSpec(f.shape, f.dtype, len(f.class_names) or None, " · ".join(f.column_names), f.scale)


def class_counts(bundle: DataBundle) -> dict[str, Array]:
    """How often each class occurs among the training rows, for each target of classes."""
    rows = slice(bundle.train.start, bundle.train.stop)
    return {
        name: _counted(bundle.targets[name][rows], len(feature.class_names))
        for name, feature in bundle.features.items()
        if name in bundle.targets and feature.class_names
    }


def _counted(classes: Array, most: int) -> Array:
    """How often each class occurs; numbers that are no class (a loss may ignore them) are left out."""
    return np.bincount(classes[(classes >= 0) & (classes < most)], minlength=most)
