"""Which columns of the table matter: how much worse the network does when the values of one are dealt out among rows."""

import csv
import io
from collections.abc import Sequence
from html import escape
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QRect
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget
from typing_extensions import override

from app.i18n import declared, together
from app.places import ask_to_save
from app.plots.export import picture
from app.plots.ranking import Bar, RankingView
from app.plots.ticks import short_text, value_text
from app.predictions.view import PredictionView, Question, choice
from app.theme import SPACE, FontRole, Theme
from app.widgets import Button, IconButton, ProgressStrip, TextLabel
from app.widgets.scrolling import downwards
from engine.data.export import neutralized
from engine.formats.atomic import replacing
from engine.formats.errors import FormatError
from engine.objectives.metric import METRICS
from engine.training.predictions.importance import MOST_COLUMNS, REPEATS, Matter, ranked, table_columns
from engine.training.reports import Pictured
from engine.training.watching import importance
from engine.training.watching.wish import Wish

PART = "importance"


class Importance(PredictionView):
    """Bars, the column that matters most on top, for the first metric or another figure."""

    def __init__(self, theme: Theme, question: Question, key: str) -> None:
        super().__init__(theme, question, key)
        self._columns = [column.title for column in table_columns(question.bundle)]
        self._found: Pictured | None = None
        self._cancelled = False
        self._figure = choice(theme, self.tr("Figure that gets worse"), [])
        self._again = Button(theme, self.tr("Measure"), kind="quiet")
        self._copy = Button(theme, self.tr("Copy"), kind="quiet")
        self._copy.setToolTip(self.tr("Copy as a table"))
        self._export = IconButton(theme, "save", self.tr("Save as PNG, SVG or CSV"))
        self._bars = RankingView(theme)
        self._bars.introduce(self.tr("Which columns matter"), "")
        self._progress = ProgressStrip(theme)
        self._progress.setAccessibleName(self.tr("Progress of measuring"))
        self._cancel = Button(theme, self.tr("Cancel"), kind="quiet")
        self._note = TextLabel(theme, role=FontRole.SMALL, tone="dim", wrap=True)
        self._page = QWidget()
        self._lay_out()
        self._working.hide()
        self._figure.activated.connect(self._draw)
        self._again.clicked.connect(self._on_again)
        self._cancel.clicked.connect(self._on_cancel)
        self._copy.clicked.connect(self.copy)
        self._bars.copy_wanted.connect(self.copy)
        self._export.clicked.connect(self.ask_for_file)
        self._show_state()

    def _lay_out(self) -> None:
        self._working = QWidget()
        row = QHBoxLayout(self._working)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._progress, 1)
        row.addWidget(self._cancel)
        inner = QWidget()
        self._below = QVBoxLayout(inner)  # of low panels most would be words, if these did not scroll along
        self._below.setContentsMargins(0, 0, SPACE, 0)
        self._below.addWidget(self._bars, 1)
        self._below.addWidget(self._note)
        self._below.addStretch()
        self._area = downwards(inner, see_through=True)
        self._bars.shown.connect(self._on_bars_shown)
        column = QVBoxLayout(self._page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE)
        column.addWidget(self._working)
        column.addWidget(self._area, 1)
        self._page.setFocusProxy(self._bars)

    @staticmethod
    @override
    def title() -> str:
        return QCoreApplication.translate("Presenter", "Which columns matter")

    @staticmethod
    @override
    def rank(question: Question) -> int | None:
        if question.answer.feature.name in question.bundle.inputs or len(question.rows) < 2:
            return None
        return 28 if 2 <= len(table_columns(question.bundle)) <= MOST_COLUMNS else None

    @property
    @override
    def widget(self) -> QWidget:
        return self._page

    @override
    def controls(self) -> Sequence[QWidget]:
        return self._figure, self._again, self._copy, self._export

    @override
    def wishes(self) -> tuple[Wish, ...]:
        if self._cancelled:
            return ()
        return (importance.Importance(self.name(PART), output=self.question.answer.output),)

    # -- what is measured ----------------------------------------------------------------------------
    @override
    def show(self, pictured: Pictured) -> None:
        if not self.is_mine(pictured, PART) or self._cancelled:
            return
        if pictured.sentence:
            self._found = None
            self._bars.set_bars([])
        elif importance.MEANS in pictured.outputs:
            self._found = pictured
            self._offer([str(name) for name in pictured.outputs[importance.FIGURES]])
            self._draw()
        self._show_progress(pictured)
        self._show_state()

    def _show_progress(self, pictured: Pictured) -> None:
        """The first time; afterwards bars go on to be right while more is learned."""
        whole = self._repeats == REPEATS
        done = int(pictured.outputs.get(importance.DONE, 0))
        total = int(pictured.outputs.get(importance.TOTAL, 0))
        self._working.setVisible(not whole and done < total)
        words = self.tr("{done:,} of {total:,} measurements").format(done=done, total=total)
        self._progress.set_progress(done / total if total else None, words)

    @property
    def _repeats(self) -> int:
        return int(self._found.outputs[importance.REPEATED]) if self._found is not None else 0

    def _show_state(self) -> None:
        has = self._found is not None
        self._figure.setVisible(self._figure.count() > 1)
        self._again.setVisible(self._cancelled)
        for part in (self._copy, self._export, self._note):
            part.setVisible(has)
        self._below.setStretch(0, 0 if has else 1)  # without bars there is a sentence in the middle
        self._below.setStretch(2, 1 if has else 0)
        self._working.setVisible(self._working.isVisibleTo(self._page) and not self._cancelled)
        self._bars.set_empty_text(
            self.tr("Measuring was cancelled.")
            if self._cancelled
            else self.tr("It is measured which columns matter.")
            if self._working.isVisibleTo(self._page)
            else self.tr("Press Train: which columns matter appears here.")
        )

    def _offer(self, figures: list[str]) -> None:
        titles = [_title(name) for name in figures]
        if [self._figure.itemText(k) for k in range(self._figure.count())] != titles:
            self._figure.clear()
            self._figure.addItems(titles)
            self._figure.setCurrentIndex(min(1, len(titles) - 1))  # the first metric, behind the loss

    def matters(self, at: int | None = None) -> list[Matter]:
        """What the columns are to a figure, that which is shown unless told otherwise; the most important first."""
        if self._found is None:
            return []
        found, k = self._found.outputs, max(0, self._figure.currentIndex() if at is None else at)
        before, greater = float(found[importance.BEFORE][k]), bool(found[importance.GREATER][k])
        means, spreads = found[importance.MEANS][k], found[importance.SPREADS][k]
        return ranked(self._columns, means, spreads, before, greater=greater)

    def _draw(self, _index: int = 0) -> None:
        if self._found is None:
            return
        figure = self._figure.currentText()
        at = max(0, self._figure.currentIndex())
        before = float(self._found.outputs[importance.BEFORE][at])
        words = self.tr("{column}: {figure} goes from {before} to {after} without it, give or take {spread}.")
        self._bars.set_bars(
            [
                Bar(
                    one.title,
                    one.worse,
                    one.spread,
                    escape(
                        words.format(
                            column=one.title,
                            figure=figure,
                            before=value_text(before, 3),
                            after=value_text(one.left, 3),
                            spread=short_text(one.spread, 2),
                        )
                    ),
                )
                for one in self.matters()
            ]
        )
        falls = self.tr("{figure}, now {before}, falls by")
        rises = self.tr("{figure}, now {before}, rises by")
        title = falls if self._found.outputs[importance.GREATER][at] else rises
        self._bars.set_title(title.format(figure=figure, before=value_text(before, 3)))
        self._note.setText(self._words())

    def _words(self) -> str:
        """What the bars are, and what they do not say."""
        found, question = self._found, self.question
        assert found is not None
        rows, all_rows = int(found.outputs[importance.ROWS]), len(question.rows)
        of_validation = self.tr(
            "Means and deviations of {count} times that the values of a column were dealt out among {rows} rows of "
            "validation, at step {step:,}."
        )
        of_training = self.tr(
            "Means and deviations of {count} times that the values of a column were dealt out among {rows} rows of "
            "training (there are none for validation), at step {step:,}."
        )
        drawn = self.tr("{rows:,} of {all:,}").format(rows=rows, all=all_rows)
        parts = [
            (of_validation if question.bundle.validation else of_training).format(
                count=self._repeats, rows=f"{rows:,}" if rows == all_rows else drawn, step=found.step
            ),
            self._scaled(),
            self.tr(
                "Columns that tell the same share what they are worth: each alone may seem to matter little."
            ),
        ]
        return together(*parts)

    def _scaled(self) -> str:
        """What 1 of an error is, where the target is scaled."""
        feature = self.question.answer.feature
        scaling = self.question.bundle.scaling.get(feature.name)
        if scaling is None or len(scaling.scale) != 1 or scaling.curves:
            return ""
        name = feature.column_names[0] if len(feature.column_names) == 1 else feature.name
        words = self.tr("The target is scaled: 1 of it is {size} of {name}.")
        return words.format(size=short_text(scaling.scale[0], 4), name=name)

    def _on_again(self) -> None:
        self._cancelled = False
        self._progress.set_progress(None, self.tr("Begins"))
        self._working.show()
        self._show_state()
        self.want_anew()

    def _on_cancel(self) -> None:
        self._cancelled = True
        self._show_state()
        self.want_anew()

    def _on_bars_shown(self, rect: QRect) -> None:
        self._area.ensureVisible(rect.center().x(), rect.center().y(), 0, rect.height())

    # -- elsewhere -----------------------------------------------------------------------------------
    def lines(self) -> list[list[object]]:
        """A table of all figures, with the names of its columns first."""
        head: list[object] = [
            "column",
            "figure",
            "as it is",
            "dealt out",
            "worse by",
            "deviation",
            "times",
            "rows",
        ]
        found: list[list[object]] = [head]
        if self._found is None:
            return found
        outputs = self._found.outputs
        for k, name in enumerate(outputs[importance.FIGURES]):
            before, rest = (
                float(outputs[importance.BEFORE][k]),
                (self._repeats, int(outputs[importance.ROWS])),
            )
            for one in self.matters(k):
                numbers = (before, one.left, one.worse, one.spread)
                found.append([one.title, str(name), *(float(f"{v:.6g}") for v in numbers), *rest])
        return found

    def copy(self) -> None:
        """Put the table on the clipboard, with tabs between cells."""
        text = "\n".join("\t".join(str(neutralized(cell)) for cell in line) for line in self.lines())
        QGuiApplication.clipboard().setText(text)

    def ask_for_file(self) -> None:
        """Ask where to save the bars, and save them."""
        kinds = ";;".join(
            (self.tr("Picture, dots (*.png)"), self.tr("Picture, lines (*.svg)"), self.tr("Numbers (*.csv)"))
        )
        name, chosen = ask_to_save(self._page, self.tr("Export which columns matter"), "columns.png", kinds)
        if name:
            path = Path(name)
            ending = chosen.rpartition("*")[2].rstrip(")")
            self.save(path if path.suffix else path.with_suffix(ending or ".png"))

    def save(self, path: Path) -> None:
        """Write the bars as they are or as numbers, by the ending; why that fails is said."""
        self._bars.point_at(None)  # nobody points at a picture
        kind = path.suffix.lower()
        content = self._csv() if kind == ".csv" else picture(self._bars, lines=kind == ".svg")
        try:
            with replacing(path) as file:
                file.write(content)
        except FormatError as error:
            self._note.setText(str(error))

    def _csv(self) -> bytes:
        text = io.StringIO()
        rows = ([neutralized(cell) for cell in line] for line in self.lines())
        csv.writer(text, lineterminator="\n").writerows(rows)
        return text.getvalue().encode()


def _title(figure: str) -> str:
    """A figure as the curves call it."""
    known = METRICS.first(lambda kind: kind.key() == figure)
    if known is not None:
        return declared(known.title())
    return QCoreApplication.translate("Importance", "Loss") if figure == "loss" else figure
