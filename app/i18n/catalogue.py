"""What a catalogue holds and how a sentence with names in it is found there.

A catalogue is one JSON file a language, which people can read, compare and correct without tools of Qt (whose `.qm` files
would have to be compiled, and know nothing of what the engine declares):

    strings     the window's words and the engine's declarations: English to the other language
    contexts    by the name of a class: what is said differently there
    sentences   what the engine says, with `{}` where names and numbers stand; `{1}`, `{2}` .. put them in another order

What the lessons tell lies beside it in `lessons`, in the order in which it is told: English to the other language.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from app.i18n import LESSONS, together

FOLDER: Final = Path(__file__).resolve().parents[2] / "resources" / "translations"
PLACEHOLDER: Final = re.compile(r"\{[^{}]*\}")
_SENTENCE_ENDS: Final = re.compile(r"[.?!] [A-Z]")  # then a name has swallowed another sentence
_NAME: Final = re.compile(r"'[^']*'")  # which may hold anything
_WIDE: Final = re.compile(r"[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]")
_LONGEST: Final = 2000  # letters of a sentence that is looked for
_MOST_SENTENCES: Final = 8  # of those, the ones that are put together
_WORD: Final = re.compile(r"[^\W\d_]{2}")
_LOOSE: Final = 4
"""Letters of its own up to which a pattern that begins with a place would fit half of English."""


@dataclass(frozen=True)
class Catalogue:
    """The words of a language."""

    strings: Mapping[str, str] = field(default_factory=dict)
    contexts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    sentences: Mapping[str, str] = field(default_factory=dict)

    def find(self, context: str, text: str) -> str | None:
        """What a text is called, there or anywhere; None where it has no translation."""
        return self.contexts.get(context, {}).get(text) or self.strings.get(text)

    def find_sentence(self, sentence: str) -> str | None:
        """A sentence of the engine, its names kept or translated in turn; of several, those that belong together are found.

        What is added behind a comma (", followed by ReLU") is looked for by itself.
        """
        added = self._with_addition(sentence)
        whole = added if added is not None else self._match(sentence)
        if whole is not None:
            return whole
        parts = re.split(r"(?<=[.?!]) (?=[A-Z])", sentence)
        if len(parts) < 2:
            return None
        found = list(self._runs(parts[:_MOST_SENTENCES]))
        if all(words is None for words, _ in found):
            return None
        rest = ((None, part) for part in parts[_MOST_SENTENCES:])
        return together(*(words if words is not None else before for words, before in (*found, *rest)))

    def _runs(self, parts: list[str]) -> Iterator[tuple[str | None, str]]:
        """What several sentences are called, and as they are: the longest runs that are known as one come first.

        A sentence with words of its own is not taken for the first place of a run such as `{} at step {}. {}`.
        """
        start = 0
        while start < len(parts):
            own = self._match(parts[start], general=False) is not None
            for stop in range(len(parts), start, -1):
                run = " ".join(parts[start:stop])
                words = self._match(run, general=not own or stop == start + 1)
                if words is not None or stop == start + 1:
                    yield words, run
                    start = stop
                    break

    def _match(self, sentence: str, *, general: bool = True) -> str | None:
        """A sentence; without the `general` ones only those that begin with a word of their own are looked at."""
        if len(sentence) > _LONGEST:
            return None
        exact = self.strings.get(sentence) or self.sentences.get(sentence)
        if exact:
            return exact
        patterns = self._patterns.get(sentence[:1], ())
        for pattern, target in patterns + self._patterns.get("", ()) if general else patterns:
            match = pattern.fullmatch(sentence)
            if match is not None and not any(map(self._swallowed, *_behind_colon(pattern, match))):
                parts = [self._part(part) for part in match.groups()]
                if pattern not in self._loose or self._all_known(match.groups(), parts):
                    return fill(target, parts)
        return None

    def _swallowed(self, part: str, quoted: bool) -> bool:
        """Whether a place holds more than it should: what is quoted behind a colon may be several sentences."""
        ends = _SENTENCE_ENDS.search(_NAME.sub("", part))
        return ends is not None and not (quoted and self._match(part, general=False))

    @staticmethod
    def _all_known(parts: Sequence[str], said: Sequence[str]) -> bool:
        """Whether none of what is filled in is English that nobody translated; numbers and sizes are no words."""
        return all(one != other or not _WORD.search(one) for one, other in zip(parts, said, strict=True))

    def _with_addition(self, sentence: str) -> str | None:
        comma = sentence.rfind(", ")
        if comma < 0:
            return None
        head, added = self._match(sentence[:comma]), self._match(sentence[comma:], general=False)
        return head + added if head is not None and added is not None else None

    def _part(self, text: str) -> str:
        """What is filled in: words of the engine have a translation of their own, names have none."""
        if " " in text:  # names are one word
            begun = text[:1].upper() + text[1:]  # a sentence within another one
            own = self._match(text, general=False) or self._match(begun, general=False)
            whole = own or self._match(text)
            if whole:
                return whole
        return self.sentences.get(text) or self.strings.get(text) or text

    @cached_property
    def _loose(self) -> frozenset[re.Pattern[str]]:
        """Patterns that hold for anything with a small word in it, such as `{} to {}`."""
        templates = [t for t in self.sentences if t.startswith("{") and PLACEHOLDER.search(t)]
        letters = {t: sum(map(str.isalpha, PLACEHOLDER.sub("", t))) for t in templates}
        loose = [t for t in templates if letters[t] <= _LOOSE]
        return frozenset(re.compile(_pattern(PLACEHOLDER.split(t)), re.DOTALL) for t in loose)

    @cached_property
    def _patterns(self) -> dict[str, tuple[tuple[re.Pattern[str], str], ...]]:
        """Sentences with places in them, by their first letter, those with the most letters of their own first."""
        found: dict[str, list[tuple[re.Pattern[str], str]]] = {}
        for template in sorted(self.sentences, key=lambda t: -len(PLACEHOLDER.sub("", t))):
            if PLACEHOLDER.search(template):
                pattern = _pattern(PLACEHOLDER.split(template))
                first = "" if template.startswith("{") else template[:1]
                found.setdefault(first, []).append((re.compile(pattern, re.DOTALL), self.sentences[template]))
        return {first: tuple(patterns) for first, patterns in found.items()}


def _pattern(parts: list[str]) -> str:
    """The words of a sentence with anything between them.

    What is joined to a word or to another place is an addition, which may be absent: "inputs{}", "{}{}".
    """
    found = re.escape(parts[0])
    for number, (before, behind) in enumerate(pairwise(parts)):
        joined = before[-1:].isalpha() or (number > 0 and not before)
        first_of_two = not behind and number + 2 < len(parts)
        found += ("(.*?)" if joined else "(.+)" if first_of_two else "(.+?)") + re.escape(behind)
    return found


def _behind_colon(pattern: re.Pattern[str], match: re.Match[str]) -> tuple[tuple[str, ...], list[bool]]:
    """What stands in the places of a sentence, and whether that is all there is behind a colon: "Line 3: {}"."""
    parts = match.groups(default="")
    quoted = pattern.pattern.endswith(r":\ (.+?)")
    return parts, [quoted and part is parts[-1] for part in parts]


def fill(target: str, parts: list[str]) -> str:
    """Puts parts into the places of a translated sentence: `{}` in their order, `{1}` by number.

    The spaces around a place are for names and numbers: wide letters stand beside each other without.
    """
    rest = iter(parts)

    def part(number: str) -> str:
        return parts[int(number) - 1] if number.isdigit() and int(number) <= len(parts) else next(rest, "")

    words = PLACEHOLDER.split(target)
    text = words[0]
    for place, behind in zip(PLACEHOLDER.findall(target), words[1:], strict=True):
        text = _meet(_meet(text, part(place[1:-1])), behind)
    return text


def _meet(before: str, behind: str) -> str:
    """Two pieces of a text, with no space between two wide letters."""
    apart = before.endswith(" ") + behind.startswith(" ")
    if apart == 1 and _WIDE.match(before.rstrip(" ")[-1:]) and _WIDE.match(behind.lstrip(" ")[:1]):
        return before.rstrip(" ") + behind.lstrip(" ")
    return before + behind


def read_catalogue(language: str, folder: Path = FOLDER) -> Catalogue:
    """The catalogue of a language; raises OSError or ValueError where there is none that can be read."""
    content = _read(folder / f"{language}.json")
    contexts = {str(c): _words(texts) for c, texts in content.get("contexts", {}).items()}
    contexts[LESSONS] = _words(_read(folder / LESSONS / f"{language}.json"))
    return Catalogue(_words(content["strings"]), contexts, _words(content.get("sentences", {})))


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def _words(texts: Mapping[str, str]) -> dict[str, str]:
    return {str(text): str(other) for text, other in texts.items()}
