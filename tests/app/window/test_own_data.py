"""People's own data in the window: dropped, pasted, opened, found again; from a file to a moving curve in few clicks."""

import csv
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QSettings, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel

from app.data.desk import DataDesk, Stage
from app.data.prepare_panel import PreparePanel
from app.data.proposal_card import ProposalCard
from app.data.view import DataView
from app.document import Document
from app.theme import Theme
from app.training import TrainState
from app.window.centre import View
from app.window.main_window import MainWindow
from engine.data.archive import read_table
from engine.data.load import load
from engine.data.recipe.steps.categories import Embedding
from engine.data.settings import DataSettings
from engine.formats.examples import examples
from engine.formats.project import load_project
from tests.app.canvas.conftest import LEFT, NONE
from tests.app.window.conftest import CONTROL, User, close, show

MOST_CLICKS = 6


@pytest.fixture
def penguins(tmp_path: Path) -> Path:
    path = tmp_path / "penguins.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(read_table("penguins"))
    return path


def _view(user: User) -> View:
    return user.window.centre.view


def _desk(user: User) -> DataDesk:
    return user.window.workspace.desk


def _data(user: User) -> DataView:
    return user.window.workspace.data_view


def _until_known(user: User) -> None:
    """Wait until the table is open, looked through and planned."""
    desk = _desk(user)
    user.until(lambda: desk.stage is Stage.OPEN and desk.profile is not None and desk.plan is not None)


def _texts(user: User) -> str:
    labels = _data(user).middle.findChildren(QLabel)
    return " ".join(label.text() for label in labels if label.isVisible())


def test_from_a_dropped_file_to_a_moving_curve_in_six_clicks(user: User, penguins: Path) -> None:
    user.drop_file(penguins)
    assert _view(user) is View.DATA
    user.until(lambda: user.has_button("Use this network") and user.button("Use this network").isEnabled())
    user.click(user.button("Use this network"))
    assert _view(user) is View.NETWORK
    assert user.document.inference.ok, user.document.inference.diagnostics
    user.click(user.window.top_bar.train)
    user.until(lambda: len(user.progress()) >= 2)
    assert user.window.dock.curves.view.isVisible()
    assert user.clicks <= MOST_CLICKS
    assert user.clicks == 2


def test_the_plan_that_is_shown_is_the_one_that_is_trained(user: User, tmp_path: Path) -> None:
    rows = [f"{k},{k % 7}.5,town {k * 7 % 90},{'ab'[k % 2]}" for k in range(200)]
    path = tmp_path / "towns.csv"
    path.write_text("\n".join(["id,size,town,label", *rows]), encoding="utf-8")
    user.drop_file(path)
    desk = _desk(user)
    user.until(lambda: desk.stage is Stage.OPEN and desk.plan is not None and not desk.is_studying)
    assert desk.plan is not None
    assert desk.roles["id"].role == "ignore"
    assert desk.target == "label"
    found = load(user.document.data).preparation
    assert found is not None
    inputs = {p.column for f in found.features if f.part == "input" for p in f.pieces}
    assert {c.name for c in desk.plan.inputs} == inputs == {"size", "town"}
    assert desk.plan.column("town").categories == Embedding()


def test_the_keyboard_alone_goes_all_the_way(user: User, penguins: Path) -> None:
    QGuiApplication.clipboard().setText(penguins.read_text(encoding="utf-8"))
    user.key(Qt.Key.Key_V, CONTROL)
    assert _view(user) is View.DATA
    _until_known(user)
    assert user.document.data.path is not None
    user.until(lambda: user.has_button("Use this network") and user.button("Use this network").isEnabled())
    assert isinstance(QApplication.focusWidget(), type(_data(user).table))
    for _ in range(60):
        user.key(Qt.Key.Key_Tab)
        if QApplication.focusWidget() is user.button("Use this network"):
            break
    assert QApplication.focusWidget() is user.button("Use this network")
    user.key(Qt.Key.Key_Space)
    assert _view(user) is View.NETWORK
    user.key(Qt.Key.Key_F5)
    user.until_steps()


def test_the_first_rows_and_what_is_in_them(user: User, penguins: Path) -> None:
    user.drop_file(penguins)
    _until_known(user)
    data, desk = _data(user), _desk(user)
    assert data.table.rows.rowCount() == 344
    assert desk.rows == 344
    assert "19 cells missing" in data.strip.facts.text()
    looks = {look.name: look for look in data.table.head.looks}
    assert looks["species"].role == "target"
    assert looks["species"].reason
    assert looks["bill_length_mm"].bars
    assert looks["bill_length_mm"].missing == pytest.approx(2 / 344)
    QTest.mouseClick(
        data.table.head.viewport(), LEFT, NONE, QPoint(data.table.head.sectionViewportPosition(2) + 60, 12)
    )
    assert desk.column == "bill_length_mm"
    assert dict(data.facts.facts())["Least"] == "32.1"
    assert "species" in data.facts.relation.text()


def test_a_finding_leads_to_its_column(user: User, tmp_path: Path) -> None:
    path = tmp_path / "dull.csv"
    path.write_text("x,same,y\n" + "".join(f"{i * 1.37 % 7:.3f},7,{'ab'[i % 2]}\n" for i in range(60)))
    user.drop_file(path)
    _until_known(user)
    findings = _data(user).findings
    (place,) = (i for i, remark in enumerate(findings.remarks) if remark.column == "same")
    item = findings.list.visualItemRect(findings.list.item(place))
    QTest.mouseClick(findings.list.viewport(), LEFT, NONE, item.center())
    assert _desk(user).column == "same"


def test_reading_options_are_shown_as_sniffed_and_can_be_corrected(user: User, tmp_path: Path) -> None:
    path = tmp_path / "semicolons.csv"
    path.write_text("a;b;c\n" + "".join(f"{i};{i % 3};{'xy'[i % 2]}\n" for i in range(30)))
    user.drop_file(path)
    _until_known(user)
    form, source = _data(user).left.form, _desk(user).source
    assert form is not None
    assert source is not None
    assert len(source.columns) == 3
    form.field("delimiter").committed.emit("comma")
    user.until(lambda: user.document.data.options != {})
    assert user.document.data.options.keys() == {"delimiter"}
    user.until(lambda: _desk(user).stage is not Stage.OPENING)
    corrected = _desk(user).source
    assert corrected is None or len(corrected.columns) == 1
    user.document.stack.undo()
    user.until(lambda: len(getattr(_desk(user).source, "columns", ())) == 3)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.csv", b""),
        ("header.csv", b"a,b,c\n"),
        ("binary.csv", bytes(range(256)) * 40),
        ("picture.png", b"This is no picture."),
    ],
)
def test_what_cannot_be_used_gets_a_sentence_and_a_way_on(
    user: User, tmp_path: Path, name: str, content: bytes
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    user.drop_file(path)
    user.until(lambda: bool(_desk(user).problem or user.document.data_problem))
    user.until(lambda: _desk(user).stage is not Stage.OPENING)
    assert _view(user) is View.DATA
    assert "Traceback" not in _texts(user)
    if _desk(user).stage is Stage.FAILED:
        assert _desk(user).problem in _texts(user)
        user.click(_data(user).trouble.back)
        user.until(lambda: _desk(user).stage is Stage.OPEN)
        assert user.document.data.dataset == "spiral"


def test_a_file_of_no_known_kind_gets_a_sentence_and_changes_nothing(user: User, tmp_path: Path) -> None:
    path = tmp_path / "unknown.xyz"
    path.write_bytes(b"\x00\x01\x02")
    user.drop_file(path)
    user.until(lambda: "unknown.xyz" in user.message)
    assert user.document.data.path is None
    assert not user.document.is_dirty


def test_data_that_is_gone_can_be_found_again(
    user: User, penguins: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    user.document.set_data(DataSettings(path=str(penguins), options={"delimiter": "comma"}))
    project = tmp_path / "mine.loom"
    assert user.window.files.save_to(project)
    assert load_project(project).graph.sections["data"] == user.document.data
    moved = tmp_path / "elsewhere" / "birds.csv"
    moved.parent.mkdir()
    penguins.rename(moved)
    assert user.window.files.open_path(project)
    user.key(Qt.Key.Key_1, CONTROL)
    user.until(lambda: _desk(user).stage is Stage.FAILED)
    assert _desk(user).gone
    assert str(penguins) in _texts(user)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_args: (str(moved), ""))
    user.click(_data(user).trouble.find_it)
    user.until(lambda: _desk(user).stage is Stage.OPEN)
    assert user.document.data.path == str(moved)
    assert user.document.data.options == {"delimiter": "comma"}


def _rows_loaded(user: User) -> int:
    bundle = user.window.workspace.run.bundle
    return bundle.spec.counts.total if bundle is not None else 0


def test_a_file_that_changes_can_be_read_again(user: User, penguins: Path) -> None:
    user.drop_file(penguins)
    _until_known(user)
    user.until(lambda: user.window.workspace.run.bundle is not None)
    lines = penguins.read_text(encoding="utf-8").splitlines()
    penguins.write_text("\n".join(lines[:201]) + "\n", encoding="utf-8")
    user.until(lambda: _desk(user).stale)
    assert "no longer what was read" in _texts(user)
    user.click(_data(user).trouble.read_changed)
    user.until(lambda: _desk(user).rows == 200)
    user.until(lambda: _rows_loaded(user) == 200)


def test_what_is_held_over_the_window_is_said(user: User, penguins: Path) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(penguins))])
    enter = QDragEnterEvent(QPoint(300, 300), Qt.DropAction.CopyAction, mime, LEFT, NONE)
    QApplication.sendEvent(user.window, enter)
    offer = user.window.overlay.offer
    assert offer is not None
    assert offer.sentence == "Use penguins.csv as data"
    QApplication.sendEvent(user.window, QDragLeaveEvent())
    assert user.window.overlay.offer is None
    text = QMimeData()
    text.setText("a,b")
    QApplication.sendEvent(
        user.window, QDragEnterEvent(QPoint(1, 1), Qt.DropAction.CopyAction, text, LEFT, NONE)
    )
    assert user.window.overlay.offer is None


def test_paste_puts_layers_on_the_canvas_and_the_rest_into_the_data(user: User) -> None:
    view = user.window.workspace.canvas.view
    before = len(user.graph.nodes)
    user.key(Qt.Key.Key_A, CONTROL)
    user.key(Qt.Key.Key_C, CONTROL)
    user.key(Qt.Key.Key_V, CONTROL)
    assert len(user.graph.nodes) == 2 * before
    assert user.document.data.path is None
    QGuiApplication.clipboard().clear()
    view.setFocus()
    user.key(Qt.Key.Key_V, CONTROL)
    assert "clipboard" in user.message


def test_a_table_pasted_over_work_opens_beside_it_and_leaves_it_alone(user: User) -> None:
    user.key(Qt.Key.Key_A, CONTROL)
    user.key(Qt.Key.Key_D, CONTROL)  # somebody works on this network
    worked_on, title, data = user.document, user.document.title, user.document.data
    QGuiApplication.clipboard().setText("a,b,c\n" + "1,2,x\n3,4,y\n" * 9)
    user.window.workspace.canvas.view.setFocus()
    user.key(Qt.Key.Key_V, CONTROL)
    assert len(user.window.tabs) == 2
    assert user.document is not worked_on
    assert (worked_on.title, worked_on.data) == (title, data)
    assert "new project" in user.message
    assert user.document.data.path is not None
    user.until(lambda: _desk(user).rows == 18)
    user.key(Qt.Key.Key_V, CONTROL)  # over data, it takes the place of that
    assert len(user.window.tabs) == 2


def test_a_table_pasted_over_what_nobody_touched_becomes_its_data(user: User) -> None:
    QGuiApplication.clipboard().setText("a,b,c\n" + "1,2,x\n3,4,y\n" * 9)
    user.window.workspace.canvas.view.setFocus()
    user.key(Qt.Key.Key_V, CONTROL)
    assert len(user.window.tabs) == 1
    user.until(lambda: _desk(user).rows == 18)


def test_two_views_by_keys_and_by_the_switch_and_the_last_one_is_remembered(
    user: User, theme: Theme, settings: QSettings
) -> None:
    user.key(Qt.Key.Key_1, CONTROL)
    assert _view(user) is View.DATA
    assert _data(user).middle.isVisible()
    assert not user.window.palette_.isVisible()
    data, network = user.window.centre.switch.segments
    user.click(network)
    assert _view(user) is View.NETWORK
    assert user.window.palette_.isVisible()
    network.setFocus()
    user.key(Qt.Key.Key_Left)
    assert _view(user) is View.DATA
    assert data.isChecked()
    user.until(lambda: _desk(user).rows == 1000)
    close(user.window)
    again = show(MainWindow(theme, user_document(), settings), user.qtbot)
    assert again.window.centre.view is View.DATA
    close(again.window)


def user_document() -> Document:
    return Document(examples()["iris"].graph())


def test_a_bundled_set_is_shown_as_it_is_with_its_origin(user: User) -> None:
    user.document.set_data(DataSettings(dataset="penguins"))
    user.key(Qt.Key.Key_1, CONTROL)
    user.until(lambda: _desk(user).rows == 342)
    said = " ".join(label.text() for label in _data(user).left.findChildren(QLabel) if label.isVisible())
    assert "Licence: CC0" in said
    assert "elsewhere such a network would fail" in said
    assert all(look.fixed for look in _data(user).table.head.looks)


def test_a_file_used_lately_is_one_click_away(user: User, penguins: Path) -> None:
    user.drop_file(penguins)
    user.document.stack.undo()
    assert user.document.data.path is None
    user.click(user.button("penguins.csv"))
    assert user.document.data.path == str(penguins)


def test_a_row_is_gone_to_by_its_number(user: User, penguins: Path) -> None:
    user.drop_file(penguins)
    _until_known(user)
    user.key(Qt.Key.Key_G, CONTROL)
    QTest.keyClicks(_data(user).strip.row, "300")
    QTest.keyClick(_data(user).strip.row, Qt.Key.Key_Return)
    assert _data(user).table.currentIndex().row() == 299
    assert QApplication.focusWidget() is _data(user).table


def test_a_series_alone_is_learned_from_after_one_more_click(user: User, tmp_path: Path) -> None:
    path = tmp_path / "passengers.csv"
    rows = (f"{1949 + k // 12}-{1 + k % 12:02},{100 + 3 * k % 17 + k}\n" for k in range(120))
    path.write_text("month,passengers\n" + "".join(rows), encoding="utf-8")
    user.drop_file(path)
    trouble = _data(user).trouble
    user.until(lambda: bool(trouble.offer_buttons) and trouble.offer_buttons[0].isVisible())
    assert "from its own past" in trouble.offer_buttons[0].text()
    user.click(trouble.offer_buttons[0])
    user.until(lambda: user.document.data_spec is not None)
    assert user.document.data.recipe.windows is not None
    user.until(lambda: not trouble.offer_buttons)
    user.document.stack.undo()
    assert user.document.data.recipe.windows is None


def test_the_data_view_is_made_in_parts_where_it_is_expected(user: User) -> None:
    workspace = user.window.workspace
    workspace.expect_data_view()
    assert workspace._data_parts.is_busy(), "frames are painted between its parts"
    view = workspace.data_view
    assert not workspace._data_parts.is_busy(), "who wants it waits for all of it"
    assert view.right.findChild(ProposalCard) is not None
    assert view.right.findChild(PreparePanel) is not None
    workspace.expect_data_view()
    assert workspace.data_view is view


def test_nothing_is_made_ahead_while_a_network_trains(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(user.window.data_files, "expect", lambda: asked.append("expect"))
    monkeypatch.setattr("app.window.data_files.REST_MS", 0)
    monkeypatch.setattr(user.window.training, "_state", TrainState.RUNNING)
    user.window.data_files.expect_at_rest()
    QApplication.processEvents()
    assert asked == []
    monkeypatch.setattr(user.window.training, "_state", TrainState.IDLE)
    user.until(lambda: asked == ["expect"])
