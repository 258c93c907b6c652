"""What each layer says of itself, over the samples of its declaration, in other languages: no English word is left."""

import pytest

from app.i18n.catalogue import Catalogue, read_catalogue
from app.i18n.language import LANGUAGES
from engine.layers.op import Op
from engine.layers.registry import layers
from tests.app.i18n.names import NAMES
from tests.app.i18n.showing import words_left

CATALOGUES = {language.key: read_catalogue(language.key) for language in LANGUAGES if language.key != "en"}
_SAME = frozenset({"Soft", "alpha", "Transformer", "abc", "cde", "abde"})  # names, and an equation


@pytest.mark.parametrize("language", CATALOGUES)
@pytest.mark.parametrize(
    "name", [name for name, kind in layers().items() if kind is not Op]
)  # says a formula
def test_what_a_layer_does_is_said_in_whole(language: str, name: str) -> None:
    kind = layers()[name]
    for sample in kind.declaration.samples:
        shapes = tuple(shape[1:] for shape in sample.inputs)
        if not all(shapes):
            continue
        sentence = kind.model_validate(sample.settings).explain(shapes, shapes)
        found = CATALOGUES[language].find_sentence(sentence)
        assert found is not None, sentence
        assert not words_left(found, NAMES | _SAME), f"{sentence} => {found}"


@pytest.mark.parametrize(
    ("sentence", "said"),
    [
        ("3 units see 4 inputs", "3u 4i"),
        ("3 units see 4 inputs, then Tanh", "3u 4i+Tanh"),
        ("Keeps the mean of every 2 × 3 pixels: 4", "M/2 × 3p=4"),
        ("Looks at itself", "L self"),
        ("Looks at itself, never ahead", "L self!"),
        ("For each of 2 steps: brings 3 channels to 0", "2*B3c"),
        ("Made of words, mixed to 4 results", "W>4"),
        ("Cuts a to b", "a→b cut"),
    ],
)
def test_additions_may_be_absent_and_parts_are_sentences(sentence: str, said: str) -> None:
    catalogue = Catalogue(
        {"words": "W"},
        {},
        {
            "{} units see {} inputs{}": "{}u {}i{}",
            ", then {}": "+{}",
            "Keeps {} of every {}: {}": "{}/{}={}",
            "the mean": "M",
            "{} pixels": "{}p",
            "Looks at {}{}": "L {}{}",
            "itself": "self",
            ", never ahead": "!",
            "For each of {} steps: {}": "{}*{}",
            "Brings {} channels to {}": "B{1}c",
            "{}, mixed to {} results{}": "{}>{}{}",
            "Made of {}": "{}",
            "{} to {}": "wrong {} {}",
            "Cuts {} to {}": "{}→{} cut",
        },
    )
    assert catalogue.find_sentence(sentence) == said
