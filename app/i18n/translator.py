"""Translators for Qt: one over a catalogue, and one that marks every text, to find those that none would reach."""

import re
from typing import Final

from PySide6.QtCore import QObject, QTranslator
from typing_extensions import override

from app.i18n import SENTENCES
from app.i18n.catalogue import PLACEHOLDER, Catalogue

OPEN, CLOSE = (
    "\N{LEFT-POINTING DOUBLE ANGLE QUOTATION MARK}",
    "\N{RIGHT-POINTING DOUBLE ANGLE QUOTATION MARK}",
)
_ACCENTS: Final = str.maketrans(
    "aeiouyAEIOUYcnsz",
    "\u00e0\u00e9\u00ef\u00f5\u00fb\u00fd\u00c0\u00c9\u00cf\u00d5\u00db\u00dd\u00e7\u00f1\u0161\u017e",
)
_KEPT: Final = re.compile(r"\{[^{}]*\}|%n|&&?|\n")
_LONGER: Final = 0.35  # what other languages need beside English


class CatalogueTranslator(QTranslator):
    """Finds texts in a catalogue; what it does not have stays English."""

    def __init__(self, catalogue: Catalogue, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._catalogue = catalogue
        self._found: dict[tuple[str, str], str | None] = {}

    @override
    def isEmpty(self) -> bool:
        return False

    @override
    def translate(self, context: str, text: str, disambiguation: str | None = None, n: int = -1) -> str:
        key = (context, text)
        if key not in self._found:
            find = self._catalogue.find_sentence if context == SENTENCES else None
            self._found[key] = find(text) if find else self._catalogue.find(context, text)
        return self._found[key]  # type: ignore[return-value]  # None is a null string, by which Qt knows that there is none


class PseudoTranslator(QTranslator):
    """Marks, accents and lengthens every text, and keeps what is filled in: nobody's language, for tests."""

    @override
    def isEmpty(self) -> bool:
        return False

    @override
    def translate(self, context: str, text: str, disambiguation: str | None = None, n: int = -1) -> str:
        return text if context == "QShortcut" else pseudo(text)  # keys are called so everywhere


def pseudo(text: str) -> str:
    """`Train` as `\u00abTr\u00e0\u00efn~~\u00bb`."""
    if not text.strip() or text.startswith(OPEN):
        return text
    kept = _KEPT.findall(text)
    parts = [part.translate(_ACCENTS) for part in _KEPT.split(text)]
    mixed = parts[0] + "".join(keep + part for keep, part in zip(kept, parts[1:], strict=True))
    longer = max(1, round(_LONGER * len(PLACEHOLDER.sub("", text))))
    words = "~" * longer if longer < 8 else " ~~~~~" * (longer // 6)
    return f"{OPEN}{mixed}{words}{CLOSE}"
