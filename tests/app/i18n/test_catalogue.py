"""The catalogues: complete, with nothing left over, and what is filled in is filled in there, too."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QSettings
from PySide6.QtWidgets import QApplication

from app.document import Document
from app.i18n import LESSONS, declared, said, together
from app.i18n.catalogue import FOLDER, Catalogue, fill, read_catalogue
from app.i18n.declarations import declared_texts
from app.i18n.extract import ENGINE, engine_sentences, window_texts
from app.i18n.language import LANGUAGES, install_language, language_for, wished_language
from engine.graph.advice import unusual
from engine.graph.document import ModelGraph, Node
from engine.layers.dropout import Dropout
from engine.layers.flatten import Flatten
from tests.app.i18n.sentences import spoken

OTHERS = [language.key for language in LANGUAGES if language.key != "en"]
_FILLED = re.compile(r"\{[^{}]*\}|%n")


@pytest.mark.parametrize("language", OTHERS)
def test_every_text_is_translated(language: str) -> None:
    known = read_catalogue(language).strings
    wanted = declared_texts() | window_texts()
    missing = [f"{where}: {text!r}" for text, where in wanted.items() if text not in known]
    assert not missing, "\n".join([f"resources/translations/{language}.json lacks {len(missing)}:", *missing])


@pytest.mark.parametrize("language", OTHERS)
def test_nothing_is_translated_that_nobody_says(language: str) -> None:
    said_by_somebody = {**declared_texts(), **window_texts()}
    catalogue = read_catalogue(language)
    elsewhere = {text for name, texts in catalogue.contexts.items() if name != LESSONS for text in texts}
    stale = sorted({*catalogue.strings, *elsewhere} - set(said_by_somebody))
    assert not stale, "\n".join(
        [f"resources/translations/{language}.json has {len(stale)} too many:", *stale]
    )


@pytest.mark.parametrize("language", OTHERS)
def test_the_engine_says_every_sentence_that_is_translated(language: str) -> None:
    stale = sorted(set(read_catalogue(language).sentences) - engine_sentences())
    assert not stale, "\n".join(["the engine has other words by now for:", *stale])


@pytest.mark.parametrize("language", OTHERS)
def test_every_remedy_is_translated(language: str) -> None:
    catalogue = read_catalogue(language)
    known = {**catalogue.strings, **catalogue.sentences}
    missing = [f"{where}: {label!r}" for label, where in _remedies() if label not in known]
    assert not missing, "\n".join(missing)


def _remedies() -> Iterator[tuple[str, str]]:
    """What buttons offer against a problem, with `{}` for what is filled in, and where the engine says it."""
    for path in ENGINE.rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "Remedy":
                parts = call.args[0].values if isinstance(call.args[0], ast.JoinedStr) else call.args[:1]
                if isinstance(call.args[0], ast.JoinedStr | ast.Constant):
                    texts = [str(p.value) if isinstance(p, ast.Constant) else "{}" for p in parts]
                    yield "".join(texts), f"{path.relative_to(ENGINE)}:{call.lineno}"


@pytest.mark.parametrize("language", OTHERS)
def test_what_is_filled_in_is_there(language: str) -> None:
    catalogue = read_catalogue(language)
    for text, other in catalogue.strings.items():
        assert sorted(_FILLED.findall(text)) == sorted(_FILLED.findall(other)), text
    for text, other in catalogue.sentences.items():
        places, filled = _FILLED.findall(text), _FILLED.findall(other)
        numbers = {each[1:-1] for each in filled}
        if numbers <= {str(number) for number in range(1, len(places) + 1)}:
            assert len(filled) == len(numbers), text  # an English plural has no place elsewhere
        else:
            assert len(places) == len(filled), text


def test_every_file_is_a_language() -> None:
    assert {path.stem for path in FOLDER.glob("*.json")} == set(OTHERS)


def test_the_window_speaks_another_language(qapp: QApplication) -> None:
    translators = install_language(qapp, "zh_CN")
    assert QCoreApplication.translate("RunBar", "Train") == "训练"
    assert declared(Flatten.declaration.summary) == "将一个样本的所有数排成一行"
    assert declared("no such words") == "no such words"
    assert QCoreApplication.translate("GraphView", "%n layers selected", "", 3) == "已选择 3 个层"
    for translator in translators:
        qapp.removeTranslator(translator)
    assert QCoreApplication.translate("RunBar", "Train") == "Train"


def test_a_sentence_is_found_by_its_words_and_keeps_its_names() -> None:
    catalogue = Catalogue(
        {"Dense": "全连接"},
        {},
        {"{} has {} ports.": "{2} 个端口属于 {1}。", "Nothing fits.": "都不合适。"},
    )
    assert catalogue.find_sentence("a_b has 3 ports.") == "3 个端口属于 a_b。"
    assert catalogue.find_sentence("Dense has 3 ports.") == "3 个端口属于全连接。"
    assert catalogue.find_sentence("Nothing fits. X has 1 ports.") == "都不合适。1 个端口属于 X。"
    assert catalogue.find_sentence("Nothing is known. Nothing fits.") == "Nothing is known. 都不合适。"
    assert catalogue.find_sentence("Quite another.") is None
    parts = {
        "{} filters of {}{}": "{} 个滤波器、{}{}",
        ", then {}": "、然后 {}",
        "Looks {}": "看{}",
        "{} places": "{} 处",
    }
    catalogue = Catalogue({}, {}, parts)
    assert catalogue.find_sentence("3 filters of 3") == "3 个滤波器、3"
    assert catalogue.find_sentence("3 filters of 3 × 3") == "3 个滤波器、3 × 3"
    assert catalogue.find_sentence("3 filters of 3 × 3, then ReLU") == "3 个滤波器、3 × 3、然后 ReLU"
    assert catalogue.find_sentence("Looks 4 places") == "看4 处"
    assert said("Quite another.") == "Quite another."


@pytest.mark.parametrize(
    ("sentence", "said_so"),
    [
        ("-10% to 10%", "-10% 到 10%"),
        ("3 × 3 to largest", "3 × 3 到最大"),
        ("Saved to disk", None),
        ("Nothing was there to begin with", None),
        ("The rate is", None),
    ],
)
def test_a_small_word_alone_makes_no_sentence(sentence: str, said_so: str | None) -> None:
    catalogue = Catalogue({"largest": "最大"}, {}, {"{} to {}": "{} 到 {}", "{} is": "{} 为"})
    assert catalogue.find_sentence(sentence) == said_so


def test_a_problem_of_the_engine_is_said_in_the_language_of_the_window(qapp: QApplication) -> None:
    document = Document(ModelGraph())
    (problem, *_) = document.inference.diagnostics
    translators = install_language(qapp, "zh_CN")
    assert said(problem.sentence) != problem.sentence
    assert "画布" in said(problem.sentence)
    for translator in translators:
        qapp.removeTranslator(translator)
    document.close()


def test_what_is_said_differently_somewhere() -> None:
    catalogue = Catalogue({"Open": "打开"}, {"Valve": {"Open": "开着"}})
    assert catalogue.find("Valve", "Open") == "开着"
    assert catalogue.find("Menu", "Open") == "打开"


@pytest.mark.parametrize("broken", ["", "[]", "{}"])
def test_a_broken_catalogue_leaves_english(
    qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    (tmp_path / "zh_CN.json").write_text(broken)
    (tmp_path / LESSONS).mkdir()
    (tmp_path / LESSONS / "zh_CN.json").write_text("{}")
    monkeypatch.setattr("app.i18n.catalogue.read_catalogue", lambda key: read_catalogue(key, tmp_path))
    assert install_language(qapp, "zh_CN") == []


def test_the_choice_comes_before_the_desktop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LAYERLOOM_LANGUAGE", raising=False)
    settings = QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat)
    assert wished_language(settings) == "system"
    settings.setValue("language", "zh_CN")
    assert language_for(wished_language(settings)) == "zh_CN"
    assert language_for("system") == "en"  # of the tests' desktop
    monkeypatch.setenv("LAYERLOOM_LANGUAGE", "en")
    assert language_for("zh_CN") == "en"


def test_what_is_unusual_is_said_without_a_word_of_english() -> None:
    (found,) = unusual(Node("n1", Dropout(rate=0.95), "dropout"))
    catalogue = read_catalogue("zh_CN")
    least = "Learning rate of Adam is 1e-12; at least 1e-07 is usual."
    told = [catalogue.find_sentence(sentence) or sentence for sentence in (found.sentence, least)]
    assert [re.findall(r"[a-z]{2,}", words) for words in told] == [["dropout"], ["dam"]]


def test_whatever_is_said_of_data_is_translated() -> None:
    """What a file can be refused for, and what is noticed in it, is said by far most often to those who begin."""
    catalogue = read_catalogue("zh_CN")
    said_there = spoken(ENGINE / "data")
    assert len(said_there) > 300
    missing = [f"{where}: {words!r}" for words, where in said_there.items() if not _has(catalogue, words)]
    assert not missing, "\n".join(missing)


def _has(catalogue: Catalogue, words: str) -> bool:
    return words in catalogue.sentences or words in catalogue.strings


def test_what_is_said_is_found_where_it_is_written(tmp_path: Path) -> None:
    (tmp_path / "part.py").write_text(
        '''"""Documentation is said to nobody."""
def check(n, name, whole):
    """Nor is this one, ever."""
    why = f"{name} has {n} of them." if n else "Nothing of it is left."
    if n > 3: raise DataError(why)
    if n > 2: raise DataError("too many" if whole else f"too many in {name}")
    if n > 1: raise TypeError("A fault of ours is said to nobody.")
    return setting("What is declared is found elsewhere."), "a word", f"SELECT a, b FROM {name}."
''',
        encoding="utf-8",
    )
    assert set(spoken(tmp_path)) == {
        "{} has {} of them.", "Nothing of it is left.", "too many", "too many in {}",
    }  # fmt: skip


@pytest.mark.parametrize(
    "sentence",
    [
        "'a' is 12 times as often 'in stock' as it is 'sold out'; weigh the classes, or a network that always says the "
        "first looks good.",
        "3 rows of the first 10,000 are the same as an earlier one; if that is no chance, leave them out, or the same "
        "row may be learned from and tested on.",
        "Line 2 of 'a.txt': A note must lie between C-1 and G9, received X9. Correct the melody there.",
        "'y' is named like a target, but has no value in any row: there is nothing to learn. Fill it in, or choose "
        "another target. Instead, 'x' is predicted.",
        "The column 'a b' is read as numbers, but 3 cells are not and count as missing (the first is 'k. B.').",
        "'sort of' → 4 classes: 'a', 'b', 'c' and 1 more",
        "'age' → a number: ln(1 + |v|)",
        "'word' → a whole number for each of 3 words",
        "1 of 3 pictures that were looked at has several frames (animations, pages); the first of each is taken.",
        "2 columns of the header have no names; they are called 'column 1', 'column 2' here.",
        "1 line could not be cut into the columns and is left out: 7.",
        "A table must have rows below its header; 'a.csv' has none. Choose another file, or take its only line for data.",
        "2,000 or more lines could not be cut into the columns and are left out: 7, 9 ..",
        "A column of dates must hold nothing else; line 3, column 'when' of 'a.csv' is 'x'. Correct it, count such cells "
        "as missing, or read the column as text.",
        "The input 'x0' needs 4 columns of numbers in 'b.csv'; its columns are: 'u', 'v'.",
    ],
)
def test_what_is_said_of_data_is_said_without_english(sentence: str) -> None:
    """Down to what is filled in; names and numbers stay."""
    words = read_catalogue("zh_CN").find_sentence(sentence) or sentence
    assert set(re.findall("[a-z]{2,}", re.sub("'[^']*'", "", words))) <= {"ln"}
    for kept in ("'[^']*'", r"\d+"):
        assert sorted(re.findall(kept, words)) == sorted(re.findall(kept, sentence))


def test_sentences_that_belong_together_are_found_as_one() -> None:
    catalogue = Catalogue(
        {}, {}, {"{} is bad. Mend it.": "{} 坏。修。", "Why: {}": "因 {}", "{} is bad.": "{} 差。"}
    )
    assert catalogue.find_sentence("A is bad. Mend it. B is bad.") == "A 坏。修。B 差。"
    assert catalogue.find_sentence("New. A is bad. Mend it.") == "New. A 坏。修。"
    assert catalogue.find_sentence("Why: A thing. Another thing.") == "因 A thing. Another thing."


@pytest.mark.parametrize(
    ("parts", "whole"),
    [
        (["dense", "\u8f93\u5165"], "dense \u7684\u8f93\u5165\u6ca1\u6709"),
        (["dense", "query"], "dense \u7684 query \u6ca1\u6709"),
        (["\u5c42", "\u8f93\u5165"], "\u5c42\u7684\u8f93\u5165\u6ca1\u6709"),
    ],
)
def test_wide_letters_stand_beside_each_other_and_others_keep_their_space(
    parts: list[str], whole: str
) -> None:
    assert fill("{} \u7684 {} \u6ca1\u6709", parts) == whole


def test_a_wide_full_stop_needs_no_space_behind_it() -> None:
    assert together("One.", "", "Two.") == "One. Two."
    assert together("\u4e00\u3002", "\u4e8c\u3002") == "\u4e00\u3002\u4e8c\u3002"


def test_an_article_goes_where_a_language_has_none() -> None:
    sentence = "Its outputs are scores; the sigmoid makes probabilities of them."
    found = read_catalogue("zh_CN").find_sentence(sentence)
    assert found is not None
    assert "sigmoid " in found
    assert "the" not in found
