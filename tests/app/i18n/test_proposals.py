"""What is said of a proposed network, over bundled data of every kind, in other languages: no English sentence is left."""

import re

import pytest

from app.i18n.catalogue import read_catalogue
from app.i18n.language import LANGUAGES
from engine.data.load import load
from engine.data.settings import DataSettings
from engine.proposals.propose import alternatives, facts_of
from engine.training.fault import ADVICE
from tests.app.i18n.names import NAMES
from tests.app.i18n.showing import words_left

CATALOGUES = {language.key: read_catalogue(language.key) for language in LANGUAGES if language.key != "en"}


@pytest.mark.parametrize("language", CATALOGUES)
@pytest.mark.parametrize("name", ["spiral", "line", "iris", "boston", "digits", "airline", "shakespeare"])
def test_a_proposal_gives_its_reasons_in_another_language(language: str, name: str) -> None:
    bundle = load(DataSettings(dataset=name))
    catalogue = CATALOGUES[language]
    columns = [name for feature in bundle.features.values() for name in feature.column_names or ()]
    own = re.findall("[A-Za-z]+", " ".join([*bundle.features, *columns]))  # called as their file calls them
    names = NAMES | set(own) | {word.capitalize() for word in own}
    for proposal in alternatives(bundle.spec, facts_of(bundle)):
        said = [proposal.title]
        for reason in proposal.reasons:
            said += [reason.topic.value, reason.sentence, reason.choice]
        for sentence in said:
            found = catalogue.find_sentence(sentence) or sentence
            assert not words_left(found, frozenset(names)), f"{sentence} => {found}"


@pytest.mark.parametrize("language", CATALOGUES)
def test_an_explosion_is_told_in_another_language(language: str) -> None:
    sentence = (
        "The loss explodes: it is 7.3e+16 at step 2. The gradient of dense_2 is the largest (3.0e+14). "
        + ADVICE
    )
    found = CATALOGUES[language].find_sentence(sentence)
    assert found is not None
    assert not words_left(found.replace("dense_2", ""), NAMES), found
    assert all(figure in found for figure in ("7.3e+16", "3.0e+14", "dense_2"))
