"""Project files: what is saved comes back, what is damaged is refused or marked, and a failed save harms nothing."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import stat
import subprocess
import sys
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy

from engine.data.bundle import TaskKind
from engine.data.recipe.preparation import FittedFeature, Preparation
from engine.data.settings import DataSettings
from engine.formats.check import check
from engine.formats.errors import FormatError
from engine.formats.examples import examples
from engine.formats.guards import Limits, is_safe_name
from engine.formats.migrations import migrate
from engine.formats.project import PNG_SIGNATURE, Project, load_project, save_project
from engine.graph.document import UnknownLayer
from engine.graph.edits import SetSection
from engine.layers.registry import layers
from engine.models import Input, Model
from engine.runs.record import RunRecord
from engine.tensor.spec import Array, DType
from engine.training.many.kept import KeptKnob, KeptStudy

PNG = PNG_SIGNATURE + b"picture"


def weights(seed: int = 0) -> dict[str, Array]:
    """Those of the example `xor`, 2-8-8-1."""
    generator = np.random.default_rng(seed)
    shapes = {
        "n2/weight": (2, 8),
        "n2/bias": (8,),
        "n3/weight": (8, 8),
        "n3/bias": (8,),
        "n4/weight": (8, 1),
        "n4/bias": (1,),
    }
    return {name: generator.normal(size=shape).astype(np.float32) for name, shape in shapes.items()}


@pytest.fixture
def project() -> Project:
    return Project(examples()["xor"].graph(), weights(), {"slot/m": np.ones(256, np.float32)}, 120, PNG)


@pytest.fixture
def path(tmp_path: Path, project: Project) -> Path:
    path = tmp_path / "mine.loom"
    save_project(path, project)
    return path


def members(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as file:
        return {name: file.read(name) for name in file.namelist()}


def rewrite(path: Path, contents: Mapping[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> None:
    with zipfile.ZipFile(path, "w", compression) as file:
        for name, data in contents.items():
            file.writestr(name, data)


def edit_document(path: Path, change: Callable[[dict[str, Any]], None]) -> None:
    contents = members(path)
    document = json.loads(contents["project.json"])
    change(document)
    rewrite(path, {**contents, "project.json": json.dumps(document).encode()})


def test_everything_comes_back(path: Path, project: Project) -> None:
    loaded = load_project(path)
    assert loaded.warnings == ()
    assert loaded.graph == project.graph
    assert loaded.step == 120
    assert loaded.thumbnail == PNG
    for before, after in ((project.weights, loaded.weights), (project.optimizer, loaded.optimizer)):
        assert before.keys() == after.keys()
        assert all(np.array_equal(before[k], after[k]) for k in before)


def test_the_same_project_gives_the_same_bytes(path: Path, project: Project) -> None:
    first = path.read_bytes()
    save_project(path, project)
    assert path.read_bytes() == first


def test_the_run_and_the_study_come_back_and_other_versions_need_not_know_them(tmp_path: Path) -> None:
    scores = np.array([0.5, np.nan])
    study = KeptStudy(
        (KeptKnob("seed", "Seed", ("0", "1", "2")),),
        ({"seed": 0}, {"seed": 1}),
        *(10, 20, "stopped"),
        *(scores, scores, np.empty(0)),
        np.ones((3, 2, 2), np.float32),
    )
    path = tmp_path / "mine.loom"
    record = RunRecord(1763829382.25, 12.5, 1234.5)
    save_project(path, Project(examples()["xor"].graph(), weights(), step=120, run=record, study=study))
    loaded = load_project(path)
    assert (loaded.warnings, loaded.run) == ((), record)
    assert loaded.study is not None
    assert loaded.study.values == study.values
    np.testing.assert_array_equal(loaded.study.losses, scores)
    assert set(members(path)) == {
        "project.json",
        "weights.safetensors",
    }  # a new member would be complained of
    edit_document(path, lambda document: document.update(run={"begun": "then"}, study={"knobs": 3}))
    loaded = load_project(path)
    assert (loaded.run, loaded.study) == (None, None)
    assert [w for w in loaded.warnings if "study of variants is left out" in w] == list(loaded.warnings)
    edit_document(path, lambda document: (document.pop("run"), document.pop("study"))[0])
    assert load_project(path).warnings == ()  # as an old file is


@pytest.mark.parametrize(
    "data",
    [
        None,
        3,
        {},
        {"begun": 1.0, "seconds": True, "steps_per_s": 1.0},
        {"begun": -1.0, "seconds": 1.0, "steps_per_s": 1.0},
        {"begun": 1e300, "seconds": 1.0, "steps_per_s": 1.0},
    ],
)
def test_what_is_no_record_of_a_run_is_none(data: object) -> None:
    assert RunRecord.read(data) is None


def test_an_untrained_project_has_one_member(tmp_path: Path) -> None:
    path = tmp_path / "new.loom"
    save_project(path, Project(examples()["line"].graph()))
    assert list(members(path)) == ["project.json"]
    assert load_project(path).weights == {}


# -- saving --------------------------------------------------------------------------------------------------------
def test_a_full_disk_leaves_the_old_file(
    path: Path, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = path.read_bytes()

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(FormatError, match="No space left"):
        save_project(path, Project(project.graph))
    assert path.read_bytes() == before
    assert [p.name for p in path.parent.iterdir()] == ["mine.loom"]


@pytest.mark.skipif(sys.platform != "linux", reason="a device that is always full is Linux's")
def test_a_really_full_device_is_reported(project: Project) -> None:
    with pytest.raises(FormatError, match="could not be written"):
        save_project(Path("/dev/full/project.loom"), project)


SAVE_FOR_EVER = """
import sys
from pathlib import Path
import numpy as np
from engine.formats.examples import examples
from engine.formats.project import Project, save_project
graph = examples()["xor"].graph()
while True:
    save_project(Path(sys.argv[1]), Project(graph, optimizer={"m": np.ones(200_000, np.float32)}, step=7))
    print("saved", flush=True)
"""


def test_a_kill_while_saving_leaves_a_whole_file(path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", SAVE_FOR_EVER, str(path)], stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        for _ in range(5):
            process.stdout.readline()
        process.kill()
    assert load_project(path).warnings == ()


@pytest.mark.skipif(os.name != "posix", reason="links and modes are POSIX's")
def test_a_link_and_a_mode_stay(path: Path, project: Project) -> None:
    path.chmod(0o600)
    link = path.with_name("link.loom")
    link.symlink_to(path)
    save_project(link, Project(project.graph))
    assert link.is_symlink()
    assert load_project(path).weights == {}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


# -- opening: refused --------------------------------------------------------------------------------------------
def test_what_is_no_zip_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "text.loom"
    path.write_text("not a zip")
    for wrong, words in (
        (path, "zip archive"),
        (tmp_path, "not a file"),
        (tmp_path / "none.loom", "No such file"),
    ):
        with pytest.raises(FormatError, match=words):
            load_project(wrong)


@pytest.mark.parametrize("part", [0.02, 0.3, 0.6, 0.99])
def test_a_truncated_file_is_refused(path: Path, part: float) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * part)])
    with pytest.raises(FormatError, match="damaged"):
        load_project(path)


def test_flipped_bits_never_raise_anything_else(path: Path, project: Project) -> None:
    data = path.read_bytes()
    generator = np.random.default_rng(1)
    for _ in range(200):
        damaged = bytearray(data)
        damaged[int(generator.integers(len(data)))] ^= 1 << int(generator.integers(8))
        path.write_bytes(damaged)
        try:
            loaded = load_project(path)
        except FormatError:
            continue
        kept = all(
            np.array_equal(loaded.weights[k], v) for k, v in project.weights.items() if k in loaded.weights
        )
        assert kept or loaded.warnings


NAMES = ["../evil", "/etc/passwd", "a/../../b", "C:/evil", "a\\b", "..", "./a", "a//b", "evil\x01", "dir/"]


@pytest.mark.parametrize("name", NAMES)
def test_names_that_leave_the_archive_are_refused(path: Path, name: str) -> None:
    assert not is_safe_name(name)
    rewrite(path, {**members(path), name: b"x"})
    with pytest.raises(FormatError, match=r"lead out|directory"):
        load_project(path)


def test_links_encrypted_and_double_members_are_refused(path: Path) -> None:
    original = members(path)
    link = zipfile.ZipInfo("link")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(path, "a") as file:
        file.writestr(link, "/etc/passwd")
    with pytest.raises(FormatError, match="link"):
        load_project(path)
    rewrite(path, original)
    with zipfile.ZipFile(path, "a") as file, pytest.warns(UserWarning, match="Duplicate"):
        file.writestr("project.json", b"{}")
    with pytest.raises(FormatError, match="Two files"):
        load_project(path)


def test_too_many_members_are_refused(path: Path) -> None:
    rewrite(path, {**members(path), **{f"m{k}": b"" for k in range(100)}})
    with pytest.raises(FormatError, match="at most 64 files"):
        load_project(path)


def test_a_bomb_is_refused_before_it_unpacks(path: Path) -> None:
    rewrite(path, {**members(path), "project.json": b" " * (20 << 20)})
    with pytest.raises(FormatError, match="suspiciously"):
        load_project(path)
    with pytest.raises(FormatError, match="at most 1,000 bytes"):
        load_project(path, limits=Limits(total=1000, ratio=10**9))


def test_a_bomb_that_lies_about_its_size_is_stopped_while_unpacking(path: Path) -> None:
    rewrite(path, {"project.json": b" " * (3 << 20)})
    data = path.read_bytes()
    size = (3 << 20).to_bytes(4, "little")
    assert data.count(size) == 2  # local header and table of contents
    path.write_bytes(data.replace(size, (64).to_bytes(4, "little")))
    with pytest.raises(FormatError):
        load_project(path)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"[]",
        b"{",
        b"\xff\xfe",
        b'{"format_version": 1, "graph": NaN}',
        b'{"format_version": 1, "graph": {"nodes": [], "x": 1e999}}',
        b'{"format_version": 1, "graph": ' + b"[" * 5000 + b"]" * 5000 + b"}",
        b'{"format_version": 1, "graph": ' + b"[" * 70 + b"]" * 70 + b"}",
        b'{"format_version": 1, "graph": {"nodes": [{"id": "../x", "type": "Dense"}]}}',
        b'{"format_version": 1, "graph": {"nodes": [{"id": "a", "type": "Dense", "position": [1e300, 0]}]}}',
        b'{"format_version": 1, "graph": {"nodes": [{"id": "a", "type": "Dense", "position": ['
        + b"9" * 9000
        + b", 0]}]}}",
        b'{"format_version": true, "graph": {"nodes": []}}',
        b'{"graph": {"nodes": []}}',
    ],
    ids=range(13),
)
def test_a_document_that_makes_no_sense_is_refused(path: Path, text: bytes) -> None:
    rewrite(path, {**members(path), "project.json": text})
    with pytest.raises(FormatError, match="can't be opened"):
        load_project(path)


def test_a_future_version_says_so(path: Path) -> None:
    edit_document(path, lambda d: d.update(format_version=99))
    with pytest.raises(FormatError, match=r"newer version .* \(format 99"):
        load_project(path)


def test_migrations_run_one_after_the_other() -> None:
    steps = {1: lambda d: {**d, "log": "1"}, 2: lambda d: {**d, "log": d["log"] + "2"}}
    assert migrate({"format_version": 1}, steps, 3) == {"format_version": 3, "log": "12"}
    assert migrate({"format_version": 3}, steps, 3) == {"format_version": 3}


# -- opening: in part ----------------------------------------------------------------------------------------------
def test_an_unknown_layer_opens_and_is_saved_as_it_was(path: Path, tmp_path: Path) -> None:
    def change(document: dict[str, Any]) -> None:
        document["graph"]["nodes"][2].update(type="Warp", settings={"factor": 9})

    edit_document(path, change)
    loaded = load_project(path)
    layer = loaded.graph.nodes["n3"].layer
    assert isinstance(layer, UnknownLayer)
    assert layer.settings == {"factor": 9}
    assert len(loaded.graph.edges) == 4
    assert "n3/weight" in loaded.weights  # nobody can judge them, so they are kept
    again = tmp_path / "again.loom"
    save_project(again, loaded)
    assert load_project(again).graph == loaded.graph


def test_broken_wires_and_sections_are_left_out_with_a_warning(path: Path) -> None:
    def change(document: dict[str, Any]) -> None:
        graph = document["graph"]
        graph["edges"] += [
            ["n1", "output", "n9", "input"],
            ["n1", "output", "n3", "input"],
            ["n1", "none", "n3", "input"],
        ]
        graph["sections"]["training"]["epochs"] = -1
        graph["sections"]["future"] = {}
        graph["nodes"][1]["name"] = "two\nlines"

    edit_document(path, change)
    loaded = load_project(path)
    assert len(loaded.graph.edges) == 4
    assert set(loaded.graph.sections) == {"data"}
    assert len(loaded.warnings) == 6
    assert "Epochs must be" in " ".join(loaded.warnings)


def replace_weights(path: Path, arrays: Mapping[str, Array], *, honest: bool = True) -> None:
    data = safetensors.numpy.save(dict(arrays))
    contents = {**members(path), "weights.safetensors": data}
    if honest:
        document = json.loads(contents["project.json"])
        document["members"]["weights.safetensors"]["sha256"] = hashlib.sha256(data).hexdigest()
        contents["project.json"] = json.dumps(document).encode()
    rewrite(path, contents)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"n2/weight": np.zeros((3, 8), np.float32)}, "n2/weight is to be 2 × 8, received 3 × 8"),
        ({"n2/weight": np.zeros((2, 8), np.float64)}, "float64"),
        ({"n9/weight": np.zeros(1, np.float32)}, "belongs to no layer"),
        ({"n2/extra": np.zeros(1, np.float32)}, "not a weight of its layer"),
        ({"n2/weight": None}, "n2/weight is missing"),
    ],
)
def test_weights_that_do_not_fit_are_left_out(
    path: Path, change: dict[str, Array | None], words: str
) -> None:
    arrays = {name: array for name, array in {**weights(), **change}.items() if array is not None}
    replace_weights(path, arrays)
    loaded = load_project(path)
    assert loaded.weights == {}
    assert loaded.optimizer == {}
    assert loaded.step == 0
    assert words in loaded.warnings[0]


def test_a_weight_without_dimensions_keeps_none(tmp_path: Path) -> None:
    x = Input((1,))
    model = Model([x], [layers()["Normalization"].model_validate({"axis": None})(x)])
    model.save(tmp_path / "scalar.loom")
    loaded = load_project(tmp_path / "scalar.loom")
    assert loaded.warnings == ()
    assert [array.shape for name, array in loaded.weights.items() if name.endswith("/mean")] == [()]


def test_weights_with_a_wrong_hash_are_left_out(path: Path) -> None:
    replace_weights(path, weights(seed=5), honest=False)
    loaded = load_project(path)
    assert loaded.weights == {}
    assert "SHA-256" in loaded.warnings[0]


def test_a_wrong_hash_of_the_optimizer_keeps_the_weights(path: Path) -> None:
    rewrite(path, {**members(path), "optimizer.safetensors": safetensors.numpy.save({"a": np.zeros(1)})})
    loaded = load_project(path)
    assert loaded.weights
    assert loaded.optimizer == {}
    assert "optimizer" in loaded.warnings[0]


def test_nan_weights_are_reported(path: Path) -> None:
    arrays = weights()
    arrays["n3/bias"][2] = np.nan
    replace_weights(path, arrays)
    loaded = load_project(path)
    assert np.isnan(loaded.weights["n3/bias"][2])
    assert "not finite (n3/bias)" in loaded.warnings[0]


def test_missing_members_unknown_members_and_garbage_are_named(path: Path) -> None:
    contents = members(path)
    del contents["optimizer.safetensors"]
    rewrite(path, {**contents, "notes.txt": b"hello"})
    warnings = " ".join(load_project(path).warnings)
    assert "optimizer state are missing" in warnings
    assert "notes.txt" in warnings


def test_a_stranger_s_path_is_not_touched(path: Path, tmp_path: Path, project: Project) -> None:
    trap = tmp_path / "fifo.csv"
    if hasattr(os, "mkfifo"):
        os.mkfifo(trap)  # opening it would wait for ever
    SetSection("data", DataSettings(path=str(trap))).apply(project.graph)
    save_project(path, project)
    assert load_project(path).weights.keys() == project.weights.keys()


# -- check ---------------------------------------------------------------------------------------------------------
def test_check_says_what_it_is_or_why_it_is_not(path: Path, tmp_path: Path) -> None:
    report = check(path)
    assert report.readable
    assert report.summary == "A project with 5 layers, 105 parameters, trained for 120 steps."
    assert (report.warnings, report.problems) == ((), ())
    edit_document(path, lambda d: d["graph"]["edges"].pop())
    assert "Nothing is connected" in check(path).problems[0] + check(path).problems[1]
    empty = tmp_path / "empty.loom"
    empty.write_bytes(b"")
    assert not check(empty).readable
    assert "empty.loom" in check(empty).summary


def test_how_the_data_was_prepared_is_kept_before_anything_is_learned(tmp_path: Path) -> None:
    feature = FittedFeature(name="x", part="input", kind="numeric", shape=(2,), dtype=DType.FLOAT32)
    prepared = Preparation(source="csv", features=(feature,), task=TaskKind.REGRESSION, counts=(3, 1, 1))
    save_project(tmp_path / "new.loom", Project(examples()["xor"].graph(), preparation=prepared))
    kept = load_project(tmp_path / "new.loom")
    assert not kept.weights
    assert kept.preparation == prepared
