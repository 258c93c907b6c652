"""Lessons in other languages: every text of every lesson, with the same numbers and with the words of the window."""

import json
import re
from collections import Counter

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.i18n import LESSONS, told
from app.i18n.catalogue import FOLDER, read_catalogue
from app.i18n.declarations import lesson_texts
from app.i18n.language import LANGUAGES, install_language
from app.lessons.question import QuestionView
from app.theme import Theme
from engine.lessons.lesson import Lesson
from engine.lessons.markup import blocks
from engine.lessons.registry import lessons

OTHERS = [language.key for language in LANGUAGES if language.key != "en"]
ALL = list(lessons().values())
_NUMBER = re.compile(r"\d[\d,.]*\d|\d")
_KEPT = re.compile(r"`[^`]+`|Ctrl\+\d|Shift|\bF\d+|[a-z]_\d|\b[wxyvpdz]\d?\b")
_WIDE = "\u3001-\u3002\uff01-\uff1f"  # commas, full stops, brackets


def words(language: str) -> dict[str, str]:
    """What the lessons tell in a language; their titles and summaries are with the words of the window."""
    catalogue = read_catalogue(language)
    found = {text: catalogue.find(LESSONS, text) for text in lesson_texts()}
    return {text: other for text, other in found.items() if other}


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("lesson", ALL, ids=lambda lesson: lesson.name)
def test_every_text_of_a_lesson_is_translated(language: str, lesson: Lesson) -> None:
    known = words(language)
    told_there = [text for text, name in lesson_texts().items() if name == lesson.name]
    missing = [text for text in told_there if text not in known]
    assert not missing, "\n".join([f"resources/translations/lessons/{language}.json lacks:", *missing])


@pytest.mark.parametrize("language", OTHERS)
def test_nothing_is_translated_that_no_lesson_tells(language: str) -> None:
    stale = set(read_catalogue(language).contexts[LESSONS]) - set(lesson_texts())
    assert not stale, "\n".join([f"resources/translations/lessons/{language}.json has too many:", *stale])


@pytest.mark.parametrize("language", OTHERS)
def test_the_file_follows_the_order_of_the_lessons(language: str) -> None:
    path = FOLDER / LESSONS / f"{language}.json"
    written = list(json.loads(path.read_text(encoding="utf-8")))
    assert written == [text for text in lesson_texts() if text in set(written)]


@pytest.mark.parametrize("language", OTHERS)
def test_the_numbers_are_the_same(language: str) -> None:
    for text, other in words(language).items():
        assert Counter(_NUMBER.findall(text)) == Counter(_NUMBER.findall(other)), text


@pytest.mark.parametrize("language", OTHERS)
def test_names_and_keys_are_kept(language: str) -> None:
    for text, other in words(language).items():
        assert set(_KEPT.findall(text)) <= set(_KEPT.findall(other)), text


@pytest.mark.parametrize("language", OTHERS)
def test_pages_have_the_same_parts(language: str) -> None:
    for text, other in words(language).items():
        assert [block.kind for block in blocks(text)] == [block.kind for block in blocks(other)], text


@pytest.mark.parametrize("language", OTHERS)
def test_what_is_said_of_the_window_is_called_as_there(language: str) -> None:
    labels = read_catalogue(language).strings
    for text, other in words(language).items():
        for marked in re.findall(r"\*\*([^*]+)\*\*", text):
            if marked[:1].isupper():
                assert labels.get(marked, marked) in other, (marked, text)


def test_chinese_has_its_own_signs() -> None:
    for text, other in words("zh_CN").items():
        assert not re.search(r"[\u4e00-\u9fff][,.;?!](?:\s|$)", other), text
        assert not re.search(rf"[{_WIDE}] ", other), text
        assert "  " not in other, text


def test_a_question_is_shown_in_the_language_of_the_window(
    qapp: QApplication, qtbot: QtBot, theme: Theme
) -> None:
    question = lessons()["inference"].steps[-1].question
    assert question is not None
    translators = install_language(qapp, "zh_CN")
    view = QuestionView(theme)
    qtbot.addWidget(view)
    view.show_question(question, 0)
    for translator in translators:
        qapp.removeTranslator(translator)
    assert view.text.text().startswith("给训练好的网络")
    assert "一个也不变" in view.buttons[0].text()  # "None" is another word elsewhere
    assert "没有更新" in view.because.text()
    assert told("None") == "None"
    assert told("") == ""
