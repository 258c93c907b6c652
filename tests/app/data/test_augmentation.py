"""Augmentation switched on and off beside the data: layers on the canvas, one step of undo each, a grid that follows."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractSpinBox
from pytestqt.qtbot import QtBot

from app.data.augment_chain import chain_behind, layers_of, picture_input
from app.data.augment_section import AugmentRow
from app.theme import Theme
from app.widgets import RangeField
from engine.formats.examples import examples
from engine.graph.document import Node
from engine.graph.edits import RemoveNode
from engine.training.augmented import augmentations
from tests.app.data.preparing import LEFT, NONE, Preparer, control, preparing


@pytest.fixture
def user(theme: Theme, qtbot: QtBot) -> Iterator[Preparer]:
    """Somebody with a network for handwritten digits."""
    with preparing(theme, qtbot, None, examples()["digits"].graph()) as user:
        user.until(lambda: len(images(user)) == 1)
        yield user


def images(user: Preparer) -> list[QImage]:
    return user.panel.augment.grid.images()


def row(user: Preparer, title: str) -> AugmentRow:
    return next(row for row in user.panel.augment.rows if row.kind.title() == title)


def flip_switch(user: Preparer, title: str) -> None:
    switch = control(row(user, title).switch)
    assert switch.isEnabled()
    QTest.mouseClick(switch, LEFT)


def source(user: Preparer) -> Node:
    node = picture_input(user.document)
    assert node is not None
    return node


def chain(user: Preparer) -> list[str]:
    return [type(layer).title() for layer in layers_of(chain_behind(user.document.graph, source(user)))]


def test_all_augmentations_are_listed(user: Preparer) -> None:
    assert [row.kind for row in user.panel.augment.rows] == list(augmentations().values())
    assert not any(row.switch.value() for row in user.panel.augment.rows)


def test_a_switch_puts_the_layer_behind_the_pictures_and_takes_it_out(user: Preparer) -> None:
    before = user.document.graph.snapshot()
    flip_switch(user, "RandomFlip")
    flip_switch(user, "RandomRotation")
    assert chain(user) == ["RandomFlip", "RandomRotation"], "in the order in which they were chosen"
    assert user.document.stack.count() == 2
    user.until(lambda: row(user, "RandomRotation").form is not None)
    assert user.document.inference.ok, "shapes still fit"
    flip_switch(user, "RandomFlip")
    assert chain(user) == ["RandomRotation"]
    flip_switch(user, "RandomRotation")
    assert user.document.graph.snapshot() == before, "the wires are healed, everything lies where it lay"


def test_undo_takes_a_switch_back(user: Preparer) -> None:
    before = user.document.graph.snapshot()
    flip_switch(user, "RandomZoom")
    user.until(lambda: bool(row(user, "RandomZoom").switch.value()))
    user.document.stack.undo()
    assert user.document.graph.snapshot() == before
    user.until(lambda: not row(user, "RandomZoom").switch.value())


def test_the_grid_shows_the_picture_and_eight_variants(user: Preparer) -> None:
    (plain,) = images(user)
    flip_switch(user, "RandomContrast")
    user.until(lambda: len(images(user)) == 9)
    assert images(user)[0] == plain
    assert all(image != plain for image in images(user)[1:])
    flip_switch(user, "RandomContrast")
    user.until(lambda: images(user) == [plain])


def test_the_grid_follows_a_setting_while_it_is_dragged(user: Preparer) -> None:
    flip_switch(user, "RandomRotation")
    user.until(lambda: len(images(user)) == 9)
    first = list(images(user))
    form = row(user, "RandomRotation").form
    assert form is not None
    field = form.field("factor")
    assert isinstance(field, RangeField)
    slider = field.slider
    user.until(slider.isVisible)
    QTest.mousePress(slider, LEFT, NONE, QPoint(round(slider._x(0.1)), 12))
    QTest.mouseMove(slider, QPoint(round(slider._x(0.3)), 12))
    user.until(lambda: images(user) != first)
    held = list(images(user))
    QTest.mouseMove(slider, QPoint(round(slider._x(0.5)), 12))
    user.until(lambda: images(user) != held)
    QTest.mouseRelease(slider, LEFT, NONE, QPoint(round(slider._x(0.5)), 12))
    layer = layers_of(chain_behind(user.document.graph, source(user)))[0]
    assert getattr(layer, "factor")[1] == pytest.approx(0.5, abs=0.01)  # noqa: B009 - of one kind of layer
    assert user.document.stack.count() == 2, "the drag is one step, the switch another"


def test_other_pictures_and_other_chances(user: Preparer) -> None:
    flip_switch(user, "RandomBrightness")
    user.until(lambda: len(images(user)) == 9)
    first = list(images(user))
    QTest.mouseClick(user.panel.augment.dice, LEFT)
    user.until(lambda: images(user)[1:] != first[1:])
    assert images(user)[0] == first[0]
    QTest.mouseClick(user.panel.augment.other, LEFT)
    user.until(lambda: images(user)[0] != first[0])


def test_a_layer_that_changes_the_size_is_shown_in_its_new_size(user: Preparer) -> None:
    flip_switch(user, "RandomCrop")
    user.until(lambda: len(images(user)) == 9)
    form = row(user, "RandomCrop").form
    assert form is not None
    cut = images(user)[0].height() * 7 // 8  # a little smaller than the pictures
    assert images(user)[1].height() == cut
    height = form.field("height")
    box = getattr(height, "focusProxy")()  # noqa: B009 - of a widget that the protocol does not name
    assert isinstance(box, QAbstractSpinBox)
    QTest.keyClick(box, Qt.Key.Key_Up)
    node = chain_behind(user.document.graph, source(user))[0]
    assert getattr(node.layer, "height") == cut + 1  # noqa: B009 - of one kind of layer
    user.until(lambda: images(user)[1].height() == cut + 1)


def test_settings_changed_on_the_canvas_show_here(user: Preparer) -> None:
    flip_switch(user, "RandomBrightness")
    node = chain_behind(user.document.graph, source(user))[0]
    user.until(lambda: row(user, "RandomBrightness").form is not None)
    form = row(user, "RandomBrightness").form
    assert form is not None
    kind = augmentations()["RandomBrightness"]
    user.panel.augment.change(node, kind.model_validate({"factor": 0.4}), form)
    user.until(lambda: form.field("factor").value() == (-0.4, 0.4))


def test_without_a_network_for_pictures_the_switches_rest(theme: Theme, qtbot: QtBot) -> None:
    with preparing(theme, qtbot, None, examples()["digits"].graph()) as user:
        user.until(lambda: len(images(user)) == 1)
        node = picture_input(user.document)
        assert node is not None
        user.document.push(RemoveNode(node.id))
        user.until(lambda: not control(row(user, "RandomFlip").switch).isEnabled())
        assert "Put a network" in user.panel.augment.note.text()


def test_data_without_pictures_has_no_augmentation(theme: Theme, qtbot: QtBot) -> None:
    with preparing(theme, qtbot, None, examples()["iris"].graph()) as user:
        assert not user.panel.augment.isVisible()
