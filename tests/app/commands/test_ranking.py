"""Which command a few letters mean."""

from app.commands.command import Command, rank_commands


def _command(title: str, why_not: str = "") -> Command:
    return Command(title.lower(), title, "", lambda: None, why_not=why_not)


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
