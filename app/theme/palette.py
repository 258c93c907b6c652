"""From colour tokens to what Qt's Fusion style understands: a palette, and a style sheet for the rest.

The style sheet is small on purpose. Whatever has behaviour of its own (fields, switches, chips) paints
itself in `app.widgets`; here are only the stock widgets that the window uses as they are.
"""

from string import Template
from typing import Final

from PySide6.QtGui import QColor, QPalette

from app.theme.metrics import RADIUS_CONTROL
from app.theme.tokens import Tokens

_ROLES: Final[dict[QPalette.ColorRole, str]] = {
    QPalette.ColorRole.Window: "panel",
    QPalette.ColorRole.WindowText: "text",
    QPalette.ColorRole.Base: "raised",
    QPalette.ColorRole.AlternateBase: "panel",
    QPalette.ColorRole.Text: "text",
    QPalette.ColorRole.PlaceholderText: "dim",
    QPalette.ColorRole.Button: "raised",
    QPalette.ColorRole.ButtonText: "text",
    QPalette.ColorRole.BrightText: "bad",
    QPalette.ColorRole.Highlight: "accent",
    QPalette.ColorRole.HighlightedText: "on_accent",
    QPalette.ColorRole.Accent: "accent",
    QPalette.ColorRole.Link: "accent_text",
    QPalette.ColorRole.LinkVisited: "accent_text",
    QPalette.ColorRole.ToolTipBase: "raised",
    QPalette.ColorRole.ToolTipText: "text",
    QPalette.ColorRole.Light: "hover",
    QPalette.ColorRole.Midlight: "raised",
    QPalette.ColorRole.Mid: "line",
    QPalette.ColorRole.Dark: "line",
    QPalette.ColorRole.Shadow: "window",
}

_TEXT_ROLES: Final = (QPalette.ColorRole.WindowText, QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText)


def make_palette(tokens: Tokens) -> QPalette:
    """The palette of a theme; text of disabled widgets is `faint`."""
    palette = QPalette()
    for role, token in _ROLES.items():
        palette.setColor(role, QColor(tokens.role(token)))
    for role in _TEXT_ROLES:
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor(tokens.faint))
    palette.setColor(QPalette.ColorGroup.Disabled, QPalette.ColorRole.Highlight, QColor(tokens.line))
    return palette


def make_style_sheet(tokens: Tokens) -> str:
    """The style sheet of a theme for stock widgets (menus, scroll bars, lists, tabs, docks, buttons)."""
    values = {slot: getattr(tokens, slot) for slot in tokens.__slots__} | {"radius": RADIUS_CONTROL}
    return _TEMPLATE.substitute(values)


_TEMPLATE: Final = Template("""
QToolTip { color: $text; background: $raised; border: 1px solid $line; padding: 4px 8px; }
QMainWindow, QDialog { background: $panel; }
QMainWindow::separator { background: $line; width: 1px; height: 1px; }
QMainWindow::separator:hover { background: $accent; }
QSplitter::handle { background: $line; }
QSplitter::handle:hover { background: $accent; }
QStatusBar { background: $panel; color: $dim; }
QStatusBar::item { border: none; }

QMenuBar { background: $panel; }
QMenuBar::item { padding: 4px 8px; border-radius: 4px; }
QMenuBar::item:selected { background: $hover; }
QMenu { background: $raised; border: 1px solid $line; padding: 4px; menu-scrollable: 1; }
QMenu::item { padding: 5px 24px 5px 12px; border-radius: 5px; color: $text; }
QMenu::icon { padding-left: 8px; }
QMenu::item:selected { background: $line; }
QMenu::item:disabled { color: $faint; background: transparent; }
QMenu::separator { height: 1px; background: $line; margin: 3px 8px; }

QDialogButtonBox { dialogbuttonbox-buttons-have-icons: 0; }
QPushButton { background: $raised; color: $text; border: 1px solid $line; border-radius: ${radius}px;
    padding: 0 14px; min-height: 28px; }
QPushButton:hover { background: $hover; }
QPushButton:pressed { background: $line; }
QPushButton:focus { border-color: $accent; }
QPushButton:disabled { color: $faint; }
QPushButton[kind="primary"] { background: $accent; color: $on_accent; border-color: $accent;
    font-weight: 600; }
QPushButton[kind="primary"]:focus { border-color: $text; }
QPushButton[kind="primary"]:disabled { background: $raised; color: $faint; border-color: $line; }
QPushButton[kind="quiet"] { background: transparent; border-color: transparent; color: $dim; padding: 0 8px; }
QPushButton[kind="quiet"]:hover { background: $hover; color: $text; }
QPushButton[kind="quiet"]:focus { border-color: $accent; }
QPushButton[kind="toggle"] { background: transparent; color: $dim; padding: 0 8px; min-height: 18px;
    border-radius: 10px; }
QPushButton[kind="toggle"]:hover { background: $hover; }
QPushButton[kind="toggle"]:checked { background: $hover; color: $text; border-color: $dim; }
QPushButton[kind="toggle"]:focus { border-color: $accent; }
QToolButton { background: transparent; border: 1px solid transparent; border-radius: ${radius}px;
    padding: 4px; }
QToolButton:hover { background: $hover; }
QToolButton:pressed, QToolButton:checked { background: $line; }
QToolButton:focus { border-color: $accent; }
QTabBar::scroller { width: 22px; }
QToolButton#ScrollLeftButton, QToolButton#ScrollRightButton { background: $panel; border: none; border-radius: 0;
    padding: 0; }
QToolButton#ScrollLeftButton:hover, QToolButton#ScrollRightButton:hover { background: $hover; }

QLineEdit, QPlainTextEdit, QTextEdit { background: $raised; color: $text; border: 1px solid $line;
    border-radius: ${radius}px; padding: 0 8px; selection-background-color: $accent;
    selection-color: $on_accent; }
QLineEdit { min-height: 28px; }
QLineEdit:focus, QPlainTextEdit:focus, QTextEdit:focus { border-color: $accent; }
QLineEdit:disabled { color: $faint; }
QLineEdit[search="true"] { padding: 0 2px; }
QComboBox QAbstractItemView { background: $raised; border: 1px solid $line; padding: 4px; outline: none; }
QComboBox QAbstractItemView::item { min-height: 24px; padding: 0 8px; border-radius: 5px; color: $text; }
QComboBox QAbstractItemView::item:hover { background: $hover; }
QComboBox QAbstractItemView::item:selected { background: $chosen; color: $text; }

QListView, QTreeView, QTableView { background: $panel; border: none; outline: none;
    alternate-background-color: $raised; gridline-color: $line; selection-background-color: $chosen;
    selection-color: $text; }
QListView::item, QTreeView::item { padding: 0 8px; height: 26px; }
QTreeView::indicator:unchecked { width: 12px; height: 12px; border: 1px solid $faint; border-radius: 3px; }
QTableView[padded="true"]::item { padding: 0 8px; }
QListView::item:hover, QTreeView::item:hover { background: $hover; color: $text; }
QListView::item:selected, QTreeView::item:selected, QTableView::item:selected {
    background: $chosen; color: $text; }
QHeaderView::section { background: $panel; color: $dim; border: none; border-bottom: 1px solid $line;
    padding: 4px 8px; }

QScrollArea { background: transparent; border: none; }
QScrollBar { background: transparent; border: none; margin: 0; }
QScrollBar:vertical { width: 10px; }
QScrollBar:horizontal { height: 10px; }
QScrollBar::handle { background: $line; border-radius: 3px; margin: 2px; }
QScrollBar::handle:vertical { min-height: 28px; }
QScrollBar::handle:horizontal { min-width: 28px; }
QScrollBar::handle:hover { background: $faint; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }

QProgressBar { background: $line; color: $text; border: none; border-radius: 4px; text-align: center; }
QProgressBar::chunk { background: $accent; border-radius: 4px; }

QDockWidget { color: $dim; }
QDockWidget::title { background: $panel; padding: 6px 12px; }
QGroupBox { border: 1px solid $line; border-radius: ${radius}px; margin-top: 12px; padding-top: 8px; }
QGroupBox::title { subcontrol-origin: margin; left: 10px; color: $dim; }
QFrame[frameShape="4"], QFrame[frameShape="5"] { color: $line; }

QLabel[tone="dim"] { color: $dim; }
QLabel[tone="accent"] { color: $accent_text; }
QLabel[tone="good"] { color: $good_text; }
QLabel[tone="warn"] { color: $warn_text; }
QLabel[tone="bad"] { color: $bad_text; }
""")
