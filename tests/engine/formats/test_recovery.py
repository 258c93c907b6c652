"""Recovery files are offered when their process is gone, and only then."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from engine.formats.errors import FormatError
from engine.formats.examples import examples
from engine.formats.recovery import RecoveryStore
from engine.graph.edits import RemoveNode
from engine.lessons.progress import LessonState, Progress
from engine.lessons.registry import lessons
from engine.lessons.writing import from_bytes, to_bytes

CRASH = """
import os, sys
from pathlib import Path
from engine.formats.examples import examples
from engine.formats.recovery import RecoveryStore
store = RecoveryStore(Path(sys.argv[1]))
key = store.new_key()
store.write(key, examples()["xor"].graph(), "My network", Path("somewhere") / "mine.loom")
print(key, flush=True)
sys.stdin.readline()
os._exit(1)  # nothing is tidied up
"""


def test_what_a_dead_process_left_is_offered_and_what_a_live_one_has_is_not(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", CRASH, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        key = process.stdout.readline().strip()
        store = RecoveryStore(tmp_path)
        assert store.list() == ()
        process.stdin.write("go\n")
        process.stdin.flush()
        process.wait(30)
    (entry,) = store.list()
    assert (entry.key, entry.title, entry.path) == (key, "My network", Path("somewhere") / "mine.loom")
    graph, warnings = store.restore(key)
    assert warnings == ()
    assert graph == examples()["xor"].graph()
    store.discard(key)
    assert store.list() == ()
    assert list(tmp_path.iterdir()) == []


def test_the_last_write_counts_and_own_documents_are_not_offered(tmp_path: Path) -> None:
    store = RecoveryStore(tmp_path)
    key = store.new_key()
    graph = examples()["line"].graph()
    store.write(key, graph)
    RemoveNode("n2").apply(graph)
    store.write(key, graph)
    assert store.list() == ()
    store.close()
    other = RecoveryStore(tmp_path)
    assert [e.key for e in other.list()] == [key]
    assert other.restore(key)[0] == graph


@pytest.mark.parametrize(
    "data", [b"", b"[]", b"{}", b'{"format_version": 9}', b'{"format_version": 1, "graph": 1}']
)
def test_a_damaged_file_is_passed_over_or_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "0123.json").write_bytes(data)
    store = RecoveryStore(tmp_path)
    store.list()
    with pytest.raises(FormatError):
        store.restore("0123")


def test_the_lesson_is_kept_with_the_document(tmp_path: Path) -> None:
    graph, state = examples()["xor"].graph(), LessonState(lessons()["line"], Progress(step=3, done=(0, 1)))
    store = RecoveryStore(tmp_path)
    with_one, without = store.new_key(), store.new_key()
    store.write(with_one, graph, lesson=to_bytes(state))
    store.write(without, graph)
    store.close()
    assert from_bytes(store.restore_lesson(with_one)) == state
    assert store.restore_lesson(without) == b""


@pytest.mark.parametrize("lesson", [7, None, ["x"]])
def test_a_file_without_a_lesson_restores_none(tmp_path: Path, lesson: object) -> None:
    store = RecoveryStore(tmp_path)
    key = store.new_key()
    store.write(key, examples()["xor"].graph())
    store.close()
    file = tmp_path / f"{key}.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "lesson": lesson}))
    assert store.restore_lesson(key) == b""


def test_a_folder_that_can_t_be_written_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    store = RecoveryStore(tmp_path / "file")
    with pytest.raises(FormatError, match="could not be written"):
        store.write("key", examples()["line"].graph())
