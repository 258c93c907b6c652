"""The visual language: colours by role, fonts, icons, distances, durations, and the `Theme` over them."""

from app.theme.contrast import AA_GRAPHIC, AA_TEXT, contrast_ratio, readable_on
from app.theme.fonts import FontRole
from app.theme.icons import icon_names
from app.theme.metrics import CONTROL_HEIGHT, FRAME_MS, RADIUS_CONTROL, RADIUS_NODE, SPACE, Motion
from app.theme.theme import Theme, ThemeMode
from app.theme.tokens import CATEGORIES, CATEGORIES_ON_LIGHT, CLASS_COLORS, DARK, LIGHT, Tokens, class_color

__all__ = [
    "AA_GRAPHIC",
    "AA_TEXT",
    "CATEGORIES",
    "CATEGORIES_ON_LIGHT",
    "CLASS_COLORS",
    "CONTROL_HEIGHT",
    "DARK",
    "FRAME_MS",
    "LIGHT",
    "RADIUS_CONTROL",
    "RADIUS_NODE",
    "SPACE",
    "FontRole",
    "Motion",
    "Theme",
    "ThemeMode",
    "Tokens",
    "class_color",
    "contrast_ratio",
    "icon_names",
    "readable_on",
]
