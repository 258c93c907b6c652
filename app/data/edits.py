"""Decisions about the data as steps of undo: every control of the preparation ends in one of these methods."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Literal

from app.document import DATA, Document
from engine.data.bundle import DataSpec
from engine.data.recipe.settings import ColumnRecipe, Recipe, Role, SplitRecipe, WindowRecipe
from engine.data.settings import DataSettings
from engine.graph.edits import EditError, SetSection
from engine.settings import Settings

Balance = Literal["none", "weights", "resample"]


class RecipeEdits:
    """Changes the recipe of a document. Changes of one control in a row are one step of undo."""

    def __init__(self, document: Document) -> None:
        self._document = document

    @property
    def data(self) -> DataSettings:
        """The settings as they stand."""
        return self._document.data

    @property
    def recipe(self) -> Recipe:
        """The recipe as it stands."""
        return self.data.recipe

    @property
    def spec(self) -> DataSpec | None:
        """What is known of the training set; None where nothing is."""
        return self._document.data_spec

    def set_role(self, names: Sequence[str], role: Role) -> None:
        """Says what columns are for; "auto" leaves it to the plan again."""
        self._change(names, lambda decided: decided.model_copy(update={"role": role}))

    def set_steps(self, names: Sequence[str], changes: Mapping[str, object], key: Hashable = None) -> None:
        """Says how columns are prepared: settings of `ColumnRecipe` by name."""
        merge = None if key is None else ("steps", tuple(names), key)
        self._change(names, lambda decided: decided.model_copy(update=dict(changes)), merge)

    def forget(self, names: Sequence[str]) -> None:
        """Leaves all about these columns to the plan again."""
        self._change(names, lambda _decided: ColumnRecipe())

    def forget_all(self) -> None:
        """An empty recipe: everything is guessed again."""
        self._set_recipe(Recipe(rules=self.recipe.rules))

    def set_split(self, split: SplitRecipe) -> None:
        """Says how rows are divided."""
        self._set_recipe(self.recipe.model_copy(update={"split": split}))

    def set_shares(self, validation: float, test: float) -> None:
        """Says how large the parts are."""
        shares = {"validation_fraction": validation, "test_fraction": test}
        self._push(self.data.model_copy(update=shares), ("shares",))

    def set_seed(self, seed: int) -> None:
        """Says from which number on chance goes."""
        self._push(self.data.model_copy(update={"seed": seed}), ("seed",))

    def set_balance(self, balance: Balance) -> None:
        """Says what is done about rare classes."""
        self._set_recipe(self.recipe.model_copy(update={"balance": balance}))

    def set_windows(self, windows: WindowRecipe | None, key: Hashable = None) -> None:
        """Says whether and how examples are windows of rows in time."""
        merge = None if key is None else ("windows", key)
        self._set_recipe(self.recipe.model_copy(update={"windows": windows}), merge)

    def _change(
        self, names: Sequence[str], change: Callable[[ColumnRecipe], ColumnRecipe], key: Hashable = None
    ) -> None:
        recipe = self.recipe
        for name in names:
            recipe = recipe.with_column(name, change(recipe.of(name)))
        self._set_recipe(recipe, key)

    def _set_recipe(self, recipe: Recipe, key: Hashable = None) -> None:
        self._push(self.data.model_copy(update={"recipe": recipe}), key)

    def _push(self, settings: DataSettings, key: Hashable = None) -> None:
        if settings == self.data:
            return
        try:
            self._document.stack.push_edit(SetSection(DATA, settings), key)
        except EditError as error:
            self._document.refused.emit(str(error))


def differs(value: Settings, name: str) -> bool:
    """Whether a setting is not what it is on a new one: somebody decided it."""
    return bool(getattr(value, name) != getattr(type(value)(), name))
