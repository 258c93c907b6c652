"""The canvas finds what lies somewhere as if it had looked at everything, and does long work between frames."""

from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPointF, QRectF, Qt, QTimer
from PySide6.QtGui import QImage, QPainter
from pytestqt.qtbot import QtBot

from app.canvas.spatial import Carry, SpatialIndex
from app.canvas.sprites import Sprites
from app.slices import Slices

PLACES = st.floats(-5000, 5000)
RECTS = st.builds(QRectF, PLACES, PLACES, st.floats(1, 3000), st.floats(1, 3000))


class Thing:
    """Something with a place."""

    def __init__(self, rect: QRectF, sequence: int) -> None:
        self.rect, self.sequence = rect, sequence
        self.carry: Carry | None = None

    def bounds(self) -> QRectF:
        return self.rect if self.carry is None else self.rect.translated(self.carry.step())

    def shift(self, step: QPointF) -> None:
        self.rect = self.rect.translated(step)

    def lift(self, carry: Carry | None) -> None:
        if self.carry is not None:
            self.shift(self.carry.step())
        self.carry = carry


@given(st.lists(RECTS, max_size=30), st.integers(0, 30), PLACES, PLACES, RECTS)
def test_the_index_finds_what_has_moved_together(
    rects: list[QRectF], count: int, right: float, down: float, wanted: QRectF
) -> None:
    index = SpatialIndex[Thing]()
    things = [Thing(rect, number) for number, rect in enumerate(rects)]
    for thing in things:
        index.put(thing)
    for moved in (things, things[:count], things):
        index.shift(moved, QPointF(right, down))
    assert index.within(wanted) == [thing for thing in things if thing.rect.intersects(wanted)]


@given(st.lists(RECTS, max_size=30), st.integers(0, 30), PLACES, PLACES, RECTS)
def test_the_index_finds_what_is_carried_and_what_was_laid_down(
    rects: list[QRectF], count: int, right: float, down: float, wanted: QRectF
) -> None:
    index = SpatialIndex[Thing]()
    things = [Thing(rect, number) for number, rect in enumerate(rects)]
    for thing in things:
        index.put(thing)
    for part in (slice(None), slice(count), slice(count, None)):
        lifted, carry = things[part], Carry()
        index.lift(lifted, carry)
        carry.x, carry.y = right, down
        assert index.within(wanted) == [t for t in things if t.bounds().intersects(wanted)]
        if lifted:
            taken = lifted[0]
            index.take(taken)
            things = [thing for thing in things if thing is not taken]
        assert index.within(wanted) == [t for t in things if t.bounds().intersects(wanted)]
        assert len(index) == len(things)
    index.lay_down()
    assert all(thing.carry is None for thing in things)
    assert index.within(wanted) == [t for t in things if t.rect.intersects(wanted)]


@given(st.lists(RECTS, max_size=30), st.lists(RECTS, max_size=15), RECTS)
def test_the_index_finds_what_a_look_at_everything_finds(
    rects: list[QRectF], moved: list[QRectF], wanted: QRectF
) -> None:
    index = SpatialIndex[Thing]()
    things = [Thing(rect, number) for number, rect in enumerate(rects)]
    for thing in things:
        index.put(thing)
    for thing, rect in zip(things, moved, strict=False):
        thing.rect = rect
        index.put(thing)
    for thing in things[::3]:
        index.take(thing)
    left = [thing for number, thing in enumerate(things) if number % 3]
    assert len(index) == len(left)
    assert index.within(wanted) == [thing for thing in left if thing.rect.intersects(wanted)]


def test_a_sprite_is_a_picture_from_the_second_time_at_a_scale_and_lands_on_whole_dots(qtbot: QtBot) -> None:
    sprites, painted = Sprites(), []
    image = QImage(200, 200, QImage.Format.Format_ARGB32_Premultiplied)
    painter = QPainter(image)

    def paint(inside: QPainter) -> None:
        painted.append(inside.worldTransform().m11())
        inside.fillRect(QRectF(0, 0, 10, 10), Qt.GlobalColor.red)

    for zoom, ratio in ((1.0, 2.0), (1.0, 2.0), (0.5, 2.0)):
        sprites.use_scale(zoom, ratio)
        for x in (20.3, 70.1, 120.4):
            place = sprites.draw(painter, "block", QRectF(-2, -2, 14, 14), QPointF(x, 20.2), paint)
            assert (place.x() * ratio).is_integer()
            assert abs(place.x() - x) <= 0.5 / ratio
    painter.end()
    # where it belongs, in pixels, and then as a picture, in dots; as a picture at once where it was one before
    assert painted == [1.0, 2.0, 1.0]


def test_there_is_a_stamp_of_what_was_asked_for_twice_at_this_scale(qtbot: QtBot) -> None:
    def paint(inside: QPainter) -> None:
        inside.fillRect(QRectF(0, 0, 10, 10), Qt.GlobalColor.red)

    sprites = Sprites()
    image = QImage(100, 50, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.black)
    painter = QPainter(image)
    sprites.use_scale(1.0, 1.0)
    for x in (0, 20):
        assert sprites.stamp(painter, "block", x, 20) is None
        sprites.draw(painter, "block", QRectF(-2, -2, 14, 14), QPointF(x, 20), paint)
    assert sprites.stamp(painter, "block", 40.2, 20.3) == (40, 20)
    sprites.use_scale(2.0, 1.0)
    assert sprites.stamp(painter, "block", 60, 20) is None
    painter.end()
    cuts = [image.copy(x, 15, 20, 20) for x in (0, 20, 40)]
    assert cuts[0] == cuts[1] == cuts[2]


def test_what_is_large_on_the_screen_is_painted_there_in_the_same_dots(qtbot: QtBot) -> None:
    def ground(inside: QPainter) -> None:
        inside.setOpacity(0.5)
        inside.fillRect(QRectF(0, 0, 150, 70), Qt.GlobalColor.blue)

    def top(inside: QPainter) -> None:
        inside.fillRect(QRectF(10, 10, 30, 30), Qt.GlobalColor.red)

    sprites, images = Sprites(), []
    for extent in (160.0, 2000.0):  # the larger one is no picture of its own
        for _ in range(3):
            image = QImage(400, 300, QImage.Format.Format_ARGB32_Premultiplied)
            image.fill(Qt.GlobalColor.black)
            painter = QPainter(image)
            sprites.use_scale(2.0, 1.0)
            place = sprites.draw(
                painter, extent, QRectF(-5, -5, extent, 100), QPointF(20.4, 30.2), top, ("ground", ground)
            )
            assert (place.x(), place.y()) == (20, 30)
            painter.end()
            images.append(image)
        sprites.clear()
    assert all(image == images[0] for image in images)


def test_something_large_is_painted_in_parts_until_the_scale_rests() -> None:
    sprites, large, area = Sprites(), [], QRectF(0, 0, 120, 100)
    for zoom in (2.0, 2.1, 2.1):
        sprites.use_scale(zoom, 1.0)
        large.append(sprites.is_large(area))
    assert large == [True, True, False]
    assert sprites.is_large(QRectF(0, 0, 1200, 100))


def test_long_work_lets_the_event_loop_turn_and_can_be_finished_or_dropped(qtbot: QtBot) -> None:
    slices, done = Slices(), []

    def work() -> Iterator[None]:
        for step in range(1_000_000):
            done.append(step)
            yield

    slices.start(work())
    first = len(done)
    assert slices.is_busy()
    qtbot.waitUntil(lambda: len(done) > first)
    slices.stop()
    assert not slices.is_busy()
    after = len(done)
    assert after < 1_000_000

    steps = iter(range(50_000_000))
    slices.start(steps)
    assert slices.is_busy()
    slices.start(iter(range(3)))
    slices.finish()
    assert not slices.is_busy()
    assert next(steps) > 0
    assert len(done) == after


def test_long_work_gives_way_to_a_hand_and_goes_on_after_it(qtbot: QtBot) -> None:
    slices, done = Slices(), list[None]()
    timer = slices.findChild(QTimer)
    assert timer is not None
    slices.give_way()
    assert not timer.isActive()  # there is nothing to do

    def work() -> Iterator[None]:
        while True:
            done.append(None)
            yield

    slices.start(work())
    assert timer.interval() == 0
    slices.give_way()
    assert timer.interval() > 16  # milliseconds: a hand that moves asks again in each frame
    before = len(done)
    qtbot.waitUntil(lambda: len(done) > before)
    assert timer.interval() == 0
    slices.stop()
