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
from PySide6.QtWidgets import QApplication, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from app.plots.confusion import ConfusionView
from app.plots.curves import CurvesView, RunCurves
from app.plots.decision import DecisionView
from app.plots.fit import FitView
from app.plots.parity import ParityView
from app.plots.pictures import PictureGrid, Pictures
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


def spiral(count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Points of two spiral arms and their classes."""
    random = np.random.default_rng(5)
    turn = np.linspace(0.3, 1, count) * 9
    classes = np.arange(count) % 2
    angle = turn + np.pi * classes + random.normal(0, 0.08, count)
    return turn / 9 * np.cos(angle), turn / 9 * np.sin(angle), classes


def planes_page(theme: Theme) -> QWidget:
    """Decision fields of two and of five classes, a fit, a parity plot, and empty views."""
    page = QWidget()
    grid = QGridLayout(page)
    grid.setSpacing(24)
    y, x = np.mgrid[-1:1:64j, -1:1:64j]
    two = DecisionView(theme)
    two.set_axis_names("x1", "x2")
    two.set_classes(["inner", "outer"])
    two.set_extent((-1.1, 1.1, -1.1, 1.1))
    two.set_probability(1 / (1 + np.exp(-7 * np.sin(np.arctan2(y, x) - 9 * np.hypot(x, y)))))
    a, b, c = spiral(300)
    two.set_points("training", a[:240], b[:240], c[:240])
    two.set_points("validation", a[240:], b[240:], c[240:])
    five = DecisionView(theme)
    five.set_axis_names("petal length", "petal width")
    five.set_classes(["setosa", "versicolor", "virginica", "fourth", "fifth"])
    five.set_extent((-1, 1, -1, 1))
    angle = np.arctan2(y, x)
    five.set_decision(((angle + np.pi) / (2 * np.pi) * 4.99).astype(int), np.minimum(1, 1.5 * np.hypot(x, y)))
    random = np.random.default_rng(1)
    spot = random.uniform(-0.9, 0.9, (150, 2))
    arms = (np.arctan2(spot[:, 1], spot[:, 0]) + np.pi) / (2 * np.pi) * 4.99
    five.set_points("training", spot[:, 0], spot[:, 1], arms.astype(int))
    fit = FitView(theme)
    at = random.uniform(-2, 2, 80)
    noisy = 1.5 * at**2 - 0.7 * at + 0.3 + random.normal(0, 0.5, 80)
    fit.set_points("training", at[:60], noisy[:60])
    fit.set_points("validation", at[60:], noisy[60:])
    line = np.linspace(-2, 2, 100)
    fit.set_curve(line, 1.5 * line**2 - 0.7 * line + 0.3)
    fit.set_residuals(at[:60], noisy[:60], 1.5 * at[:60] ** 2 - 0.7 * at[:60] + 0.3)
    fit.set_title("a = 1.498   b = \u22120.702   c = 0.311")
    parity = ParityView(theme)
    true = random.uniform(5, 50, 200)
    parity.set_points("training", true[:150], true[:150] + random.normal(0, 3, 150))
    parity.set_points("validation", true[150:], true[150:] + random.normal(0, 4, 50))
    parity.set_title("R² 0.871 on validation")
    for place, view in enumerate((two, five, fit, parity, DecisionView(theme), ParityView(theme))):
        grid.addWidget(view, place // 3, place % 3)
    page.resize(1280, 760)
    return page


def digits(count: int) -> Pictures:
    """Strokes that could be digits."""
    random = np.random.default_rng(2)
    y, x = np.mgrid[-1:1:28j, -1:1:28j]
    turn, size = random.uniform(0, 6, (2, count, 1, 1))
    ring = np.exp(-((np.hypot(x - 0.1 * np.cos(turn), y) - 0.45) ** 2) * 60) * (
        np.cos(np.arctan2(y, x) - turn) > size / 6 - 0.9
    )
    true = random.integers(0, 10, count)
    predicted = np.where(random.random(count) < 0.2, (true + 3) % 10, true)
    names = [str(digit) for digit in range(10)]
    return Pictures.of(255 * ring, predicted, true, np.sort(random.uniform(0.4, 1, count)), names)


def pictures_page(theme: Theme) -> QWidget:
    """Test pictures with short and long class names, and confusion matrices of 10, 3 and 40 classes."""
    page = QWidget()
    column = QVBoxLayout(page)
    grid = PictureGrid(theme)
    grid.set_pictures(digits(40))
    column.addWidget(grid, 1)
    clothes = [
        "T-shirt/top",
        "Trouser",
        "Pullover",
        "Dress",
        "Coat",
        "Sandal",
        "Shirt",
        "Sneaker",
        "Bag",
        "Ankle boot",
    ]
    few = digits(8)
    colour = np.repeat(few.images[..., None], 3, axis=3) // np.array([1, 2, 3], np.uint8)
    second = PictureGrid(theme)
    second.set_pictures(Pictures.of(colour, few.predicted, few.true, few.confidence, clothes))
    second.setFixedHeight(150)
    column.addWidget(second)
    random = np.random.default_rng(4)
    row = QHBoxLayout()
    for names, right in (
        ([str(d) for d in range(10)], 960),
        (["setosa", "versicolor", "virginica"], 12),
        ([f"class {k}" for k in range(40)], 90),
        (clothes, 870),
    ):
        counts = random.poisson(3, (len(names), len(names))) * (random.random((len(names), len(names))) < 0.6)
        matrix = ConfusionView(theme)
        matrix.set_counts(counts + np.diag(np.full(len(names), right)), names)
        row.addWidget(matrix, 1)
        if len(names) == 10 and right == 960:
            QTimer.singleShot(0, lambda view=matrix: view.point_at((4, 9)))
    column.addLayout(row, 1)
    page.resize(1400, 800)
    return page


PAGES: dict[str, Callable[[Theme], QWidget]] = {
    "widgets": widgets_page,
    "curves": curves_page,
    "planes": planes_page,
    "pictures": pictures_page,
}


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
