"""Which command a few letters mean."""

import pytest

from app.commands.command import Command, rank_commands
from app.commands.words import other_words, with_other_words


def _command(title: str, why_not: str = "", group: str = "", name: str = "") -> Command:
    return Command(name or title.lower(), title, group, lambda: None, why_not=why_not)


def _ranked(query: str, *titles: str) -> list[str]:
    return [c.title for c in rank_commands(query, [_command(title) for title in titles], [])]


def test_best_fit_first_and_what_does_not_fit_not_at_all() -> None:
    commands = [_command("Save as"), _command("Save"), _command("Quit")]
    assert [c.title for c in rank_commands("save", commands, [])] == ["Save", "Save as"]


def test_letters_in_order_are_enough() -> None:
    assert [c.title for c in rank_commands("adde", [_command("Add Dense"), _command("Zoom in")], [])] == [
        "Add Dense"
    ]


def test_nothing_typed_shows_what_was_used_last() -> None:
    commands = [_command("New"), _command("Open"), _command("Save")]
    assert [c.title for c in rank_commands("", commands, ["save", "open"])] == ["Save", "Open", "New"]


def test_what_cannot_be_done_now_comes_last() -> None:
    commands = [_command("Group", "Select a layer first"), _command("Dissolve group")]
    assert [c.title for c in rank_commands("group", commands, [])] == ["Dissolve group", "Group"]


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        (
            "picture",
            ["Save a picture of everything there is", "Draw pictures"],
        ),  # a word, however long the rest
        ("picture", ["Picture book", "Save a picture", "Draw pictures"]),  # the beginning is best
        ("tune", ["Fine-tune all layers", "Go to tuned", "Attune"]),  # words end at hyphens; a part is least
        ("dense", ["Dense", "Add Dense", "Add DenseNet", "Condense"]),
        ("pool", ["Add a pool", "Add MaxPooling2D", "Spool it"]),  # a capital letter begins a word
        ("in", ["In", "Look in it", "Put insets"]),  # the best of several places counts
    ],
)
def test_whole_words_come_before_beginnings_and_those_before_parts(query: str, titles: list[str]) -> None:
    assert _ranked(query, *titles) == titles
    assert _ranked(query, *reversed(titles)) == titles


def test_a_group_is_found_after_what_is_called_so() -> None:
    commands = [
        _command("Dark", group="Theme"),
        _command("Theme of the lesson"),
        _command("Quit", group="Menu"),
    ]
    assert [c.title for c in rank_commands("theme", commands, [])] == ["Theme of the lesson", "Dark"]


def test_scattered_letters_come_last() -> None:
    commands = [_command("Teacher mode"), _command("Dark", group="Theme")]
    assert [c.title for c in rank_commands("theme", commands, [])] == ["Dark", "Teacher mode"]


@pytest.mark.parametrize(
    ("query", "name"),
    [("settings", "menu/preferences"), ("python", "menu/export_network"), ("csv", "menu/open_data")],
)
def test_other_words_lead_to_a_command(query: str, name: str) -> None:
    commands = [_command(name, name=name) for name in other_words()]
    assert rank_commands(query, commands, []) == []
    assert rank_commands(query, with_other_words(commands), [])[0].name == name
