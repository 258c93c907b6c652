"""Shows every widget and view with invented values, to look at them: not a test, a page to judge by eye.

`python -m tests.app.gallery OUT_FOLDER [dark|light ...]` writes one PNG a page and theme; `QT_SCALE_FACTOR=2`
makes them as sharp as on a 2x screen. Without a folder it opens the pages as windows.
"""

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PySide6.QtCore import QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QHBoxLayout, QVBoxLayout, QWidget

from app.plots.curves import CurvesView, RunCurves
from app.plots.track import Track
from app.theme import FontRole, Theme
from app.widgets import (
    Bounds,
    Button,
    Chip,
    ChoiceField,
    CollapsibleSection,
    DockTabs,
    ElidedLabel,
    Heading,
    IconButton,
    NumberCodec,
    NumberField,
    ProgressStrip,
    SearchField,
    SwitchField,
    TextField,
    TextLabel,
    TupleField,
)


def top_bar(theme: Theme) -> QWidget:
    """The controls of the bar at the top."""
    page = QWidget()
    row = QHBoxLayout(page)
    row.setSpacing(8)
    row.addWidget(TextLabel(theme, "Layerloom", role=FontRole.TITLE))
    for name in ("open", "save", "undo", "redo"):
        row.addWidget(IconButton(theme, name, name.capitalize()))
    row.addWidget(Button(theme, "Pause", icon="pause", kind="primary"))
    row.addWidget(Button(theme, "Step", icon="step"))
    stop = Button(theme, "Stop", icon="stop")
    stop.setEnabled(False)
    row.addWidget(stop)
    row.addWidget(Button(theme, "Reset", kind="quiet"))
    progress = ProgressStrip(theme)
    progress.set_progress(0.64, "epoch 2 of 3 \u00b7 step 1,204 / 1,876 \u00b7 9 s left")
    row.addWidget(progress, 1)
    chip = Chip(theme, "GL \u00b7 Radeon 780M", detail="84 MB", clickable=True)
    chip.set_dot("good", "running")
    row.addWidget(chip)
    row.addWidget(SearchField(theme, "Search", shortcut_text="Ctrl K"))
    return page


def inspector(theme: Theme) -> QWidget:
    """A form of all kinds of fields, one of them wrong."""
    page = QWidget()
    page.setFixedWidth(316)
    column = QVBoxLayout(page)
    column.setContentsMargins(20, 16, 20, 16)
    column.setSpacing(12)
    column.addWidget(TextLabel(theme, "Conv2D", role=FontRole.TITLE))
    column.addWidget(
        ElidedLabel(theme, "conv_2 \u00b7 64 filters look for patterns of 3 \u00d7 3 in this", tone="dim")
    )
    whole = NumberCodec(integer=True, bounds=Bounds(1, 4096))
    column.addWidget(NumberField(theme, "Filters", 64, codec=whole, help_text="how many patterns it learns"))
    column.addWidget(TupleField(theme, "Kernel size", (3, 3)))
    column.addWidget(ChoiceField(theme, "Padding", [("same", "same"), ("valid", "valid")]))
    rate = NumberField(theme, "Learning rate", 1e-3, codec=NumberCodec(bounds=Bounds(0, None, True)))
    column.addWidget(rate)
    dropout = NumberField(theme, "Dropout", 0.5, codec=NumberCodec(bounds=Bounds(0, 1, False, True)))
    dropout.set_error("Give a number of at least 0 and below 1; 2 is too large.")
    column.addWidget(dropout)
    column.addWidget(SwitchField(theme, "Bias", True))
    column.addWidget(SwitchField(theme, "Trainable", False, help_text="off keeps the weights as they are"))
    column.addWidget(TextField(theme, "Name", "conv_2"))
    disabled = NumberField(theme, "Groups", 1, codec=whole)
    disabled.setEnabled(False)
    column.addWidget(disabled)
    column.addWidget(Heading(theme, "What it sees now"))
    column.addStretch()
    return page


def palette(theme: Theme) -> QWidget:
    """Search and folding sections."""
    page = QWidget()
    page.setFixedWidth(230)
    column = QVBoxLayout(page)
    column.addWidget(SearchField(theme, "Find a layer\u2026"))
    core = QWidget()
    names = QVBoxLayout(core)
    for tone in ("text", "dim", "accent", "good", "warn", "bad"):
        names.addWidget(TextLabel(theme, f"A line in the tone {tone}", tone=tone))
    column.addWidget(CollapsibleSection(theme, "Core", core, 6))
    folded = CollapsibleSection(theme, "Convolution", QWidget(), 11)
    folded.heading.setChecked(False)
    column.addWidget(folded)
    tabs = DockTabs(theme)
    for text in ("Curves", "Runs", "Problems"):
        tabs.addTab(text)
    tabs.set_count(2, 3)
    column.addWidget(tabs)
    column.addStretch()
    return page


def widgets_page(theme: Theme) -> QWidget:
    """All of `app.widgets`."""
    page = QWidget()
    column = QVBoxLayout(page)
    column.addWidget(top_bar(theme))
    row = QHBoxLayout()
    row.addWidget(palette(theme))
    row.addWidget(inspector(theme))
    row.addStretch()
    column.addLayout(row)
    page.resize(1400, 640)
    return page


def fill_curves(view: CurvesView) -> None:
    """Two and a half of three epochs of a run that over-fits a little."""
    random = np.random.default_rng(3)
    steps = np.arange(1, 1500)
    epochs = steps / 600
    ideal = 0.03 + 0.9 * np.exp(-3.2 * epochs)
    view.set_planned_epochs(3)
    view.append("loss", "training", epochs, ideal * random.lognormal(0, 0.18, steps.size))
    at = np.arange(0.25, 2.5, 0.25)
    view.append("loss", "validation", at, 0.045 + 0.85 * np.exp(-3.2 * at) + 0.01 * np.maximum(0, at - 1.5))
    view.append(
        "accuracy", "training", epochs, np.clip(1 - ideal * random.lognormal(0, 0.18, steps.size), 0, 1)
    )
    view.append("accuracy", "validation", at, 0.97 - 0.6 * np.exp(-3.2 * at))


def curves_page(theme: Theme) -> QWidget:
    """Learning curves: wide with a log scale, narrow with earlier runs, empty."""
    page = QWidget()
    column = QVBoxLayout(page)
    tracks = [Track("loss", "Loss", log=True), Track("accuracy", "Accuracy", better="higher")]
    wide = CurvesView(theme, tracks)
    wide.setFixedHeight(260)
    fill_curves(wide)
    column.addWidget(wide)
    row = QHBoxLayout()
    tall = CurvesView(theme, tracks)
    tall.set_log("loss", False)
    fill_curves(tall)
    at = np.linspace(0.02, 3, 300)
    tall.set_runs(
        [
            RunCurves(
                "run 3, no dropout",
                {
                    ("loss", "training"): (at, 0.1 + np.exp(-2 * at)),
                    ("loss", "validation"): (at[::30], 0.14 + np.exp(-2 * at[::30])),
                },
            ),
            RunCurves("run 2", {("loss", "validation"): (at[::30], 0.3 + 0.5 * np.exp(-2 * at[::30]))}),
        ]
    )
    row.addWidget(tall, 2)
    row.addWidget(CurvesView(theme, tracks), 1)
    column.addLayout(row, 1)
    page.resize(1180, 800)
    QTimer.singleShot(0, lambda: tall.point_at(1.2))
    return page


PAGES: dict[str, Callable[[Theme], QWidget]] = {"widgets": widgets_page, "curves": curves_page}


def main(arguments: list[str]) -> int:
    """Writes or shows the pages."""
    app = QApplication(sys.argv[:1])
    theme = Theme("dark", reduced_motion=True)
    theme.apply(app)
    pages = {name: build(theme) for name, build in PAGES.items()}
    for page in pages.values():
        page.show()
    if not arguments:
        return app.exec()
    folder = Path(arguments[0])
    folder.mkdir(parents=True, exist_ok=True)
    for mode in arguments[1:] or ["dark", "light"]:
        theme.set_mode("light" if mode == "light" else "dark")
        for name, page in pages.items():
            QTest.qWait(120)
            page.grab().save(str(folder / f"{name}-{mode}.png"))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
