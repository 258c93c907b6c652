"""How each layer does, as a table that can be read without its colours."""

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.doctor.layers_table import LayersTable
from app.theme import Theme
from engine.training.doctor.observation import LayerSigns

NAMES = {"n2": "dense", "n3": "dense_1", "n4": "flatten"}
WELL = LayerSigns("n2", units=8, dead=0, flat=None, gradient=0.02, ratio=0.001)
ILL = LayerSigns("n3", units=8, dead=6, flat=0.9, gradient=1e-8, ratio=0.5)
BARE = LayerSigns("n4", units=3)


def test_each_layer_has_its_signs_and_what_is_not_well_is_said(theme: Theme, qtbot: QtBot) -> None:
    table = LayersTable(theme)
    qtbot.addWidget(table)
    table.show_layers((WELL, ILL, BARE, LayerSigns("gone")), NAMES)
    rows = [table.topLevelItem(k) for k in range(table.topLevelItemCount())]
    texts = [[row.text(k) for k in range(5)] for row in rows if row is not None]
    assert texts == [
        ["dense", "0 / 8", "", "2.0e-02", "0.1 %"],
        ["dense_1", "6 / 8", "90 %", "1.0e-08", "50 %"],
        ["flatten", "", "", "", ""],
    ]
    spoken = rows[1].data(1, Qt.ItemDataRole.AccessibleTextRole) if rows[1] is not None else ""
    assert spoken == "6 / 8, not well"
    table.resize(600, 200)
    assert not table.grab().isNull()


def test_a_row_leads_to_its_layer(theme: Theme, qtbot: QtBot) -> None:
    table = LayersTable(theme)
    qtbot.addWidget(table)
    table.resize(600, 200)
    table.show_layers((WELL, ILL), NAMES)
    table.show()
    row = table.topLevelItem(1)
    assert row is not None
    with qtbot.waitSignal(table.node_chosen) as chosen:
        spot = table.visualItemRect(row).center()
        QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, spot)
    assert chosen.args == ["n3"]
