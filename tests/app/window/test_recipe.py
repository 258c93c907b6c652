"""A decision about the data in the real window: by keys, taken back by Ctrl+Z, saved with the project and shown again."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from app.data.prepare_panel import PreparePanel
from tests.app.window.conftest import CONTROL, User

TABLE = "species,island,mass\n" + "Adelie,Biscoe,3700\nGentoo,Dream,5000\n" * 20


def panel(user: User) -> PreparePanel:
    found = [p for p in user.window.findChildren(PreparePanel) if p.isVisible()]
    assert len(found) == 1
    return found[0]


def planned_role(user: User, column: str) -> str:
    plan = user.window.workspace.desk.plan
    return plan.column(column).role if plan is not None else ""


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "penguins.csv"
    path.write_text(TABLE, encoding="utf-8")
    return path


def test_a_role_is_given_taken_back_saved_and_shown_again(user: User, table: Path, tmp_path: Path) -> None:
    user.drop_file(table)
    user.until(lambda: planned_role(user, "island") == "input")
    columns = panel(user).columns
    columns.choose("island")
    columns.setFocus()
    user.until(columns.hasFocus)
    user.key(Qt.Key.Key_X)
    assert user.document.data.recipe.of("island").role == "ignore"
    user.key(Qt.Key.Key_Z, CONTROL)
    assert user.document.data.recipe.columns == {}
    user.key(Qt.Key.Key_X)
    recipe = user.document.data.recipe
    saved = tmp_path / "project.loom"
    assert user.window.files.save_to(saved)
    user.open_example("spiral")
    assert user.window.files.open_path(saved)
    assert user.document.data.recipe == recipe
    user.key(Qt.Key.Key_1, CONTROL)
    user.until(lambda: planned_role(user, "island") == "ignore")
    model = panel(user).columns.columns
    assert model.row_at(model.place_of("island")).decided
