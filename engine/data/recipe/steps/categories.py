"""What is made of words: a column of 0 and 1 for each, a number in their order, a number for an embedding, or text."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import AfterValidator

from engine.data.bundle import FeatureKind
from engine.data.recipe.steps.base import Categories, CategoryState, Fitting
from engine.data.recipe.steps.gather import FEW_WORDS, Tally
from engine.settings import setting
from engine.tensor.spec import Array, DType

UNSEEN = "(other)"  # name of the number that stands for words that training has not seen
_REFUSE_HELP = (
    "when predicting, a word that no training row has: zeros: counts as none of them; refuse: is an error"
)


class _Counting:
    """Counts words and keeps the most frequent, in the order of the alphabet."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._tally = Tally()

    def add(self, values: Array) -> None:
        """More words."""
        self._tally.add(values)

    def state(self) -> CategoryState:
        """The words that have a number."""
        kept = sorted(str(word) for word in self._tally.most_common(self._most))
        return CategoryState(categories=tuple(kept), left_out=len(self._tally.counts) - len(kept))


def numbers_of(values: Array, categories: tuple[str, ...]) -> Array:
    """The place of each word among the categories, int64 (n,); -1 where it is none of them."""
    if len(categories) <= FEW_WORDS:
        found = np.full(len(values), -1, np.int64)
        for place, word in enumerate(np.array(categories, DType.STRING.numpy)[:, np.newaxis]):
            found[values == word] = place
        return found
    places = {word: k for k, word in enumerate(categories)}
    return np.fromiter((places.get(word, -1) for word in map(str, values.tolist())), np.int64, len(values))


class OneHot(Categories):
    """A column of 0 and 1 for each word: no order is pretended. For few words."""

    label: ClassVar[str] = "One-hot"
    summary: ClassVar[str] = "A column of 0 and 1 for each word"

    most: int = setting(100, "At most", "columns; rarer words are 0 in all of them", ge=1, le=10_000)
    unseen: Literal["zeros", "refuse"] = setting("zeros", "Unseen words", _REFUSE_HELP)

    def begin(self) -> Fitting[CategoryState]:
        """Counts, in one pass."""
        return _Counting(self.most)

    def apply(self, values: Array, state: CategoryState) -> Array:
        """Float32 (n, categories)."""
        numbers = numbers_of(values, state.categories)
        held: Array = (numbers[:, np.newaxis] == np.arange(len(state.categories))).astype(np.float32)
        return held

    def names(self, column: str, state: CategoryState) -> tuple[str, ...]:
        """`column=word` each."""
        return tuple(f"{column}={word}" for word in state.categories)


def _different(words: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(words)) != len(words):
        raise ValueError("Words of an order must differ; one is there twice. Remove it.")
    return words


class Ordinal(Categories):
    """One number from 0 to 1 in the order of the words (small, medium, large); unseen words stand in the middle."""

    summary: ClassVar[str] = "One number, in an order"

    order: Annotated[tuple[str, ...], AfterValidator(_different)] = setting(
        (), "Order", "the words from the least to the most; empty: alphabetical"
    )
    unseen: Literal["zeros", "refuse"] = setting("zeros", "Unseen words", _REFUSE_HELP)

    def begin(self) -> Fitting[CategoryState]:
        """Counts, in one pass."""
        return _Ordering(self.order)

    def apply(self, values: Array, state: CategoryState) -> Array:
        """Float32 (n, 1) from 0 to 1."""
        numbers = numbers_of(values, state.categories)
        steps = max(1, len(state.categories) - 1)
        places: Array = np.where(numbers < 0, 0.5, numbers / steps)
        return places[:, np.newaxis].astype(np.float32)

    def names(self, column: str, state: CategoryState) -> tuple[str, ...]:
        """The column itself."""
        return (column,)


class _Ordering(_Counting):
    """Words in a given order, then those that it lacks."""

    def __init__(self, order: tuple[str, ...]) -> None:
        super().__init__(10_000)
        self._order = order

    def state(self) -> CategoryState:
        """The words that have a number."""
        found = super().state()
        rest = tuple(word for word in found.categories if word not in self._order)
        return CategoryState(categories=(*self._order, *rest), left_out=found.left_out)


class Embedding(Categories):
    """A whole number for each word, to be looked up by an Embedding layer. For many words; 0 is for unseen ones."""

    summary: ClassVar[str] = "A number for each word, for an Embedding layer"
    kind: ClassVar[FeatureKind] = "index"

    most: int = setting(10_000, "At most", "words; rarer ones share the number 0", ge=1, le=100_000)
    unseen: Literal["zeros", "refuse"] = setting("zeros", "Unseen words", _REFUSE_HELP)

    def begin(self) -> Fitting[CategoryState]:
        """Counts, in one pass."""
        return _Counting(self.most)

    def apply(self, values: Array, state: CategoryState) -> Array:
        """Int32 (n, 1) from 0 to the number of categories."""
        return (numbers_of(values, state.categories) + 1).astype(np.int32)[:, np.newaxis]

    def names(self, column: str, state: CategoryState) -> tuple[str, ...]:
        """The column itself."""
        return (column,)


class _Nothing:
    """Nothing is to be learned."""

    def add(self, values: Array) -> None:
        """Looks at nothing."""

    def state(self) -> CategoryState:
        """An empty state."""
        return CategoryState()


class Text(Categories):
    """The text as it is, an input of its own, for a Text vectorization layer."""

    label: ClassVar[str] = "Free text"
    summary: ClassVar[str] = "The text as it is, for a layer that reads text"
    kind: ClassVar[FeatureKind] = "text"

    def begin(self) -> Fitting[CategoryState]:
        """Nothing to fit."""
        return _Nothing()

    def apply(self, values: Array, state: CategoryState) -> Array:
        """Strings (n, 1)."""
        return values.astype(DType.STRING.numpy)[:, np.newaxis]

    def names(self, column: str, state: CategoryState) -> tuple[str, ...]:
        """The column itself."""
        return (column,)
