"""Whether text can be read on a background: the WCAG 2 contrast ratio.

Views that colour an area by data (a cell of a confusion matrix) choose their text by it, and a test holds the
themes to it.
"""

from typing import Final

from PySide6.QtGui import QColor

AA_TEXT: Final = 4.5
"""Least ratio for text (WCAG 2.2, success criterion 1.4.3)."""

AA_GRAPHIC: Final = 3.0
"""Least ratio for large text, icons and marks that carry meaning (criteria 1.4.3 and 1.4.11)."""


def relative_luminance(color: str) -> float:
    """Relative luminance of an sRGB colour, 0 (black) to 1 (white), as WCAG 2.2 defines it."""
    parsed = QColor(color)
    channels = (parsed.redF(), parsed.greenF(), parsed.blueF())
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast_ratio(first: str, second: str) -> float:
    """Contrast ratio of two opaque colours, 1 (equal) to 21 (black on white); the order does not matter."""
    darker, lighter = sorted((relative_luminance(first), relative_luminance(second)))
    return (lighter + 0.05) / (darker + 0.05)


def readable_on(background: str, dark: str = "#000000", light: str = "#ffffff") -> str:
    """Whichever of two text colours stands out more on `background`; of black and white, one always passes AA."""
    return max((dark, light), key=lambda text: contrast_ratio(text, background))
