"""Colours by role.

Everything the application paints asks for a role ("panel", "bad"), never for a colour, so that the dark
and the light theme are two instances of one class and a new theme is a third.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

CATEGORIES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "data": "#7f8ea3",
        "preprocessing": "#4fa3c7",
        "core": "#5b9dff",
        "convolution": "#9b7bff",
        "pooling": "#35b8b0",
        "normalization": "#e0b04a",
        "activation": "#f2805f",
        "recurrent": "#e574b5",
        "attention": "#a9b84d",
        "block": "#c98a5b",
        "merge": "#58b368",
        "shape": "#8b95a3",
        "loss": "#ff6b6b",
    }
)
"""Colour of each layer category on dark: it marks, it never carries text."""

CATEGORIES_ON_LIGHT: Final[Mapping[str, str]] = MappingProxyType(
    {
        "data": "#66758a",
        "preprocessing": "#2f81a5",
        "core": "#2f78e6",
        "convolution": "#7f5bf0",
        "pooling": "#17877f",
        "normalization": "#a5760f",
        "activation": "#d4593a",
        "recurrent": "#c44d93",
        "attention": "#77852a",
        "block": "#a8683a",
        "merge": "#358b45",
        "shape": "#6b7687",
        "loss": "#dc4444",
    }
)
"""The same hues on light, deep enough to stand out there (WCAG AA asks for 3 to 1)."""

CLASS_COLORS: Final[tuple[str, ...]] = (
    "#0072b2",
    "#e69f00",
    "#009e73",
    "#cc79a7",
    "#56b4e9",
    "#d55e00",
    "#f0e442",
    "#999999",
)
"""Okabe and Ito (2008), distinguishable with every common colour blindness; black is replaced by grey, which
both themes can show."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """The colours of one theme, as `#rrggbb`.

    `faint` is for decoration only: it is too weak for text that anybody needs. The roles that end in `_text`
    are the state colours strong enough to be read as text (WCAG AA) on `window`, `canvas`, `panel` and
    `raised`; `on_accent` is the text on an area filled with `accent`, `chosen` the ground of rows that are selected.
    """

    name: Literal["dark", "light"]
    window: str
    canvas: str
    grid: str
    panel: str
    raised: str
    hover: str
    chosen: str
    line: str
    text: str
    dim: str
    faint: str
    wire: str
    accent: str
    on_accent: str
    good: str
    warn: str
    bad: str
    training: str
    validation: str
    accent_text: str
    good_text: str
    warn_text: str
    bad_text: str

    def role(self, name: str) -> str:
        """The colour of a role or of a layer category by its name; raises `KeyError` for an unknown one."""
        if name in CATEGORIES:
            return (CATEGORIES if self.name == "dark" else CATEGORIES_ON_LIGHT)[name]
        if name not in self.__slots__ or name == "name":
            raise KeyError(f"A colour is asked for by its role, a field of Tokens. Received: {name!r}.")
        return str(getattr(self, name))


DARK: Final = Tokens(
    name="dark",
    window="#0f1216",
    canvas="#12161b",
    grid="#232a33",
    panel="#181c22",
    raised="#1f242c",
    hover="#272e38",
    chosen="#25364e",
    line="#2a313b",
    text="#e8ebf0",
    dim="#98a2b0",
    faint="#5e6875",
    wire="#65707e",
    accent="#5b9dff",
    on_accent="#0f1216",
    good="#4cc38a",
    warn="#f2b84b",
    bad="#ff6b6b",
    training="#5b9dff",
    validation="#f2a65a",
    accent_text="#5b9dff",
    good_text="#4cc38a",
    warn_text="#f2b84b",
    bad_text="#ff6b6b",
)

LIGHT: Final = Tokens(
    name="light",
    window="#e9ecf1",
    canvas="#f6f7f9",
    grid="#d9dee5",
    panel="#ffffff",
    raised="#f1f3f6",
    hover="#e4e8ee",
    chosen="#d8e6fb",
    line="#d8dde4",
    text="#171b21",
    dim="#566070",
    faint="#8b95a3",
    wire="#848e9c",
    accent="#1f6feb",
    on_accent="#ffffff",
    good="#1f8f5f",
    warn="#b7791f",
    bad="#d33c3c",
    training="#1f6feb",
    validation="#c9711b",
    accent_text="#1a62d6",
    good_text="#17744b",
    warn_text="#8f5b12",
    bad_text="#c42f2f",
)


def class_color(index: int) -> str:
    """The colour of class `index`; with more classes than colours they repeat (symbols tell them apart)."""
    return CLASS_COLORS[index % len(CLASS_COLORS)]
