"""The colours are those that were decided, and text in them can be read."""

import pytest

from app.theme import (
    AA_GRAPHIC,
    AA_TEXT,
    CATEGORIES,
    CATEGORIES_ON_LIGHT,
    CLASS_COLORS,
    DARK,
    LIGHT,
    Tokens,
    class_color,
)
from app.theme.contrast import contrast_ratio, readable_on, relative_luminance

DECIDED = {
    "window": "0f1216 e9ecf1",
    "canvas": "12161b f6f7f9",
    "grid": "232a33 d9dee5",
    "panel": "181c22 ffffff",
    "raised": "1f242c f1f3f6",
    "line": "2a313b d8dde4",
    "text": "e8ebf0 171b21",
    "dim": "98a2b0 566070",
    "faint": "5e6875 8b95a3",
    "accent": "5b9dff 1f6feb",
    "good": "4cc38a 1f8f5f",
    "warn": "f2b84b b7791f",
    "bad": "ff6b6b d33c3c",
    "training": "5b9dff 1f6feb",
    "validation": "f2a65a c9711b",
}
BACKGROUNDS = ("window", "canvas", "panel", "raised")
TEXTS = ("text", "dim", "accent_text", "good_text", "warn_text", "bad_text")
GRAPHICS = ("accent", "good", "warn", "bad", "training", "validation")
themes = pytest.mark.parametrize("tokens", [DARK, LIGHT], ids=lambda tokens: tokens.name)


@pytest.mark.parametrize("role", DECIDED)
def test_the_roles_have_the_decided_colours(role: str) -> None:
    dark, light = DECIDED[role].split()
    assert (DARK.role(role), LIGHT.role(role)) == (f"#{dark}", f"#{light}")


@themes
@pytest.mark.parametrize("background", BACKGROUNDS)
@pytest.mark.parametrize("text", TEXTS)
def test_text_can_be_read_on_every_surface(tokens: Tokens, text: str, background: str) -> None:
    assert contrast_ratio(tokens.role(text), tokens.role(background)) >= AA_TEXT


@themes
@pytest.mark.parametrize("text", ["text", "dim"])
def test_text_can_be_read_under_the_pointer_and_where_it_is_selected(tokens: Tokens, text: str) -> None:
    assert contrast_ratio(tokens.role(text), tokens.hover) >= AA_TEXT
    assert contrast_ratio(tokens.role(text), tokens.chosen) >= AA_TEXT


@themes
@pytest.mark.parametrize("background", BACKGROUNDS)
@pytest.mark.parametrize("mark", GRAPHICS)
def test_marks_stand_out_on_every_surface(tokens: Tokens, mark: str, background: str) -> None:
    assert contrast_ratio(tokens.role(mark), tokens.role(background)) >= AA_GRAPHIC


@themes
def test_text_can_be_read_on_accent_and_the_switch_knob_on_its_track(tokens: Tokens) -> None:
    assert contrast_ratio(tokens.on_accent, tokens.accent) >= AA_TEXT
    assert contrast_ratio(tokens.dim, tokens.line) >= AA_GRAPHIC


def test_contrast_is_that_of_the_standard() -> None:
    assert contrast_ratio("#000000", "#ffffff") == pytest.approx(21)
    assert contrast_ratio("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    assert relative_luminance("#ff0000") == pytest.approx(0.2126)


def test_text_on_a_coloured_cell_takes_the_side_that_is_read_better() -> None:
    assert readable_on("#fde725") == "#000000"
    assert readable_on("#440154") == "#ffffff"


def test_classes_have_distinct_colours_that_repeat_after_the_last() -> None:
    assert len(set(CLASS_COLORS)) == len(CLASS_COLORS)
    assert class_color(len(CLASS_COLORS)) == class_color(0)


def test_layer_categories_are_roles() -> None:
    assert all(DARK.role(name) == color for name, color in CATEGORIES.items())
    assert all(LIGHT.role(name) == color for name, color in CATEGORIES_ON_LIGHT.items())


@themes
@pytest.mark.parametrize("background", ["canvas", "panel", "raised"])
@pytest.mark.parametrize("category", CATEGORIES)
def test_bars_and_icons_of_categories_stand_out(tokens: Tokens, category: str, background: str) -> None:
    assert contrast_ratio(tokens.role(category), tokens.role(background)) >= AA_GRAPHIC


@themes
def test_wires_stand_out_on_the_canvas(tokens: Tokens) -> None:
    assert contrast_ratio(tokens.wire, tokens.canvas) >= AA_GRAPHIC


@pytest.mark.parametrize("unknown", ["", "name", "Accent", "role"])
def test_an_unknown_role_is_refused(unknown: str) -> None:
    with pytest.raises(KeyError, match="by its role"):
        DARK.role(unknown)
