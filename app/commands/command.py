"""What the command palette offers: one thing that can be done, and how well a few typed letters fit it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from app.palette.matching import match


@dataclass(frozen=True, slots=True)
class Command:
    """One thing that can be done.

    `name` stays the same in every language and start; `group` says where it belongs; `why_not` is the reason, as a
    sentence, why it can't be done now.
    """

    name: str
    title: str
    group: str
    run: Callable[[], object] = field(compare=False)
    keys: str = ""
    why_not: str = ""
    words: tuple[str, ...] = ()
    summary: str = ""


def rank_commands(query: str, commands: Iterable[Command], recent: Sequence[str]) -> list[Command]:
    """The commands that fit, best first; for a blank query those used last, then all that are offered unasked.

    What belongs to a group of that name is found, too, last. Of equals, the one used last comes first; what can't be done
    now comes after what can.
    """
    places = {name: place for place, name in enumerate(recent)}

    def used(command: Command) -> int:
        return places.get(command.name, len(places))

    if not query.strip():
        return sorted(commands, key=used)
    scored = [(match(query, c.title, c.words, f"{c.group} {c.summary}"), c) for c in commands]
    fitting = [(score, c) for score, c in scored if score > 0]
    return [c for _, c in sorted(fitting, key=lambda pair: (bool(pair[1].why_not), -pair[0], used(pair[1])))]
