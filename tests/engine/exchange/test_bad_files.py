"""Whatever is in a file: one sentence, soon, in little memory, nothing run and nothing written elsewhere."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from engine.exchange.formats import formats, read_network, write_network
from engine.exchange.outgoing import Outgoing, outgoing
from engine.formats.errors import FormatError
from engine.formats.project import load_project
from engine.formats.weights import bundled_features
from engine.graph.document import UnknownLayer
from engine.models.finding import finding
from tests.engine.exchange.bad_files import cut, flipped, good_files, harmful, keras_with, set_in, settings_of
from tests.judges import ROOT

KINDS = ("loom", *(name for name, kind in formats().items() if kind.read))
APART = ("h5",)  # read by a process of its own first, which takes its time
CHECK = """
import io, json, re, sys, time, contextlib
from pathlib import Path
from engine.cli.main import main
found = {}
for path in sys.argv[1:]:
    out, err = io.StringIO(), io.StringIO()
    start = time.process_time()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = main(["check", path])
    found[path] = [status, err.getvalue(), time.process_time() - start]
status = Path("/proc/self/status")  # elsewhere `getrusage` does not count the process this one was forked from
peak = re.search(r"VmHWM:\\s+(\\d+)", status.read_text())[1] if status.exists() else 0
print(json.dumps({"found": found, "kilobytes": int(peak)}))
"""


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return good_files(tmp_path_factory.mktemp("good"))


def look(path: Path) -> str:
    """The sentence for a file, or "" where it can be read; anything else than a sentence fails the test."""
    try:
        load_project(path) if path.suffix == ".loom" else read_network(path)
    except FormatError as error:
        text = str(error)
        assert text
        assert "\n" not in text
        assert len(text) < 2000
        return text
    return ""


def through(path: Path, contents: list[bytes]) -> list[str]:
    """The sentences for a file with one content after the other; it has the old one in the end."""
    before = path.read_bytes()
    said = []
    try:
        for content in contents:
            path.write_bytes(content)
            said.append(look(path))
    finally:
        path.write_bytes(before)
    return said


@pytest.mark.parametrize("kind", KINDS)
def test_a_good_file_is_read(good: dict[str, Path], kind: str) -> None:
    assert look(good[kind]) == ""


@pytest.mark.parametrize("kind", KINDS)
def test_files_that_end_too_early_are_refused(good: dict[str, Path], kind: str) -> None:
    pieces = list(cut(good[kind].read_bytes(), 4 if kind in APART else 16))
    assert all(through(good[kind], pieces))


@pytest.mark.parametrize("kind", KINDS)
def test_files_with_flipped_bits_are_read_or_refused(good: dict[str, Path], kind: str) -> None:
    through(good[kind], list(flipped(good[kind].read_bytes(), 4 if kind in APART else 40)))


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("kind", KINDS)
def test_hundreds_of_files_with_flipped_bits(good: dict[str, Path], kind: str) -> None:
    count = 40 if kind in APART else 300
    through(good[kind], list(flipped(good[kind].read_bytes(), count, seed=1)))
    through(good[kind], list(cut(good[kind].read_bytes(), 16)))


@pytest.mark.timeout(300)
def test_harmful_files_are_refused_in_one_line_soon_and_in_little_memory(
    good: dict[str, Path], tmp_path: Path
) -> None:
    for name, content in harmful(good["keras"].parent).items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(content)
    paths = sorted(p for p in tmp_path.rglob("*") if p.is_file())
    before = {
        p: p.lstat().st_mtime_ns for p in tmp_path.parent.rglob("*")
    }  # other tests leave links to nowhere
    done = subprocess.run(
        [sys.executable, "-c", CHECK, *map(str, paths)],
        cwd=ROOT,
        env={**os.environ, "LAYERLOOM_DATA_DIR": str(tmp_path / "data")},
        capture_output=True,
        text=True,
        check=True,
    )
    facts = json.loads(done.stdout)
    wrong = {
        Path(path).relative_to(tmp_path).as_posix(): (status, text[-300:], seconds)
        for path, (status, text, seconds) in facts["found"].items()
        if status != 2 or not text.startswith("error: ") or text.count("\n") != 1 or seconds > 10
    }
    assert not wrong
    assert len(facts["found"]) == len(paths)
    assert facts["kilobytes"] < 1_000_000
    assert {p: p.lstat().st_mtime_ns for p in before} == before


def opened(tmp_path: Path, content: bytes, name: str = "a.keras") -> tuple[str, ...]:
    (tmp_path / name).write_bytes(content)
    return finding(tmp_path / name).notes


@pytest.mark.parametrize("kind", ["Lambda", "TFSMLayer", "TorchModuleWrapper", "JaxLayer"])
def test_code_is_named_and_never_run(tmp_path: Path, kind: str) -> None:
    code = {"class_name": "__lambda__", "config": {"code": "4wEAAAAAAAAAAAAAAAE=", "defaults": None}}
    content = keras_with(
        lambda c: c["config"]["layers"][1].update(
            module="os", class_name=kind, config={"name": "evil", "function": code}
        )
    )
    notes = opened(tmp_path, content)
    assert any(kind in note and "never" in note for note in notes)


def test_code_as_an_activation_is_named_and_never_run(tmp_path: Path) -> None:
    code = {"class_name": "__lambda__", "config": {"code": "4wEAAAAAAAAAAAAAAAE="}}
    notes = opened(tmp_path, keras_with(lambda c: set_in(c, 1, activation=code)))
    assert any("never" in note for note in notes)


def test_modules_are_never_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "evil_module.py").write_text("raise SystemExit('imported')")
    monkeypatch.syspath_prepend(str(tmp_path))

    def change(config: dict[str, Any]) -> None:
        for entry in config["config"]["layers"]:
            entry.update(module="evil_module", registered_name="evil_module>Evil")

    opened(tmp_path, keras_with(change))
    assert "evil_module" not in sys.modules


def test_an_unknown_layer_keeps_its_settings(tmp_path: Path) -> None:
    path = tmp_path / "a.keras"
    path.write_bytes(keras_with(lambda c: c["config"]["layers"][1].update(class_name="Unheard")))
    (layer,) = [n.layer for n in read_network(path).graph.nodes.values() if isinstance(n.layer, UnknownLayer)]
    assert (layer.type_name, layer.settings["units"]) == ("Unheard", 6)


@pytest.mark.parametrize("units", [10**9, 2**40])
def test_a_layer_of_a_size_that_nobody_has_is_unknown(tmp_path: Path, units: int) -> None:
    notes = opened(tmp_path, keras_with(lambda c: set_in(c, 1, units=units)))
    assert any("Units" in note for note in notes)


def test_weights_that_nobody_has_are_not_made(tmp_path: Path) -> None:
    def change(config: dict[str, Any]) -> None:
        set_in(config, 1, units=500_000)
        set_in(config, 4, units=500_000)

    (tmp_path / "a.keras").write_bytes(keras_with(change))
    with pytest.raises(FormatError, match="numbers of its weights are missing"):
        finding(tmp_path / "a.keras")


def test_a_version_of_the_future_is_read_as_far_as_it_is_known(tmp_path: Path) -> None:
    def change(config: dict[str, Any]) -> None:
        settings_of(config, 1)["fresh_idea"] = 3

    assert any("fresh_idea" in note for note in opened(tmp_path, keras_with(change)))


# -- writing -----------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def out(good: dict[str, Path]) -> Outgoing:
    imported = read_network(good["keras"])
    return outgoing(imported.graph, bundled_features(imported.graph), imported.weights)


WRITTEN = tuple(name for name, kind in formats().items() if kind.write)


def place_of(name: str, folder: Path) -> Path:
    ending = formats()[name].suffixes[0]
    return folder / (f"a{ending}" if ending.startswith((".", "_")) else ending)


@pytest.mark.parametrize("name", WRITTEN)
def test_a_full_disk_leaves_the_old_file(
    out: Outgoing, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = place_of(name, tmp_path)
    path.write_bytes(b"what was there")

    def refuse(_file: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(FormatError):
        write_network(out, path)
    assert path.read_bytes() == b"what was there"
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("name", WRITTEN)
def test_a_folder_that_can_not_be_is_said(out: Outgoing, name: str, tmp_path: Path) -> None:
    (tmp_path / "a file").write_text("x")
    with pytest.raises(FormatError):
        write_network(out, place_of(name, tmp_path / "a file" / "nowhere"))
