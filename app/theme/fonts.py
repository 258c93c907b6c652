"""The type of the application: one sans family, one monospaced family, a handful of roles.

Both families are bundled (SIL Open Font License, see `resources/fonts/`), because a layout tuned to one
font is cut off in another; where a file can't be loaded, DejaVu and then the platform's font take over.
"""

import sys
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Final

from PySide6.QtGui import QFont, QFontDatabase

FONT_FOLDER: Final = Path(__file__).resolve().parents[2] / "resources" / "fonts"

_SANS: Final = ["Inter", "DejaVu Sans"]
_MONO: Final = ["JetBrains Mono", "DejaVu Sans Mono"]
# Font sizes are given in pixels at 96 dpi (72 on macOS) and handed to Qt as points, because only points may
# be fractions and because they follow the text size that the user chose for the desktop.
_POINTS_PER_PIXEL: Final = 1.0 if sys.platform == "darwin" else 0.75


@dataclass(frozen=True, slots=True)
class _Type:
    pixel_size: float
    weight: QFont.Weight = QFont.Weight.Normal
    monospaced: bool = False
    capitals: bool = False


class FontRole(Enum):
    """What a text is for; sizes are in device-independent pixels."""

    BODY = _Type(12.5)
    STRONG = _Type(12.5, QFont.Weight.DemiBold)
    TITLE = _Type(16.0, QFont.Weight.DemiBold)
    HEADING = _Type(11.0, QFont.Weight.DemiBold, capitals=True)
    SMALL = _Type(11.0)
    SMALL_STRONG = _Type(11.0, QFont.Weight.DemiBold)
    MONO = _Type(12.0, monospaced=True)
    """Numbers that change: every digit has the same width, so nothing jumps."""
    MONO_SMALL = _Type(10.5, monospaced=True)


def load_bundled_fonts(folder: Path = FONT_FOLDER) -> list[str]:
    """Registers the font files of `folder` with the running QGuiApplication; returns their families."""
    families: list[str] = []
    for file in sorted([*folder.glob("*.otf"), *folder.glob("*.ttf")]):
        identifier = QFontDatabase.addApplicationFont(str(file))
        families += QFontDatabase.applicationFontFamilies(identifier) if identifier >= 0 else []
    return families


def make_font(role: FontRole, scale: float = 1.0) -> QFont:
    """The font of a role: digits of one width everywhere, no ligatures among monospaced ones."""
    kind = role.value
    font = QFont()
    font.setFamilies(_MONO if kind.monospaced else _SANS)
    font.setStyleHint(QFont.StyleHint.Monospace if kind.monospaced else QFont.StyleHint.SansSerif)
    font.setPointSizeF(kind.pixel_size * _POINTS_PER_PIXEL * scale)
    font.setWeight(kind.weight)
    if kind.monospaced:
        font.setFeature(QFont.Tag("calt"), 0)
    else:
        font.setFeature(QFont.Tag("tnum"), 1)
    if kind.capitals:
        font.setCapitalization(QFont.Capitalization.AllUppercase)
        font.setLetterSpacing(QFont.SpacingType.PercentageSpacing, 104)
    return font
