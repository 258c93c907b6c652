"""The theme dresses the application, says when it changes, and brings its own type and icons."""

import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFontInfo, QFontMetricsF, QImage, QPainter, QPalette
from PySide6.QtWidgets import QApplication, QLineEdit, QMenu, QSpinBox, QStyle, QWidget
from pytestqt.qtbot import QtBot

from app.theme import CATEGORIES, DARK, LIGHT, FontRole, Motion, Theme, icon_names
from app.theme.icons import IconSet
from app.theme.metrics import system_reduces_motion
from app.theme.palette import make_style_sheet
from app.widgets.codecs import NumberCodec
from app.widgets.spin import CommitSpin

NEEDED_ICONS = {
    *CATEGORIES,
    *("play", "pause", "step", "stop", "save", "open", "undo", "redo", "fit", "search", "light", "dark"),
    *("warning", "error", "info", "close", "plus"),
}


def _coloured_pixels(image: QImage, color: str) -> int:
    wanted = int(color[1:], 16)
    spots = ((x, y) for x in range(image.width()) for y in range(image.height()))
    return sum(image.pixel(x, y) & 0xFFFFFF == wanted and image.pixel(x, y) >> 24 == 255 for x, y in spots)


def test_the_application_takes_palette_font_and_style_sheet(theme: Theme, qapp: QApplication) -> None:
    assert qapp.palette().color(QPalette.ColorRole.Window).name() == DARK.panel
    assert qapp.font().family() == "Inter"
    assert DARK.raised in qapp.styleSheet()


def test_every_widget_follows_a_change_of_theme(theme: Theme, qtbot: QtBot) -> None:
    widget = QWidget()
    qtbot.addWidget(widget)
    widget.show()
    with qtbot.waitSignal(theme.changed):
        theme.set_mode("light")
    assert widget.palette().color(QPalette.ColorRole.Window).name() == LIGHT.panel
    assert theme.tokens is LIGHT


def test_nothing_is_said_when_nothing_changes(theme: Theme, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(theme.changed):
        theme.set_mode("dark")


def test_system_mode_is_dark_where_the_desktop_says_nothing(qapp: QApplication) -> None:
    scheme = qapp.styleHints().colorScheme()
    expected = LIGHT if scheme is Qt.ColorScheme.Light else DARK
    assert Theme("system").tokens is expected


def test_menus_that_are_higher_than_the_screen_scroll(theme: Theme, qapp: QApplication) -> None:
    theme.apply(qapp)
    menu = QMenu()
    assert menu.style().styleHint(QStyle.StyleHint.SH_Menu_Scrollable, None, menu)


def test_the_style_sheet_leaves_no_placeholder() -> None:
    assert "$" not in make_style_sheet(DARK)
    assert make_style_sheet(DARK) != make_style_sheet(LIGHT)


@pytest.mark.parametrize("role", FontRole)
def test_the_bundled_fonts_are_used(theme: Theme, role: FontRole) -> None:
    found = QFontInfo(theme.font(role))
    assert found.family() == ("JetBrains Mono" if role.value.monospaced else "Inter")
    assert theme.font(role).pointSizeF() * 4 / 3 == pytest.approx(role.value.pixel_size)


@pytest.mark.parametrize("role", FontRole)
def test_digits_have_one_width(theme: Theme, role: FontRole) -> None:
    metrics = QFontMetricsF(theme.font(role))
    widths = [metrics.horizontalAdvance(digit * 8) for digit in "0123456789"]
    assert max(widths) - min(widths) < 0.2


def test_monospaced_text_has_no_ligatures(theme: Theme) -> None:
    metrics = QFontMetricsF(theme.font(FontRole.MONO))
    assert metrics.horizontalAdvance("->!=") == pytest.approx(4 * metrics.horizontalAdvance("0"))


def test_all_needed_icons_are_there() -> None:
    assert set(icon_names()) >= NEEDED_ICONS


@pytest.mark.parametrize("name", icon_names())
def test_an_icon_is_drawn_in_the_colour_of_its_role(theme: Theme, name: str) -> None:
    image = theme.icon_pixmap(name, "accent", 16, 4.0).toImage()
    assert image.width() == 64
    assert image.pixelColor(0, 0).alpha() == 0
    assert _coloured_pixels(image, DARK.accent) > 20


def test_an_icon_follows_the_theme(theme: Theme) -> None:
    theme.set_mode("light")
    assert _coloured_pixels(theme.icon_pixmap("stop", "text", 16, 2.0).toImage(), LIGHT.text) > 100


def test_icons_for_buttons_are_sharp_on_dense_screens(theme: Theme) -> None:
    assert {pixmap_size.width() for pixmap_size in theme.icon("save").availableSizes()} == {16, 32, 48}


def test_an_icon_for_buttons_is_drawn_once(theme: Theme, monkeypatch: pytest.MonkeyPatch) -> None:
    first = theme.icon("save")
    with monkeypatch.context() as patched:
        patched.setattr(IconSet, "pixmap", lambda *_: pytest.fail("drawn again"))
        assert theme.icon("save").cacheKey() == first.cacheKey()
    assert theme.icon("save", "bad").cacheKey() != first.cacheKey()


def test_an_icon_paints_into_a_rectangle(theme: Theme, qapp: QApplication) -> None:
    image = QImage(40, 40, QImage.Format.Format_ARGB32)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    theme.paint_icon(painter, QRectF(20, 20, 20, 20), "stop", "bad")
    painter.end()
    assert image.pixelColor(30, 30).name() == DARK.bad
    assert image.pixelColor(10, 10).alpha() == 0


def test_an_unknown_icon_is_refused(theme: Theme) -> None:
    with pytest.raises(KeyError, match="resources/icons"):
        theme.icon("no such icon")


def test_reduced_motion_stops_all_movement(monkeypatch: pytest.MonkeyPatch, qapp: QApplication) -> None:
    assert Theme("dark", reduced_motion=True).motion == Motion(0, 0)
    assert 120 <= Theme("dark", reduced_motion=False).motion.quick <= 180
    monkeypatch.setenv("LAYERLOOM_REDUCED_MOTION", "1")
    assert system_reduces_motion()
    monkeypatch.setenv("LAYERLOOM_REDUCED_MOTION", "0")
    assert not system_reduces_motion()


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="files of GNOME and KDE")
@pytest.mark.parametrize(
    ("file", "content", "reduced"),
    [
        ("gtk-3.0/settings.ini", "[Settings]\ngtk-enable-animations=0\n", True),
        ("gtk-4.0/settings.ini", "[Settings]\ngtk-enable-animations=true\n", False),
        ("kdeglobals", "[KDE]\nAnimationDurationFactor=0\n", True),
        ("kdeglobals", "[KDE]\nAnimationDurationFactor=1.5\n", False),
        ("kdeglobals", "no settings at all", False),
        ("kdeglobals", "[KDE]\nAnimationDurationFactor=fast\n", False),
    ],
)
def test_the_desktop_is_asked_about_motion(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, file: str, content: str, reduced: bool
) -> None:
    monkeypatch.delenv("LAYERLOOM_REDUCED_MOTION", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / file).write_text(content)
    assert system_reduces_motion() is reduced


def test_the_field_of_a_number_grows_with_all_text_whichever_was_made_first(
    theme: Theme, qapp: QApplication, qtbot: QtBot
) -> None:
    theme.apply(qapp)
    page = QWidget()
    qtbot.addWidget(page)
    boxes = [QSpinBox(page) for _ in range(4)]
    before, after = QLineEdit(), QLineEdit()
    boxes[1].setLineEdit(before)
    for box in boxes[:3]:  # the last one has the font of the application
        box.setFont(theme.font(FontRole.MONO))
    page.show()
    boxes[2].setLineEdit(after)
    fields = [field for box in boxes for field in (box, box.lineEdit())]
    sizes = [field.font().pointSizeF() for field in fields]
    try:
        for scale in (1.3, 1.0, 1.3):
            theme.set_text_scale(scale)
            assert [field.font().pointSizeF() for field in fields] == pytest.approx(
                [size * scale for size in sizes]
            )
    finally:
        theme.set_text_scale(1.0)


@pytest.mark.parametrize("field_first", [False, True])
def test_a_dressed_field_grows_with_its_box_whichever_is_found_first(
    theme: Theme, qapp: QApplication, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, field_first: bool
) -> None:
    theme.apply(qapp)
    box = CommitSpin(theme, NumberCodec(True), 1)
    qtbot.addWidget(box)
    box.show()
    pair = [box.lineEdit(), box] if field_first else [box, box.lineEdit()]
    monkeypatch.setattr(QApplication, "allWidgets", staticmethod(lambda: pair))
    size = box.font().pointSizeF()
    try:
        for scale in (1.3, 1.0, 1.3):
            theme.set_text_scale(scale)
            assert [part.font().pointSizeF() for part in pair] == pytest.approx([size * scale] * 2)
    finally:
        theme.set_text_scale(1.0)
