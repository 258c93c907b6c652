"""The reusable widgets: what they show, what the keyboard does, what they tell assistive technology."""

import pytest
from PySide6.QtCore import Qt, QVariantAnimation
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from app.theme import DARK, LIGHT, SPACE, Theme
from app.widgets import (
    Button,
    Chip,
    CollapsibleHeading,
    CollapsibleSection,
    DockTabs,
    ElidedLabel,
    IconButton,
    ProgressStrip,
    SearchField,
    TextLabel,
    ToggleSwitch,
)


def colors_of(widget: QWidget) -> set[str]:
    """All colours in the picture of a widget, as `#rrggbb`."""
    image = widget.grab().toImage()
    spots = ((x, y) for x in range(image.width()) for y in range(image.height()))
    return {QColor(image.pixel(x, y)).name() for x, y in spots}


def _shown(qtbot: QtBot, widget: QWidget) -> None:
    qtbot.addWidget(widget)
    widget.show()
    qtbot.waitExposed(widget)


def test_the_way_to_more_tabs_stays_beside_those_shown_when_letters_grow(theme: Theme, qtbot: QtBot) -> None:
    tabs = DockTabs(theme)
    qtbot.addWidget(tabs)
    for name in ("Learning", "Predictions", "Runs", "Problems", "Profile", "Time machine"):
        tabs.addTab(name)
    tabs.resize(330, tabs.height())
    tabs.show()
    try:
        for scale in (1.0, 1.3, 1.0):
            theme.set_text_scale(scale)
            last = max(at for at in tabs.offered() if tabs.isTabVisible(at))
            assert tabs.more.isVisible()
            assert tabs.tabRect(last).right() < tabs.more.x()
            assert tabs.more.geometry().right() < tabs.width()
    finally:
        theme.set_text_scale(1.0)


def test_a_switch_shows_its_state_in_the_accent(theme: Theme, qtbot: QtBot) -> None:
    switch = ToggleSwitch(theme, "Bias")
    _shown(qtbot, switch)
    assert DARK.accent not in colors_of(switch)
    switch.setChecked(True)
    assert DARK.accent in colors_of(switch)
    assert switch.accessibleName() == "Bias"


def test_a_switch_repaints_in_another_theme(theme: Theme, qtbot: QtBot) -> None:
    switch = ToggleSwitch(theme, "Bias")
    switch.setChecked(True)
    _shown(qtbot, switch)
    theme.set_mode("light")
    assert LIGHT.accent in colors_of(switch)


def test_a_switch_slides_only_where_motion_is_wanted(theme: Theme, qtbot: QtBot) -> None:
    switch = ToggleSwitch(theme, "Bias")
    _shown(qtbot, switch)
    animation = switch.findChild(QVariantAnimation)
    assert isinstance(animation, QVariantAnimation)
    switch.click()
    assert switch.knob_position() == 1
    theme.set_reduced_motion(False)
    switch.click()
    assert switch.knob_position() > 0
    qtbot.waitUntil(lambda: switch.knob_position() == 0)


def test_a_chip_says_in_words_what_its_dot_says(theme: Theme, qtbot: QtBot) -> None:
    chip = Chip(theme, "GL", detail="84 MB", clickable=True)
    chip.set_dot("good", "running")
    _shown(qtbot, chip)
    assert chip.accessibleName() == "GL, 84 MB, running"
    assert DARK.good in colors_of(chip)
    with qtbot.waitSignal(chip.clicked):
        QTest.keyClick(chip, Qt.Key.Key_Space)


def test_a_chip_grows_with_its_text(theme: Theme, qtbot: QtBot) -> None:
    chip = Chip(theme, "CPU")
    qtbot.addWidget(chip)
    narrow = chip.sizeHint().width()
    chip.set_text("GL on a software renderer", "12 MB")
    assert chip.sizeHint().width() > narrow + 100


def test_progress_fills_with_the_fraction_and_tells_its_caption(theme: Theme, qtbot: QtBot) -> None:
    strip = ProgressStrip(theme)
    strip.resize(200, 30)
    _shown(qtbot, strip)
    strip.set_progress(0.5, "epoch 1 of 2")
    image = strip.grab().toImage()
    assert image.pixelColor(50, 6).name() == DARK.accent
    assert image.pixelColor(150, 6).name() == DARK.line
    assert strip.accessibleDescription() == "epoch 1 of 2"
    assert (strip.value(), strip.maximum()) == (500, 1000)


@pytest.mark.parametrize(("fraction", "value"), [(-1.0, 0), (7.0, 1000)])
def test_progress_stays_in_its_range(theme: Theme, qtbot: QtBot, fraction: float, value: int) -> None:
    strip = ProgressStrip(theme)
    qtbot.addWidget(strip)
    strip.set_progress(fraction)
    assert strip.value() == value


def test_progress_of_unknown_length_is_busy(theme: Theme, qtbot: QtBot) -> None:
    strip = ProgressStrip(theme)
    strip.resize(200, 30)
    _shown(qtbot, strip)
    strip.set_progress(None, "compiling")
    assert (strip.minimum(), strip.maximum()) == (0, 0)
    assert DARK.accent in colors_of(strip)


def test_tabs_carry_a_count_in_the_picture_and_in_words(theme: Theme, qtbot: QtBot) -> None:
    tabs = DockTabs(theme)
    tabs.addTab("Curves")
    tabs.addTab("Problems")
    _shown(qtbot, tabs)
    plain = tabs.tabRect(1).width()
    tabs.set_count(1, 3)
    assert tabs.tabRect(1).width() > plain
    assert tabs.accessibleTabName(1) == "Problems 3"
    tabs.set_count(1, 0)
    assert tabs.tabRect(1).width() == plain


def test_tabs_change_with_the_arrow_keys(theme: Theme, qtbot: QtBot) -> None:
    tabs = DockTabs(theme)
    tabs.addTab("Curves")
    tabs.addTab("Problems")
    _shown(qtbot, tabs)
    with qtbot.waitSignal(tabs.currentChanged):
        QTest.keyClick(tabs, Qt.Key.Key_Right)


def test_the_arrow_keys_lead_to_tabs_without_room_and_past_those_that_are_not_offered(
    theme: Theme, qtbot: QtBot
) -> None:
    tabs = DockTabs(theme)
    for name in ("Curves", "Problems", "Runs", "Predictions"):
        tabs.addTab(name)
    _shown(qtbot, tabs)
    tabs.offer({0, 2, 3})
    tabs.resize(tabs.tabSizeHint(0).width() + tabs.tabSizeHint(3).width() + tabs.more.width() + 2, 34)
    assert [tabs.isTabVisible(at) for at in range(4)] == [True, False, True, False]
    assert tabs.rect_of(1) is None
    assert tabs.rect_of(3) == tabs.more.geometry()
    for expected in (2, 3, 3):
        QTest.keyClick(tabs, Qt.Key.Key_Right)
        assert tabs.currentIndex() == expected
        assert tabs.isTabVisible(expected)
    QTest.keyClick(tabs, Qt.Key.Key_Left)
    QTest.keyClick(tabs, Qt.Key.Key_Left)
    assert tabs.currentIndex() == 0


@pytest.mark.parametrize(
    ("key", "unfolded"),
    [
        (Qt.Key.Key_Left, False),
        (Qt.Key.Key_Right, True),
        (Qt.Key.Key_Space, False),
        (Qt.Key.Key_Return, False),
    ],
)
def test_a_section_folds_with_the_keyboard(theme: Theme, qtbot: QtBot, key: Qt.Key, unfolded: bool) -> None:
    section = CollapsibleSection(theme, "Core", QLabel("Dense"), 1)
    _shown(qtbot, section)
    QTest.keyClick(section.heading, key)
    assert section.content.isVisible() is unfolded
    assert section.heading.accessibleDescription() == ("unfolded" if unfolded else "folded")


def test_a_heading_tells_how_many_things_it_holds(theme: Theme, qtbot: QtBot) -> None:
    heading = CollapsibleHeading(theme, "Core", 7)
    qtbot.addWidget(heading)
    assert heading.accessibleName() == "Core, 7"
    heading.set_count(None)
    assert heading.accessibleName() == "Core"


def test_search_is_cleared_by_escape_and_left_by_down(theme: Theme, qtbot: QtBot) -> None:
    search = SearchField(theme, "Find a layer\N{HORIZONTAL ELLIPSIS}", shortcut_text="Ctrl K")
    _shown(qtbot, search)
    assert search.accessibleName() == "Find a layer"
    QTest.keyClicks(search, "conv")
    QTest.keyClick(search, Qt.Key.Key_Escape)
    assert search.text() == ""
    with qtbot.waitSignal(search.moved_down):
        QTest.keyClick(search, Qt.Key.Key_Down)


def test_a_label_without_room_ends_in_an_ellipsis_and_keeps_its_text(theme: Theme, qtbot: QtBot) -> None:
    label = ElidedLabel(theme, "64 filters look for patterns of 3 by 3")
    label.resize(400, 20)
    _shown(qtbot, label)
    assert label.shown_text() == label.text()
    assert label.toolTip() == ""
    label.resize(80, 20)
    assert label.shown_text().endswith("\N{HORIZONTAL ELLIPSIS}")
    assert label.toolTip() == label.text()


def test_a_tone_is_a_colour_that_can_change(theme: Theme, qtbot: QtBot) -> None:
    label = TextLabel(theme, "\N{FULL BLOCK}" * 4, tone="good")
    _shown(qtbot, label)
    assert DARK.good_text in colors_of(label)
    label.set_tone("bad")
    assert DARK.bad_text in colors_of(label)


def test_the_icon_of_a_button_follows_kind_and_theme(theme: Theme, qtbot: QtBot) -> None:
    button = Button(theme, "", icon="stop", kind="primary")
    _shown(qtbot, button)
    assert {DARK.on_accent, DARK.accent} <= colors_of(button)
    theme.set_mode("light")
    assert {LIGHT.on_accent, LIGHT.accent} <= colors_of(button)
    button.set_kind("plain")
    assert LIGHT.accent not in colors_of(button)


def test_an_icon_button_has_a_name_and_a_place_in_the_tab_order(theme: Theme, qtbot: QtBot) -> None:
    button = IconButton(theme, "undo", "Undo")
    qtbot.addWidget(button)
    assert (button.accessibleName(), button.toolTip()) == ("Undo", "Undo")
    assert button.focusPolicy() & Qt.FocusPolicy.TabFocus
    button.set_icon_name("redo")
    assert not button.icon().isNull()


def test_a_line_of_facts_ends_with_the_last_that_has_room(qtbot: QtBot, theme: Theme) -> None:
    label = ElidedLabel(theme, "342 rows · 7 columns · no cell missing", facts=True)
    label.resize(label.sizeHint())
    _shown(qtbot, label)
    assert label.shown_text() == label.text()
    assert not label.toolTip()
    label.resize(label.width() - 20, label.height())
    assert label.shown_text() == "342 rows · 7 columns"
    assert label.toolTip() == label.text()
    label.resize(30, label.height())
    assert label.shown_text().endswith("…")


def test_a_chip_without_room_is_as_wide_as_the_facts_that_it_shows(qtbot: QtBot, theme: Theme) -> None:
    chip = Chip(theme, "489 parameters · 448 multiply-adds · 38 kB on the device")
    qtbot.addWidget(chip)
    whole = chip.sizeHint().width()
    assert chip.width_in(whole + 50) == whole
    shorter = Chip(theme, "489 parameters · 448 multiply-adds")
    qtbot.addWidget(shorter)
    assert abs(chip.width_in(whole - 5) - shorter.sizeHint().width()) <= 2
    assert chip.width_in(60) <= 60


def test_an_icon_keeps_a_distance_from_words_and_alone_stands_in_the_middle(
    qtbot: QtBot, theme: Theme
) -> None:
    button = Button(theme, "Stop", icon="stop")
    qtbot.addWidget(button)
    assert button.iconSize().width() == 16 + SPACE
    button.setText("")
    assert button.iconSize().width() == 16
    assert {size.width() for size in button.icon().availableSizes()} == {16, 32, 48}
