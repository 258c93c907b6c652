"""Projects of earlier versions: their options become a recipe under which everything stays what it was."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.data.bundle import DataBundle, TaskKind
from engine.data.errors import DataError
from engine.data.load import load
from engine.data.recipe.legacy import with_recipe
from engine.data.settings import DataSettings
from engine.formats.migrations import FORMAT_VERSION, migrate

REVIEWS = "review,stars\nso good,5\nnot so good,1\nvery good,5\nso bad,1\n"


def written(folder: Path, text: str) -> Path:
    path = folder / "data.csv"
    path.write_text(text, encoding="utf-8")
    return path


def old(path: Path, *, normalize: bool = False, **options: str) -> DataBundle:
    data = {"path": str(path), "options": options, "validation_fraction": 0, "normalize": normalize}
    return load(DataSettings.model_validate(with_recipe(data)))


def rows(bundle: DataBundle) -> list[tuple[float, ...]]:
    both = np.column_stack([bundle.inputs["x"], bundle.targets["y"]])
    return sorted(map(tuple, both.tolist()))


def test_a_project_is_migrated_by_its_sections() -> None:
    data = {"path": "a.csv", "options": {"target": "kind", "weight": "w", "text": "note"}, "normalize": True}
    document = {"format_version": 1, "graph": {"nodes": [], "sections": {"data": data}}}
    found = migrate(document)
    assert found["format_version"] == FORMAT_VERSION
    settings = DataSettings.model_validate(found["graph"]["sections"]["data"])
    assert settings.options == {}
    roles = {name: column.role for name, column in settings.recipe.columns.items()}
    assert roles == {"kind": "target", "w": "weight", "note": "input"}
    assert settings.recipe.rules == 1
    bundled = {"dataset": "iris", "options": {"target": "x"}}
    assert with_recipe(bundled) == bundled


def test_numbers_and_a_number_to_predict(tmp_path: Path) -> None:
    bundle = old(written(tmp_path, "width,height,price\n1,2,10.5\n3,4,20\n"))
    assert bundle.task is TaskKind.REGRESSION
    assert bundle.features["x"].column_names == ("width", "height")
    assert rows(bundle) == [(1, 2, 10.5), (3, 4, 20)]


def test_words_are_one_column_each_and_scaled_like_numbers(tmp_path: Path) -> None:
    path = written(tmp_path, "kind,colour,size\ncat,red,1\ndog,blue,2\ncat,blue,3\n")
    bundle = old(path, target="kind")
    assert bundle.task is TaskKind.BINARY
    assert bundle.features["y"].class_names == ("cat", "dog")
    assert bundle.features["x"].column_names == ("colour=blue", "colour=red", "size")
    assert rows(bundle) == [(0, 1, 1, 0), (1, 0, 2, 1), (1, 0, 3, 0)]
    scaled = old(path, normalize=True, target="kind")
    np.testing.assert_allclose(scaled.inputs["x"].mean(axis=0), 0, atol=1e-6)
    np.testing.assert_allclose(scaled.inputs["x"].std(axis=0), 1, rtol=1e-5)
    np.testing.assert_allclose(scaled.scaling["x"].invert(scaled.inputs["x"]).sum(), 9, rtol=1e-5)


@pytest.mark.parametrize(
    ("targets", "task", "expected"),
    [
        ("0 1 2", "auto", ("0", "1", "2")),
        ("1 2 3", "auto", ("1", "2", "3")),
        ("0 2 4", "auto", None),
        ("0 0.5 1", "auto", None),
        ("5 5 5", "auto", None),
        ("0 2 4.5", "classes", ("0", "2", "4.5")),
        ("0 1 2", "numbers", None),
    ],
)
def test_when_numbers_are_classes(
    tmp_path: Path, targets: str, task: str, expected: tuple[str, ...] | None
) -> None:
    lines = "".join(f"7,{target}\n" for target in targets.split())
    bundle = old(written(tmp_path, f"a,b\n{lines}"), task=task)
    if expected is None:
        assert bundle.task is TaskKind.REGRESSION
    else:
        assert bundle.features["y"].class_names == expected


def test_columns_of_text(tmp_path: Path) -> None:
    free = old(written(tmp_path, REVIEWS))
    assert (free.features["x"].kind, free.features["x"].shape) == ("text", (1,))
    named = old(written(tmp_path, "x,colour,y\na,red,1\nb,blue,2\na,blue,2\n"), text="x, colour")
    assert list(named.inputs) == ["x", "colour"]
    many = "".join(f"word{i},{i},{i % 2}\n" for i in range(101))
    assert list(old(written(tmp_path, f"name,size,y\n{many}")).inputs) == ["name", "x"]


def test_a_column_of_weights_is_no_input(tmp_path: Path) -> None:
    bundle = old(written(tmp_path, "a,w,y\n1,2,5.5\n2,0,6.5\n"), weight="w")
    assert list(bundle.weights) == ["w"]
    assert bundle.features["x"].column_names == ("a",)
    with pytest.raises(DataError, match="must not be negative"):
        old(written(tmp_path, "a,w,y\n1,2,5.5\n2,-1,6.5\n"), weight="w")


def test_archives(tmp_path: Path) -> None:
    path = tmp_path / "data.npz"
    one, two = np.ones((4, 2)), np.zeros((4, 3, 3))
    np.savez(path, x0=one, x1=two, y0=one, y1=np.arange(4) / 3)
    bundle = old(path)
    assert {k: v.shape for k, v in bundle.inputs.items()} == {"x0": (4, 2), "x1": (4, 3, 3)}
    assert {k: v.shape for k, v in bundle.targets.items()} == {"y0": (4, 2), "y1": (4, 1)}
    np.savez(path, x=np.arange(120, dtype=np.uint8).reshape(6, 4, 5), y=np.array([0, 1, 2] * 2))
    pictures = old(path)
    assert (pictures.features["x"].kind, pictures.features["x"].shape) == ("image", (4, 5, 1))
    assert pictures.features["y"].class_names == ("0", "1", "2")
    np.savez(path, x=np.eye(3), y=np.array(["b", "a", "b"]))
    assert old(path).features["y"].class_names == ("a", "b")
    np.savez(path, x=np.eye(3), y=np.array([True, False, True]))
    assert old(path).features["y"].class_names == ("False", "True")
    np.savez(path, x=np.zeros((3, 2)), y=np.zeros((3, 4)), importance=np.ones((3, 4)))
    assert old(path, weight="importance").weights["importance"].shape == (3, 4)


def test_a_class_for_each_position(tmp_path: Path) -> None:
    path = tmp_path / "data.npz"
    marks = np.array([[[3, 3], [7, 9]], [[9, 9], [3, 7]]])
    np.savez(path, x=np.zeros((2, 2, 2, 3), np.uint8), y=marks)
    bundle = old(path, task="classes")
    target = bundle.features["y"]
    assert (target.kind, target.shape, target.class_names) == ("category", (2, 2), ("3", "7", "9"))
    assert sorted(bundle.targets["y"].ravel().tolist()) == sorted(np.searchsorted([3, 7, 9], marks).ravel())


def test_numbers_that_are_not_finite_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "data.npz"
    np.savez(path, x=np.array([[1.0, 2], [np.nan, 3]]), y=np.zeros(2))
    with pytest.raises(DataError, match=r"row 1 of x in data\.npz is not"):
        old(path)
