"""The page of preferences: what is chosen counts, and is kept."""

import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QLineEdit

from app.exchange.places import known_places
from app.theme import Theme
from app.window.autosave import autosave_minutes
from app.window.preferences import Preferences
from app.window.wishes import begins_with_welcome, reduces_motion, wished_device, wished_motion
from engine.exchange.judges import Places
from tests.app.window.conftest import CONTROL, User, delete_what_is_due


@pytest.fixture
def page(user: User) -> Preferences:
    user.key(Qt.Key.Key_Comma, CONTROL)
    (found,) = user.window.findChildren(Preferences)
    assert found.isVisible()
    return found


def _choose(page: Preferences, label: str, place: int) -> None:
    box = next(b for b in page.findChildren(QComboBox) if label in b.accessibleName())
    box.setFocus()
    box.setCurrentIndex(place)
    box.activated.emit(place)


def test_the_theme_changes_at_once(user: User, page: Preferences, settings: QSettings) -> None:
    _choose(page, "Theme", 2)
    assert user.window.theme.mode == "light"
    assert settings.value("theme") == "light"


def test_motion_changes_at_once(user: User, page: Preferences, settings: QSettings) -> None:
    _choose(page, "Motion", 2)
    assert user.window.theme.motion.settle > 0
    _choose(page, "Motion", 1)
    assert user.window.theme.motion.settle == 0
    assert wished_motion(settings) == "less"
    assert reduces_motion("less")


def test_new_projects_train_on_the_device_that_was_chosen(
    user: User, page: Preferences, settings: QSettings
) -> None:
    _choose(page, "Device", 1)
    assert wished_device(settings) == "cpu"
    user.window.files.open_example("xor")
    assert user.document.training.device == "cpu"
    assert not user.document.is_dirty


def test_the_language_and_the_beginning_are_kept(page: Preferences, settings: QSettings) -> None:
    _choose(page, "Language", 2)
    _choose(page, "Begin", 1)
    assert settings.value("language") == "zh_CN"
    assert begins_with_welcome(settings)


def test_privacy_says_that_nothing_is_sent(page: Preferences) -> None:
    assert "sends nothing" in page.privacy.text()


def test_a_project_with_a_file_is_saved_by_itself(
    user: User, page: Preferences, settings: QSettings, tmp_path: object
) -> None:
    from pathlib import Path

    _choose(page, "Save by itself", 2)
    assert autosave_minutes(settings) == 5
    path = Path(str(tmp_path)) / "mine.loom"
    assert user.window.files.save_to(path)
    user.document.set_training(user.document.training.model_copy(update={"epochs": 7}))
    for _ in range(4):
        user.window.files.autosave()
    dirty = [user.document.is_dirty]
    user.window.files.autosave()
    dirty.append(user.document.is_dirty)
    assert dirty == [True, False]


def test_what_is_kept_and_broken_counts_for_nothing(settings: QSettings) -> None:
    for key in ("autosave_minutes", "device", "motion", "language"):
        settings.setValue(key, "rubbish")
    assert autosave_minutes(settings) == 0
    assert wished_device(settings) == "auto"
    assert wished_motion(settings) == "system"


def test_every_control_has_a_name(page: Preferences) -> None:
    assert all(box.accessibleName() for box in page.findChildren(QComboBox))


def test_it_opens_without_settings(theme: Theme, qapp: object) -> None:
    page = Preferences(theme, None)
    page.show()
    page.close()
    page.deleteLater()
    delete_what_is_due()


def test_programs_that_judge_exports_are_named_once(page: Preferences, settings: QSettings) -> None:
    for field, key in ((page.python, "programs/python"), (page.tfjs, "programs/tfjs")):
        (line,) = field.findChildren(QLineEdit)
        line.setFocus()
        line.clear()
        QTest.keyClicks(line, "/there")
        QTest.keyClick(line, Qt.Key.Key_Return)
        assert settings.value(key) == "/there"
    assert known_places(settings) == Places("/there", "/there")
