"""Which pages a few typed letters mean."""

from collections.abc import Iterable

from app.palette.matching import match
from engine.reference.library import Entry


def search(query: str, entries: Iterable[Entry]) -> list[Entry]:
    """The pages whose name, other names or summary match, best first; none for a blank query."""
    if not query.strip():
        return []
    scored = [(match(query, e.title, e.words, e.summary), e) for e in entries]
    return [entry for score, entry in sorted(scored, key=lambda pair: -pair[0]) if score > 0]
