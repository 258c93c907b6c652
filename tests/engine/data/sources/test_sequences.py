"""Texts and melodies as sequences of tokens: nothing skipped, nothing of the future, and broken files in a sentence."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from engine.data.errors import DataError
from engine.data.melodies.midi import read_melody
from engine.data.sources.base import MISSING, Interrupted, Kind
from engine.data.sources.registry import kind_of, open_source
from engine.data.sources.tokens import TokenSource
from engine.tensor.spec import DType

TEXT = "It's a fine day.\nA very fine day, isn't it?\n" * 20


def opened(path: Path, **options: object) -> TokenSource:
    source = open_source(path, options)
    assert isinstance(source, TokenSource)
    return source


def written(folder: Path, content: str | bytes = TEXT, name: str = "book.txt") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
    return path


# -- text ----------------------------------------------------------------------------------------------
def test_letters_come_back_in_their_order(tmp_path: Path) -> None:
    source = opened(written(tmp_path), length=10)
    assert kind_of(source.path).name == "text"
    assert [(c.name, c.kind, c.shape, c.dtype) for c in source.columns] == [
        (name, Kind.ARRAY, (10,), DType.INT32) for name in ("x", "y")
    ]
    read = source.read(["x", "y"], 0, source.count())
    letters = {"line end": "\n", "space": " "}
    text = "".join(letters.get(name, name) for name in (source.vocabulary[n] for n in read["x"].ravel()))
    assert TEXT.startswith(text)
    assert len(TEXT) - len(text) <= 10
    np.testing.assert_array_equal(read["x"].ravel()[1:], read["y"].ravel()[:-1])
    assert read["x"].dtype == np.int32
    assert source.page(1, 1)[0] == ["e day.⏎A v", " day.⏎A ve"]


def test_words_signs_and_line_ends_are_tokens(tmp_path: Path) -> None:
    source = opened(written(tmp_path), unit="words", length=5, predict="the next", lower=True)
    assert source.columns[1].shape == ()
    assert source.page(0, 1)[0] == ["it's a fine day .", "⏎"]
    assert source.page(1, 1)[0][0] == "⏎ a very fine day"
    assert source.read(["y"], 0, 3)["y"].shape == (3,)
    assert [source.vocabulary[n] for n in source.encode("A Day!")] == [
        "a",
        "day",
        "line end",
    ]  # "!" is unknown


def test_rare_words_are_one_token(tmp_path: Path) -> None:
    source = opened(written(tmp_path, "a a a b b c d " * 5), unit="words", vocabulary=3, length=3)
    assert source.vocabulary == ("unknown", "a", "b")
    assert source.encode("d c b a unknown").tolist() == [0, 0, 2, 1, 0]


def test_examples_may_overlap(tmp_path: Path) -> None:
    source = opened(written(tmp_path, "abcdefgh"), length=3, step=2)
    assert [row[0] for row in source.page(0, 9)] == ["abc", "cde", "efg"]
    assert source.count() == 3
    last = opened(written(tmp_path, "abcdefgh"), length=7)
    assert last.page(0, 9) == [["abcdefg", "bcdefgh"]]


def test_the_vocabulary_has_no_name_twice(tmp_path: Path) -> None:
    vocabulary = opened(written(tmp_path, "space and\nline end " * 9), unit="words", length=3).vocabulary
    assert len(set(vocabulary)) == len(vocabulary)


@pytest.mark.parametrize(
    ("raw", "noted"),
    [
        ("grün\n".encode(), False),
        ("\ufeffgrün\n".encode(), False),
        ("grün\n".encode("utf-16"), False),
        (b"gr\xfcn\r\n", True),
    ],
)
def test_the_encoding_is_found_out(tmp_path: Path, raw: bytes, noted: bool) -> None:
    source = opened(written(tmp_path, raw), length=2)
    assert set(source.vocabulary) == {"g", "r", "ü", "n", "line end"}
    assert bool(source.notes) is noted


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        (b"", "longer than an example|empty"),
        (b"abc", "longer than an example of 50"),
        (b"a\0b" * 100, "NUL bytes"),
    ],
)
def test_what_is_no_text_is_refused(tmp_path: Path, raw: bytes, sentence: str) -> None:
    with pytest.raises(DataError, match=sentence):
        open_source(written(tmp_path, raw), {}, kind="text")


def test_a_table_called_txt_is_a_table(tmp_path: Path) -> None:
    assert kind_of(written(tmp_path, "a\tb\n1\t2\n3\t4\n")).name != "text"


def test_reading_can_be_cancelled(tmp_path: Path) -> None:
    def stop(_done: int, _total: int) -> None:
        raise Interrupted

    with pytest.raises(Interrupted):
        open_source(written(tmp_path), {}, stop)


def test_a_folder_without_folders_is_one_text(tmp_path: Path) -> None:
    written(tmp_path, "abcd" * 10, "1.txt")
    written(tmp_path, "efgh" * 10, "2.txt")
    written(tmp_path, b"\0\0\0\0", "3.txt")
    source = opened(tmp_path, length=4)
    assert source.count() == 19
    assert [note.place for note in source.notes] == ["3.txt"]
    assert len(source.vocabulary) == 8


def test_a_folder_of_folders_is_texts_with_classes(tmp_path: Path) -> None:
    written(tmp_path, "so good", "train/good/1.txt")
    written(tmp_path, "so bad", "train/bad/1.txt")
    written(tmp_path, b"\0", "test/bad/2.txt")
    written(tmp_path, "x" * 200_000, "test/good/2.txt")
    source = open_source(tmp_path, {})
    assert [(c.name, c.kind) for c in source.columns] == [
        (name, Kind.TEXT) for name in ("text", "class", "part", "file")
    ]
    read = source.read(["text", "class", "part"], 0, source.count())
    assert read["class"].tolist() == ["bad", "good", "bad", "good"]
    assert read["part"].tolist() == ["test", "test", "train", "train"]
    assert read["text"].tolist()[2:] == ["so bad", "so good"]
    assert read["text"][0] == MISSING
    assert len(read["text"][1]) == 100_000
    assert {note.place for note in source.notes} == {"test/bad/2.txt", "test/good/2.txt"}
    assert source.page(0, 1)[0][0] is None
    assert isinstance(open_source(tmp_path, {"use": "writing", "length": 5}), TokenSource)


# -- melodies ------------------------------------------------------------------------------------------
def midi(*tracks: bytes, division: int = 96, form: int = 1) -> bytes:
    head = b"MThd" + struct.pack(">IHHH", 6, form, len(tracks), division)
    return head + b"".join(b"MTrk" + struct.pack(">I", len(track)) + track for track in tracks)


END = b"\0\xff\x2f\0"
# two quarters C4 E4, the second with a running status and ended by a strength of 0; a half G4 after a quarter's rest
PLAYED = b"\0\x90\x3c\x40\x60\x80\x3c\0" + b"\0\x90\x40\x40\x60\x40\0" + b"\x60\x43\x40\x81\x40\x43\0" + END


def notes(path: Path) -> list[str]:
    return [str(tone) for tone in read_melody(path)]


def test_notes_rests_and_running_status(tmp_path: Path) -> None:
    assert notes(written(tmp_path, midi(PLAYED), "a.mid")) == ["C4/4", "E4/4", "R/4", "G4/2"]


def test_film_frames_are_time_at_the_usual_tempo(tmp_path: Path) -> None:
    """25 frames of 8 ticks: 100 ticks are half a second, a quarter; 0x60 are nearly that."""
    division = (256 - 25) << 8 | 8
    assert notes(written(tmp_path, midi(PLAYED, division=division), "a.mid")) == [
        "C4/4",
        "E4/4",
        "R/4",
        "G4/2",
    ]


def test_the_highest_note_is_the_melody_and_drums_are_none(tmp_path: Path) -> None:
    chord = b"\0\x90\x30\x40\0\x90\x48\x40\x60\x80\x30\0\0\x80\x48\0" + END
    drums = b"\0\x99\x60\x40\x60\x89\x60\0" + END
    assert notes(written(tmp_path, midi(chord, drums), "a.mid")) == ["C5/4"]
    with pytest.raises(DataError, match="must have notes"):
        read_melody(written(tmp_path, midi(drums), "b.mid"))


def test_a_note_that_never_ends_ends_with_the_track(tmp_path: Path) -> None:
    assert notes(written(tmp_path, midi(b"\0\x90\x3c\x40" + b"\x60\xff\x2f\0"), "a.mid")) == ["C4/4"]


def test_meta_and_exclusive_messages_are_passed_over(tmp_path: Path) -> None:
    noise = b"\0\xff\x03\x04name\0\xf0\x03\x01\x02\xf7\0\xc0\x05\0\xe0\x00\x40"
    assert notes(written(tmp_path, midi(noise + PLAYED), "a.mid"))[0] == "C4/4"


@pytest.mark.parametrize("end", [3, 10, 14, 20, 30, 40, -1])
def test_a_truncated_file_is_one_sentence(tmp_path: Path, end: int) -> None:
    with pytest.raises(DataError, match=r"a\.mid .*\.$"):
        read_melody(written(tmp_path, midi(PLAYED)[:end], "a.mid"))


@pytest.mark.parametrize(
    "raw",
    [
        midi(PLAYED, division=0),
        midi(PLAYED, division=0x8001),
        midi(b"\0\x3c\x40"),
        midi(b"\xff\xff\xff\xff\xff\xff"),
        midi(b"\0\x90\x3c\xff"),
        midi(b"\0\xff\x03\xff\xff\xff\x7f"),
        midi(),
        b"RIFF" + midi(PLAYED),
    ],
)
def test_a_damaged_file_is_one_sentence(tmp_path: Path, raw: bytes) -> None:
    with pytest.raises(DataError, match=r"a\.mid .*\.$"):
        read_melody(written(tmp_path, raw, "a.mid"))


def test_random_damage_is_a_melody_or_a_sentence(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    whole = np.frombuffer(midi(PLAYED * 3), np.uint8)
    for _ in range(300):
        broken = whole.copy()
        broken[rng.integers(0, len(broken), 3)] = rng.integers(0, 256, 3)
        try:
            assert notes(written(tmp_path, broken.tobytes(), "a.mid"))
        except DataError:
            continue


def test_a_folder_of_melodies(tmp_path: Path) -> None:
    written(tmp_path, midi(PLAYED), "1.mid")
    written(tmp_path, midi(PLAYED)[:20], "2.mid")
    written(tmp_path, "# mine\nC4/4 Db4/8. | R/2\n\nC4/4", "3.tune")
    assert kind_of(tmp_path).name == "melody"
    source = opened(tmp_path, length=2)
    assert source.vocabulary[0] == "end"
    words = [source.vocabulary[n] for n in source.read(["x"], 0, source.count())["x"].ravel()]
    assert words[:8] == ["C4/4", "E4/4", "R/4", "G4/2", "end", "C4/4", "C#4/8.", "R/2"]
    assert [note.place for note in source.notes] == ["2.mid"]
    assert source.encode("C4/4 | G4/2").tolist() == [source.vocabulary.index(w) for w in ("C4/4", "G4/2")]
    with pytest.raises(DataError, match="A4/4 was not among them"):
        source.encode("A4/4")


def test_notes_in_a_text_file_are_a_melody(tmp_path: Path) -> None:
    assert kind_of(written(tmp_path, "C4/4 D4/4 E4/4 F4/4\nG4/2 G4/2\n")).name == "melody"
    with pytest.raises(DataError, match=r"Line 2 of a\.tune"):
        open_source(written(tmp_path, "C4/4\nX\n", "a.tune"), {})
