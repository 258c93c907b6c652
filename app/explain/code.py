"""The text of the program that computes a number: the shader of a GPU, or what the processor runs."""

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QTextCursor, QTextFormat
from PySide6.QtWidgets import QPlainTextEdit, QTextEdit, QVBoxLayout, QWidget

from app.theme import SPACE, FontRole, Theme
from app.widgets import ElidedLabel
from app.widgets.segmented import SegmentedControl
from engine.program.program import Node
from engine.training.explain.code import numpy_text
from engine.training.explain.trace import Trace

SHADER, NUMPY = 0, 1


class CodeView(QWidget):
    """Shows one of two texts, with the line that matters lit and in the middle."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._texts = ("", "")
        self._lines = (0, 0)
        choices = (
            (self.tr("Shader"), self.tr("What a GPU runs")),
            (self.tr("NumPy"), self.tr("What the processor runs")),
        )
        self.which = SegmentedControl(theme, choices, self.tr("Program that computes it"))
        self.title = ElidedLabel(theme, role=FontRole.SMALL, tone="dim")
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.text.setFrameShape(QPlainTextEdit.Shape.NoFrame)
        self.text.setFont(theme.font(FontRole.MONO_SMALL))
        self.text.setAccessibleName(self.tr("Program that computes the number"))
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * SPACE, SPACE, 2 * SPACE, 2 * SPACE)
        column.setSpacing(SPACE)
        column.addWidget(self.which, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self.title)
        column.addWidget(self.text, 1)
        self.which.chosen.connect(self._show)
        theme.changed.connect(self._on_theme_changed)

    def show_node(self, node: Node | None, trace: Trace) -> None:
        """Show what computes the output of a node."""
        if node is None:
            nothing = tr("Nothing computes it: it is given, or learned.")
            self._texts, self._lines = (nothing, nothing), (0, 0)
            self.title.setText("")
        else:
            shader, line = _shader_of(node, trace)
            self._texts, self._lines = (
                (shader, numpy_text(node.op, len(node.inputs)) or tr("Its text is not here.")),
                (line, 0),
            )
            self.title.setText(tr("The operation {name}").format(name=node.op.name))
        self._show()

    def _show(self, *_: object) -> None:
        place = self.which.current()
        self.text.setPlainText(self._texts[place])
        block = self.text.document().findBlockByNumber(self._lines[place])
        cursor = QTextCursor(block)
        lit = QTextEdit.ExtraSelection()
        lit.cursor = cursor
        lit.format.setBackground(self._theme.color("accent", 0.25))
        lit.format.setProperty(QTextFormat.Property.FullWidthSelection, True)
        self.text.setExtraSelections([lit] if self._lines[place] else [])
        self.text.setTextCursor(cursor)
        self.text.centerCursor()

    def _on_theme_changed(self) -> None:
        self.text.setFont(self._theme.font(FontRole.MONO_SMALL))
        self._show()


def _shader_of(node: Node, trace: Trace) -> tuple[str, int]:
    try:
        from gl_kernels.reading import listing_of
    except ImportError:  # no OpenGL of ours for this computer
        return tr("There are no shaders on this computer: the processor computes everything."), 0
    specs = [trace.program.values[i].spec for i in node.inputs]
    literals = {
        k: float(trace.program.constants[i].reshape(()))
        for k, i in enumerate(node.inputs)
        if i in trace.program.constants and trace.program.constants[i].ndim == 0
    }
    found = listing_of(
        node.op, node.attrs, specs, [trace.program.values[i].spec for i in node.outputs], literals
    )
    return (found, 0) if isinstance(found, str) else (found.text, found.line)


def tr(text: str) -> str:
    """In the language of the window."""
    return QCoreApplication.translate("Explain", text)
