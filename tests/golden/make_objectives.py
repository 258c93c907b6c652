"""Writes `objectives.npz`: what Keras's losses and metrics are, so that "as in Keras" is a fact and not a belief.

Run by hand, outside the project's environment, when cases are added:

    python3 -m venv keras-venv && keras-venv/bin/pip install keras torch
    KERAS_BACKEND=torch keras-venv/bin/python tests/golden/make_objectives.py

A loss case has scores, target, perhaps a mask and weights; the loss of the batch, that of each position, and the
gradient with respect to the scores. A metric case has several batches and the figure over all of them. The networks
are whole Keras models with several outputs, class weights and sample weights. Numbers of a case depend on that case
alone, so that adding one leaves the others as they are.
"""

import json
import zlib
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import keras
import numpy as np
import torch
from keras.src import backend

Array = np.ndarray[Any, Any]
Arrays = dict[str, Array]


@dataclass(frozen=True)
class LossCase:
    """A loss, and the data it is asked about.

    Attributes:
        name: ours.
        settings: ours, which are those of Keras.
        scores: shape; `kind` says what numbers.
        kind: "numbers", "positive" (above 0.1), "shares" (sum 1), "unit" (0..1).
        target: "like" (same kind), "class" (class numbers), "one_hot", "binary" (0 and 1), "signed" (-1 and 1).
        logits: whether Keras is told that scores arrive.
        weighted, masked: whether examples have weights, and the second axis a mask.
    """

    name: str
    settings: dict[str, Any] = field(default_factory=dict)
    scores: tuple[int, ...] = (5, 4)
    kind: str = "numbers"
    target: str = "like"
    logits: bool | None = None
    weighted: bool = False
    masked: bool = False


@dataclass(frozen=True)
class MetricCase:
    """A metric over three batches."""

    name: str
    settings: dict[str, Any] = field(default_factory=dict)
    keras: dict[str, Any] = field(default_factory=dict)  # settings that ours has no need of
    prediction: tuple[int, ...] = (7, 4)
    kind: str = "shares"
    target: str = "class"
    keras_prediction: str = ""  # "argmax" where Keras wants class numbers
    weighted: bool = False
    masked: bool = False


SEQUENCE = (3, 6, 4)
LOSSES = [
    *(
        LossCase(name, {}, kind=kind, weighted=weighted, scores=shape)
        for name, kind in (
            ("mean_squared_error", "numbers"),
            ("mean_absolute_error", "numbers"),
            ("mean_absolute_percentage_error", "numbers"),
            ("mean_squared_logarithmic_error", "positive"),
            ("huber", "numbers"),
            ("log_cosh", "numbers"),
            ("poisson", "positive"),
            ("kl_divergence", "shares"),
            ("cosine_similarity", "numbers"),
        )
        for weighted, shape in ((False, (5, 4)), (True, (5, 4)), (False, SEQUENCE))
    ),
    LossCase("huber", {"delta": 0.4}),
    LossCase("mean_squared_logarithmic_error", {}),
    LossCase("cosine_similarity", {"axis": 1}, SEQUENCE),
    LossCase("mean_squared_error", {}, SEQUENCE, masked=True),
    LossCase("mean_absolute_error", {}, SEQUENCE, masked=True, weighted=True),
    *(
        LossCase(name, {}, target=target)
        for name in ("hinge", "squared_hinge")
        for target in ("binary", "signed")
    ),
    LossCase("categorical_hinge", {}, target="one_hot"),
    LossCase("categorical_hinge", {}, SEQUENCE, target="one_hot", weighted=True),
    *(
        LossCase("binary_crossentropy", settings, shape, kind, target, logits)
        for kind, logits in (("numbers", True), ("unit", False))
        for settings, shape, target in (
            ({}, (5, 1), "binary"),
            ({}, (5, 4), "binary"),
            ({"label_smoothing": 0.2}, (5, 1), "binary"),
            ({}, (3, 6, 1), "binary"),
        )
    ),
    *(
        LossCase("binary_focal_crossentropy", settings, (6, 1), kind, "binary", logits)
        for kind, logits in (("numbers", True), ("unit", False))
        for settings in (
            {},
            {"gamma": 1.5, "apply_class_balancing": True, "alpha": 0.3},
            {"gamma": 0.0, "label_smoothing": 0.1},
        )
    ),
    *(
        LossCase("categorical_crossentropy", settings, shape, kind, target, logits, weighted)
        for kind, logits in (("numbers", True), ("shares", False))
        for settings, shape, target, weighted in (
            ({}, (5, 4), "one_hot", False),
            ({"label_smoothing": 0.3}, (5, 4), "one_hot", True),
            ({}, (2, 3, 2, 4), "one_hot", False),
        )
    ),
    LossCase("categorical_crossentropy", {}, (5, 4), "numbers", "shares", True),
    *(
        LossCase("categorical_focal_crossentropy", settings, (5, 4), kind, "one_hot", logits)
        for kind, logits in (("numbers", True), ("shares", False))
        for settings in ({}, {"gamma": 1.3, "alpha": 0.6, "label_smoothing": 0.1})
    ),
    *(
        LossCase("sparse_categorical_crossentropy", settings, shape, kind, "class", logits, weighted, masked)
        for kind, logits in (("numbers", True), ("shares", False))
        for settings, shape, weighted, masked in (
            ({}, (5, 4), False, False),
            ({}, (5, 4), True, False),
            ({}, SEQUENCE, False, True),
            ({}, SEQUENCE, True, True),
            ({"ignore_class": 1}, (9, 4), False, False),
            ({"ignore_class": 2}, SEQUENCE, True, True),
            ({"ignore_class": 0}, (2, 12, 5), False, False),
        )
    ),
    LossCase("categorical_generalized_cross_entropy", {}, (5, 4), "shares", "class"),
    LossCase("categorical_generalized_cross_entropy", {"q": 0.8}, (5, 4), "shares", "class"),
    LossCase("dice", {}, (3, 4, 4, 1), "unit", "binary"),
    LossCase("dice", {"axis": [1, 2, 3]}, (3, 4, 4, 1), "unit", "binary", weighted=True),
    LossCase("tversky", {"alpha": 0.3, "beta": 0.8}, (3, 4, 4, 2), "unit", "binary"),
    LossCase("tversky", {"alpha": 0.7, "axis": [1, 2]}, (3, 4, 4, 2), "unit", "binary"),
]
LOSSES += [
    LossCase("circle", settings, (9, 4), "unit_length", "class", weighted=weighted)
    for settings, weighted in (({}, False), ({"gamma": 5.0, "margin": 0.2, "remove_diagonal": False}, True))
]
NUMBERS: dict[str, Any] = {"kind": "numbers", "target": "like"}
METRICS = [
    MetricCase("accuracy", keras={"class_name": "SparseCategoricalAccuracy"}),
    MetricCase("accuracy", {}, {"class_name": "BinaryAccuracy"}, (7, 1), "unit", "binary"),
    MetricCase("accuracy", {}, {"class_name": "CategoricalAccuracy"}, target="one_hot"),
    MetricCase("binary_accuracy", {"threshold": 0.3}, {}, (7, 3), "unit", "binary"),
    MetricCase("categorical_accuracy", target="one_hot", weighted=True),
    MetricCase("sparse_categorical_accuracy"),
    MetricCase("sparse_categorical_accuracy", weighted=True),
    MetricCase("sparse_categorical_accuracy", prediction=SEQUENCE, masked=True),
    MetricCase("sparse_categorical_accuracy", prediction=SEQUENCE),
    MetricCase("top_k_categorical_accuracy", {"k": 2}, target="one_hot"),
    MetricCase("sparse_top_k_categorical_accuracy", {"k": 2}, weighted=True),
    MetricCase("sparse_top_k_categorical_accuracy", {"k": 3}, prediction=SEQUENCE),
    *(
        MetricCase(
            name,
            settings,
            {"class_name": name.title().replace("_", "")},
            shape,
            "unit",
            "binary",
            weighted=weighted,
        )
        for name in (
            "precision",
            "recall",
            "true_positives",
            "false_positives",
            "false_negatives",
            "true_negatives",
        )
        for settings, shape, weighted in (
            ({}, (9, 1), False),
            ({"threshold": 0.3}, (9, 1), True),
            ({"threshold": 0.6}, (9, 3), False),
        )
    ),
    MetricCase("precision", {"class_id": 1}, {}, (9, 3), "shares", "one_hot"),
    MetricCase("recall", {"class_id": 2, "threshold": 0.2}, {}, (9, 3), "shares", "one_hot"),
    MetricCase("precision", {"top_k": 2}, {}, (9, 4), "shares", "one_hot"),
    MetricCase("recall", {"top_k": 2, "class_id": 0}, {}, (9, 4), "shares", "one_hot"),
    *(
        MetricCase("f1_score", {"average": average, "threshold": threshold}, {}, (9, 3), "shares", "one_hot")
        for average in (None, "micro", "macro", "weighted")
        for threshold in (None, 0.4)
    ),
    MetricCase("f1_score", {"average": "macro"}, {}, (9, 3), "shares", "one_hot", weighted=True),
    MetricCase("f_beta_score", {"average": "micro", "beta": 2.0}, {}, (9, 3), "shares", "one_hot"),
    *(
        MetricCase("auc", {"curve": curve, "summation_method": method}, {}, (40, 1), "separated", "binary")
        for curve in ("ROC", "PR")
        for method in ("interpolation", "minoring", "majoring")
    ),
    MetricCase("auc", {}, {}, (40, 1), "separated", "binary", weighted=True),
    MetricCase("auc", {"num_thresholds": 7}, {}, (40, 1), "separated", "binary"),
    MetricCase("auc", {"multi_label": True, "curve": "PR"}, {}, (40, 3), "separated", "binary"),
    MetricCase("auc", {}, {}, (20, 3), "separated", "binary"),
    MetricCase("sensitivity_at_specificity", {"specificity": 0.7}, {}, (40, 1), "separated", "binary"),
    MetricCase("specificity_at_sensitivity", {"sensitivity": 0.8}, {}, (40, 1), "separated", "binary"),
    MetricCase("precision_at_recall", {"recall": 0.6}, {}, (40, 1), "separated", "binary"),
    MetricCase("recall_at_precision", {"precision": 0.7}, {}, (40, 1), "separated", "binary", weighted=True),
    MetricCase("mean_squared_error", **NUMBERS),
    MetricCase("mean_squared_error", **NUMBERS, weighted=True),
    MetricCase("mean_squared_error", **NUMBERS, prediction=SEQUENCE, masked=True),
    MetricCase("mean_absolute_error", **NUMBERS),
    MetricCase("mean_absolute_percentage_error", **NUMBERS),
    MetricCase("mean_squared_logarithmic_error", kind="positive", target="like"),
    MetricCase("log_cosh_error", **NUMBERS),
    MetricCase("root_mean_squared_error", **NUMBERS),
    MetricCase("root_mean_squared_error", **NUMBERS, weighted=True),
    MetricCase("cosine_similarity", **NUMBERS),
    MetricCase("pearson_correlation", **NUMBERS, weighted=True),
    MetricCase("concordance_correlation", **NUMBERS),
    *(
        MetricCase("r2", settings, {"class_name": "R2Score"}, **NUMBERS, weighted=weighted)
        for settings, weighted in (
            ({}, False),
            ({"class_aggregation": "variance_weighted_average"}, False),
            ({"class_aggregation": None}, False),
            ({"num_regressors": 3}, False),
            ({}, True),
        )
    ),
    MetricCase("kl_divergence", target="like"),
    MetricCase("poisson", kind="positive", target="like"),
    MetricCase("binary_crossentropy", {}, {}, (7, 1), "unit", "binary"),
    MetricCase("binary_crossentropy", {"label_smoothing": 0.1}, {}, (7, 3), "unit", "binary"),
    MetricCase("categorical_crossentropy", {"label_smoothing": 0.1}, target="one_hot"),
    MetricCase("sparse_categorical_crossentropy"),
    MetricCase("sparse_categorical_crossentropy", prediction=SEQUENCE, masked=True),
    MetricCase("hinge", target="signed", kind="numbers"),
    MetricCase("squared_hinge", target="binary", kind="numbers"),
    MetricCase("categorical_hinge", target="one_hot", kind="numbers"),
    *(
        MetricCase(name, settings, {"num_classes": 4, "class_name": kind}, (30, 4), keras_prediction="argmax")
        for name, kind, settings in (
            ("iou", "IoU", {"target_class_ids": [0, 2]}),
            ("mean_iou", "MeanIoU", {}),
            ("mean_iou", "MeanIoU", {"ignore_class": 1}),
        )
    ),
    MetricCase("binary_iou", {"threshold": 0.4}, {"class_name": "BinaryIoU"}, (20, 2), "unit", "binary"),
]
SPECIAL = {"auc": "AUC", "kl_divergence": "KLDivergence", "f1_score": "F1Score", "f_beta_score": "FBetaScore"}


def class_of(name: str) -> str:
    """The Keras class of one of our names."""
    return SPECIAL.get(name, "".join(word.capitalize() for word in name.split("_")))


def scores_of(kind: str, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    """Numbers of a kind, float32."""
    x = rng.normal(size=shape)
    if kind == "positive":
        x = np.abs(x) + 0.1
    elif kind == "shares":
        x = np.exp(x) / np.exp(x).sum(-1, keepdims=True)
    elif kind == "unit_length":
        x = x / np.linalg.norm(x, axis=-1, keepdims=True)
    elif kind in ("unit", "separated"):
        x = rng.uniform(0.02, 0.98, shape)
    return x.astype(np.float32)


def target_of(what: str, kind: str, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    """A target for scores of that shape; class numbers are float32, too."""
    if what in ("like", "shares"):
        return scores_of(kind if what == "like" else what, shape, rng)
    if what in ("class", "one_hot"):
        classes = rng.integers(0, shape[-1], shape[:-1])
        return (np.eye(shape[-1])[classes] if what == "one_hot" else classes).astype(np.float32)
    bits = rng.integers(0, 2, shape)
    return (bits * 2 - 1 if what == "signed" else bits).astype(np.float32)


def mask_of(shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    """Sequences of different lengths."""
    lengths = rng.integers(1, shape[1], shape[0])
    return np.arange(shape[1]) < lengths[:, None]


def generator(case: LossCase | MetricCase) -> np.random.Generator:
    """Depends on the case alone."""
    return np.random.default_rng(zlib.crc32(json.dumps(asdict(case), sort_keys=True).encode()))


def tensor(array: Array, *, watched: bool = False) -> torch.Tensor:
    """A leaf of the graph."""
    return torch.tensor(array, requires_grad=watched)


def loss_case(number: int, case: LossCase) -> Arrays:
    """Scores, target, mask, weight; loss, values, gradient."""
    rng = generator(case)
    scores = scores_of(case.kind, case.scores, rng)
    target = target_of(case.target, case.kind, case.scores, rng)
    settings = {k: tuple(v) if isinstance(v, list) else v for k, v in case.settings.items()}
    if case.logits is not None:
        settings["from_logits"] = case.logits
    made = getattr(keras.losses, class_of(case.name))(**settings)
    arrays = {"scores": scores, "target": target}
    watched = tensor(scores, watched=True)
    weight = None
    if case.weighted:
        arrays["weight"] = rng.uniform(0.2, 2.0, case.scores[0]).astype(np.float32)
        weight = tensor(arrays["weight"])
    if case.masked:
        arrays["mask"] = mask_of(case.scores, rng)
        backend.set_keras_mask(watched, tensor(arrays["mask"]))
    if weight is not None and len(made.call(tensor(target), watched).shape) > 1:
        # Keras spreads weights of examples over the last axis; over time is what is meant
        weight = weight[:, None].repeat(1, case.scores[1])
    loss = made(tensor(target), watched, sample_weight=weight)
    (arrays["gradient"],) = (g.numpy() for g in torch.autograd.grad(loss, watched))
    arrays["loss"] = loss.detach().numpy()
    arrays["values"] = made.call(tensor(target), tensor(scores)).detach().numpy()
    return {f"loss{number}/{k}": v for k, v in arrays.items()}


def metric_case(number: int, case: MetricCase) -> Arrays:
    """Three batches and the figure over them."""
    rng = generator(case)
    options = {**case.settings, **case.keras}
    kind = options.pop("class_name", class_of(case.name))
    if "threshold" in options and kind in keras_thresholds():
        options["thresholds"] = options.pop("threshold")
    metric = getattr(keras.metrics, kind)(**options)
    arrays: Arrays = {}
    for batch in range(3):
        prediction = scores_of(case.kind, case.prediction, rng)
        target = target_of(case.target, case.kind, case.prediction, rng)
        if case.kind == "separated":
            prediction = np.clip(0.6 * prediction + 0.35 * target, 0.0, 1.0).astype(np.float32)
        given = {"prediction": prediction, "target": target}
        seen = tensor(prediction.argmax(-1).astype(np.int32) if case.keras_prediction else prediction)
        weight = None
        if case.weighted:
            given["weight"] = rng.uniform(0.2, 2.0, case.prediction[0]).astype(np.float32)
            weight = tensor(given["weight"])
        if case.masked:
            given["mask"] = mask_of(case.prediction, rng)
            backend.set_keras_mask(seen, tensor(given["mask"]))
        metric.update_state(tensor(target), seen, sample_weight=weight)
        arrays |= {f"metric{number}/{batch}/{k}": v for k, v in given.items()}
    result = keras.ops.convert_to_numpy(metric.result())
    return {**arrays, f"metric{number}/result": np.asarray(result, np.float64)}


def keras_thresholds() -> set[str]:
    """Keras metrics whose setting is called `thresholds`."""
    return {"Precision", "Recall", "TruePositives", "FalsePositives", "FalseNegatives", "TrueNegatives"}


def two_outputs() -> Arrays:
    """A network with two targets, loss weights and sample weights: losses and gradients."""
    rng = np.random.default_rng(11)
    x = rng.normal(size=(6, 4)).astype(np.float32)
    classes, numbers = rng.integers(0, 3, 6), rng.normal(size=(6, 2)).astype(np.float32)
    weights = [rng.uniform(0.2, 2.0, 6).astype(np.float32) for _ in range(2)]
    source = keras.Input((4,))
    hidden = keras.layers.Dense(5, activation="tanh", name="hidden")(source)
    outputs = [
        keras.layers.Dense(3, activation="softmax", name="kind")(hidden),
        keras.layers.Dense(2, name="amount")(hidden),
    ]
    model = keras.Model(source, outputs)
    model.compile(
        loss=["sparse_categorical_crossentropy", "mean_squared_error"],
        loss_weights=[1.0, 0.3],
        metrics=[["accuracy"], ["mean_absolute_error"]],
    )
    for w in model.weights:
        w.assign(rng.normal(size=w.shape) * 0.7)
    arrays: Arrays = {"x": x, "kind": classes.astype(np.int32), "amount": numbers}
    arrays |= {f"weight/{w.path}": keras.ops.convert_to_numpy(w.value) for w in model.weights}
    for key, given in (("plain", None), ("weighted", weights)):
        model.zero_grad()
        predicted = model(x, training=True)
        given_tensors = None if given is None else [tensor(w) for w in given]
        loss = model.compute_loss(
            tensor(x), [tensor(classes), tensor(numbers)], predicted, sample_weight=given_tensors
        )
        loss.backward()
        arrays[f"{key}/loss"] = loss.detach().numpy()
        arrays |= {f"{key}/gradient/{w.path}": w.value.grad.numpy().copy() for w in model.trainable_weights}
        logs = model.test_on_batch(x, [classes, numbers], sample_weight=given, return_dict=True)
        arrays |= {f"{key}/log/{name}": np.asarray(v) for name, v in logs.items()}
    arrays |= {f"sample_weight{i}": w for i, w in enumerate(weights)}
    return {f"two_outputs/{k}": v for k, v in arrays.items()}


def class_weights() -> Arrays:
    """One target with class weights: training loss, metrics, gradients."""
    rng = np.random.default_rng(12)
    x, y = rng.normal(size=(8, 3)).astype(np.float32), rng.integers(0, 3, 8)
    factors = {0: 0.5, 1: 2.0, 2: 1.25}
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(3, activation="softmax", name="dense")])
    model.compile(
        keras.optimizers.SGD(1.0),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
        weighted_metrics=["sparse_categorical_accuracy"],
    )
    for w in model.weights:
        w.assign(rng.normal(size=w.shape))
    before = {w.path: keras.ops.convert_to_numpy(w.value) for w in model.weights}
    logs = model.train_on_batch(x, y, class_weight=factors, return_dict=True)
    arrays: Arrays = {"x": x, "y": y.astype(np.int32), "factors": np.array(list(factors.values()))}
    arrays |= {f"weight/{k}": v for k, v in before.items()}
    # a step of plain gradient descent at rate 1 shows the gradient
    arrays |= {
        f"gradient/{w.path}": before[w.path] - keras.ops.convert_to_numpy(w.value) for w in model.weights
    }
    arrays |= {f"log/{name}": np.asarray(v) for name, v in logs.items()}
    return {f"class_weights/{k}": v for k, v in arrays.items()}


def masked() -> Arrays:
    """A network of sequences with padding: loss, figures, gradients; without and with weights of each position."""
    rng = np.random.default_rng(13)
    x, y = rng.normal(size=(4, 5, 2)).astype(np.float32), rng.integers(0, 3, (4, 5))
    for row, length in enumerate((5, 2, 3, 1)):
        x[row, length:] = 0.0
    arrays: Arrays = {"x": x, "y": y, "sample_weight": rng.uniform(0.2, 2.0, (4, 5)).astype(np.float32)}
    model = keras.Sequential(
        [
            keras.Input((5, 2)),
            keras.layers.Masking(),
            keras.layers.Dense(3, activation="softmax", name="dense"),
        ]
    )
    metrics = ["sparse_categorical_accuracy"]
    model.compile(
        keras.optimizers.SGD(1.0),
        loss="sparse_categorical_crossentropy",
        metrics=metrics,
        weighted_metrics=metrics,
    )
    before = [rng.normal(size=w.shape).astype(np.float32) for w in model.weights]
    arrays |= {f"weight/{w.name}": array for w, array in zip(model.weights, before, strict=True)}
    for key, weight in (("plain", None), ("weighted", arrays["sample_weight"])):
        model.set_weights(before)
        logs = model.train_on_batch(x, y, sample_weight=weight, return_dict=True)
        after = model.get_weights()
        arrays |= {f"{key}/log/{name}": np.asarray(v) for name, v in logs.items()}
        arrays |= {
            f"{key}/gradient/{w.name}": old - new
            for w, old, new in zip(model.weights, before, after, strict=True)
        }
        model.reset_metrics()
    return {f"masked/{k}": v for k, v in arrays.items()}


def main() -> None:
    """Write the arrays and, as JSON, the cases they belong to."""
    keras.utils.set_random_seed(1)
    arrays: Arrays = {**two_outputs(), **class_weights(), **masked()}
    makers: list[tuple[Callable[..., Arrays], list[Any]]] = [(loss_case, LOSSES), (metric_case, METRICS)]
    for make, cases in makers:
        for number, case in enumerate(cases):
            arrays |= make(number, case)
    named = {"losses": [asdict(c) for c in LOSSES], "metrics": [asdict(c) for c in METRICS]}
    shapes = {name: array.shape for name, array in arrays.items()}
    text = json.dumps({"keras": keras.__version__, **named, "shapes": shapes})
    # one array of all numbers, in the order of `shapes`: hundreds of small ones would be mostly headers
    numbers = np.concatenate([np.asarray(a, np.float32).reshape(-1) for a in arrays.values()])
    described = np.frombuffer(text.encode(), np.uint8)
    np.savez_compressed(Path(__file__).with_name("objectives.npz"), cases=described, numbers=numbers)


if __name__ == "__main__":
    main()
