"""Texts of lessons as rich text: nothing of them is taken for mark-up of the label."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtGui import QTextDocument
from PySide6.QtWidgets import QApplication

from app.lessons.html import rich_text
from app.theme import Theme
from engine.lessons.markup import plain


@pytest.mark.parametrize(
    "text",
    ["<img src='http://x/y.png'>", "<script>alert(1)</script>", "a < b & c > d", '"quoted"', "&lt;b&gt;"],
)
def test_signs_of_html_are_shown_as_they_are(theme: Theme, text: str) -> None:
    document = QTextDocument()
    document.setHtml(rich_text(text, theme))
    assert document.toPlainText() == text
    assert "<img" not in rich_text(text, theme)


def test_looks_become_tags(theme: Theme) -> None:
    html = rich_text("One **strong**, *soft* and `code`.", theme)
    assert 'font-weight:600">strong<' in html
    assert "<i>soft</i>" in html
    assert theme.color("accent_text").name() in html


def test_items_have_a_bullet_and_formulas_their_font(theme: Theme) -> None:
    html = rich_text("- one\n- two\n\n> y = a < b", theme)
    assert html.count("\N{BULLET}") == 2
    assert "font-family" in html
    assert "a &lt; b" in html


def test_nothing_is_nothing(theme: Theme) -> None:
    assert rich_text("  \n\n ", theme) == ""


@settings(max_examples=40)
@given(st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), max_size=60))
def test_the_words_are_those_of_the_text(qapp: QApplication, text: str) -> None:
    document = QTextDocument()
    document.setHtml(rich_text(text, Theme("dark", reduced_motion=True)))
    shown = document.toPlainText().replace("\N{BULLET}\N{NO-BREAK SPACE}", "").replace("\N{BULLET} ", "")
    assert "".join(shown.split()) == "".join(plain(text).split())
