"""The page of answers is there at once: what answers is imported beside the window, and the details come with answers."""

from tests.app.test_start import imported_by


def test_the_page_waits_for_nothing_that_answers() -> None:
    modules = imported_by("app.use.page")
    assert not {"engine.models", "engine.compiler.model", "engine.data.recipe.applying"} & modules
