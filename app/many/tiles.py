"""Variants as small pictures side by side: how each divides the plane, how its loss fell, and how it does now."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    QPointF,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QImage, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)
from typing_extensions import override

from app.i18n import declared
from app.theme import RADIUS_CONTROL, SPACE, FontRole, Theme, class_color
from app.widgets.painting import fill_rounded, outline_rounded
from engine.objectives.registry import metrics
from engine.training.many.reports import ManyProgress

Index = QModelIndex | QPersistentModelIndex
Floats = NDArray[np.float64]
LINE = 16
SIZES: Final = ((12, QSize(148, 98)), (36, QSize(120, 84)), (64, QSize(98, 72)))
"""Of a picture, where there are up to so many."""
KEPT: Final = 160  # points of a curve; of more, every second one goes


class Variants(QAbstractListModel):
    """What is known of the variants, in the order in which they are shown."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.words: Sequence[str] = ()
        self._told: Sequence[str] = ()
        self.order: list[int] = []
        self.best: int | None = None
        self.last: ManyProgress | None = None
        self.metric = ""  # what the metrics of the reports are called
        self.images: list[QImage] = []
        self._curves: list[Floats] = []  # (2, n): training and validation

    def begin(self, words: Sequence[str], told: Sequence[str]) -> None:
        """Show so many new variants, of which nothing is known yet.

        Args:
            words: their values, as short as pictures are small.
            told: the same with the names of the settings.
        """
        self.beginResetModel()
        self.words, self._told, self.order = words, told, list(range(len(words)))
        self.best, self.last, self.images, self.metric = None, None, [], ""
        self._curves = []
        self.endResetModel()

    def add(self, report: ManyProgress, images: list[QImage]) -> None:
        """Take in how they do now."""
        judged = report.validation if report.validation.size else np.full(report.losses.shape, np.nan)
        self._curves.append(np.stack([report.losses, judged]))
        if len(self._curves) > 2 * KEPT:
            self._curves = self._curves[::2]
        self._judge(report, images)

    def _judge(self, report: ManyProgress, images: list[QImage]) -> None:
        self.last, self.images = report, images
        scores = self.scores()
        self.best = int(np.nanargmin(scores)) if np.isfinite(scores).any() else None
        self.tell()

    def restore(self, report: ManyProgress, curves: Floats, images: list[QImage]) -> None:
        """Show how they did in a study that is over; `curves` as they were given."""
        self._curves = list(curves)
        self._judge(report, images)

    def tell(self) -> None:
        """All of them have changed."""
        if self.order:
            self.dataChanged.emit(self.index(0), self.index(len(self.order) - 1))

    def scores(self) -> Floats:
        """What counts, less is better: the validation loss, or that of training; not a number where there is none."""
        if self.last is None:
            return np.full(len(self.words), np.nan)
        scores: Floats = self.last.validation if self.last.validation.size else self.last.losses
        return np.where(np.isfinite(scores), scores, np.nan)

    def sort_best_first(self) -> None:
        """The best first, those that broke last."""
        self.layoutAboutToBeChanged.emit()
        self.order = [int(i) for i in np.argsort(np.nan_to_num(self.scores(), nan=np.inf), kind="stable")]
        self.layoutChanged.emit()

    def sort_as_chosen(self) -> None:
        """In the order of the values."""
        self.layoutAboutToBeChanged.emit()
        self.order = list(range(len(self.words)))
        self.layoutChanged.emit()

    def curves(self) -> Floats:
        """Losses (points, 2, n)."""
        return np.stack(self._curves) if self._curves else np.empty((0, 2, len(self.words)))

    def value_text(self, variant: int) -> str:
        """How a variant does: its loss, and the metric where that is known."""
        if self.last is None:
            return ""
        score = self.scores()[variant]
        if not np.isfinite(score):
            return self.tr("broke")
        figure = self._figure(variant)
        if np.isnan(figure):
            return f"{score:.3g}"
        return f"{score:.3g} · " + (f"{100 * figure:.0f} %" if self._is_share_right() else f"{figure:.3g}")

    def score_text(self, variant: int) -> str:
        """The same with words."""
        if self.last is None or not np.isfinite(self.scores()[variant]):
            return self.value_text(variant)
        loss = self.tr("loss {loss}").format(loss=f"{self.scores()[variant]:.3g}")
        figure = self._figure(variant)
        if np.isnan(figure):
            return loss
        told = f"{declared(metrics()[self.metric].title())} {figure:.3g}"
        if self._is_share_right():
            told = self.tr("{share:.0f} % right").format(share=100 * figure)
        return self.tr("{loss}, {figure}").format(loss=loss, figure=told)

    def _figure(self, variant: int) -> float:
        """What the metric says of a variant; not a number where nothing is known, or not by which name."""
        told = self.last.metrics if self.last is not None and self.metric in metrics() else np.empty(0)
        figure = float(told[variant]) if told.size else np.nan
        return figure if np.isfinite(figure) else np.nan

    def _is_share_right(self) -> bool:
        return metrics()[self.metric].is_share_right

    @override
    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - the signature of Qt
        return 0 if parent.isValid() else len(self.order)

    @override
    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid() or index.row() >= len(self.order):
            return None
        variant = self.order[index.row()]
        if role == Qt.ItemDataRole.UserRole:
            return variant
        if role in (
            Qt.ItemDataRole.AccessibleTextRole,
            Qt.ItemDataRole.ToolTipRole,
            Qt.ItemDataRole.DisplayRole,
        ):
            best = self.tr("best") if variant == self.best else ""
            return ", ".join(part for part in (self._told[variant], self.score_text(variant), best) if part)
        return None


class VariantGrid(QListView):
    """The pictures; `opened` carries the number of the variant that was clicked."""

    opened = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.variants = Variants(self)
        self.setModel(self.variants)
        self.setItemDelegate(_Tile(theme, self))
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setMovement(QListView.Movement.Static)
        self.setUniformItemSizes(True)
        self.setSpacing(SPACE)
        self.setFrameShape(QListView.Shape.NoFrame)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setMouseTracking(True)
        self.setAccessibleName(self.tr("Variants"))
        self.clicked.connect(self._on_activated)
        self.activated.connect(self._on_activated)
        theme.changed.connect(self.viewport().update)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self.variants.rowCount():
            painter = QPainter(self.viewport())
            painter.setFont(self._theme.font(FontRole.BODY))
            painter.setPen(self._theme.color("dim"))
            room = self.viewport().rect().adjusted(6 * SPACE, 6 * SPACE, -6 * SPACE, -6 * SPACE)
            words = self.tr("Press Train variants: each of them appears here while it learns.")
            painter.drawText(room, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, words)

    def show_report(self, report: ManyProgress) -> None:
        """Show how all of them do now."""
        self.variants.add(report, self._images(report))

    def show_kept(self, report: ManyProgress, curves: Floats) -> None:
        """Show how they did in a study that is over."""
        self.variants.restore(report, curves, self._images(report))

    def _images(self, report: ManyProgress) -> list[QImage]:
        images: list[QImage] = []
        if report.planes is not None:
            from app.plots.field import field_picture  # see plots_later.py

            classes = int(report.planes[:, 0].max()) + 1
            colors = [class_color(k) for k in range(max(2, classes))]
            background = self._theme.tokens.panel
            for classed, sure in report.planes:
                pixels = np.ascontiguousarray(field_picture(classed, sure / 255.0, colors, background)[::-1])
                side = pixels.shape[0]
                images.append(
                    QImage(pixels.tobytes(), side, side, 3 * side, QImage.Format.Format_RGB888).copy()
                )
        return images

    def _on_activated(self, index: QModelIndex) -> None:
        variant = index.data(Qt.ItemDataRole.UserRole)
        if isinstance(variant, int):
            self.opened.emit(variant)


class _Tile(QStyledItemDelegate):
    """Paints one variant."""

    def __init__(self, theme: Theme, view: VariantGrid) -> None:
        super().__init__(view)
        self._theme, self._view = theme, view
        self._drawn: tuple[ManyProgress | None, Floats, float, float] = (None, np.empty((0, 2, 0)), 0.0, 1.0)

    @override
    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        count = len(self._view.variants.words)
        return next((size for most, size in SIZES if count <= most), SIZES[-1][1])

    @override
    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        variants, theme = self._view.variants, self._theme
        variant = index.data(Qt.ItemDataRole.UserRole)
        if not isinstance(variant, int):
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        room = QRectF(option.rect)
        fill_rounded(painter, room, theme.color("raised"), RADIUS_CONTROL)
        inner = room.adjusted(6, 3, -6, -3)
        head = QRectF(inner.left(), inner.top(), inner.width(), LINE)
        foot = QRectF(inner.left(), inner.bottom() - LINE, inner.width(), LINE)
        painter.setFont(theme.font(FontRole.MONO_SMALL))
        painter.setPen(theme.color("dim"))
        words = painter.fontMetrics().elidedText(
            variants.words[variant], Qt.TextElideMode.ElideRight, round(head.width())
        )
        painter.drawText(head, Qt.AlignmentFlag.AlignVCenter, words)
        best = variant == variants.best
        painter.setPen(theme.color("good" if best else "text"))
        text = ("★ " if best else "") + variants.value_text(variant)
        shorter = (text, text.replace(" · ", " "), text.partition(" ·")[0])  # the rest is in the tooltip
        fitting = (t for t in shorter if painter.fontMetrics().horizontalAdvance(t) <= foot.width())
        painter.drawText(foot, Qt.AlignmentFlag.AlignVCenter, next(fitting, shorter[-1]))
        body = QRectF(inner.left(), head.bottom() + 2, inner.width(), foot.top() - head.bottom() - 4)
        if variant < len(variants.images):
            picture = QRectF(body.left(), body.top(), body.height(), body.height())
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(picture, variants.images[variant])
            body.setLeft(picture.right() + 6)
        self._paint_curves(painter, body, variant)
        focused = bool(option.state & (QStyle.StateFlag.State_HasFocus | QStyle.StateFlag.State_MouseOver))
        if best or focused:
            outline_rounded(painter, room, theme.color("accent" if focused else "good"), RADIUS_CONTROL)
        painter.restore()

    def _paint_curves(self, painter: QPainter, area: QRectF, variant: int) -> None:
        """Losses on one scale for all variants, so that they can be compared at a glance."""
        variants = self._view.variants
        if self._drawn[0] is not variants.last:
            curves = variants.curves()
            with np.errstate(invalid="ignore", divide="ignore"):
                logs = np.log10(np.where(curves > 0, curves, np.nan))
            finite = logs[np.isfinite(logs)]
            low, high = (float(finite.min()), float(np.quantile(finite, 0.99))) if finite.size else (0.0, 1.0)
            self._drawn = (variants.last, logs, low, max(high, low + 1e-3))
        _, logs, low, high = self._drawn
        if len(logs) < 2 or variant >= logs.shape[2]:
            return
        xs = np.linspace(area.left(), area.right(), len(logs))
        for series, role, width in ((0, "training", 1.0), (1, "validation", 1.5)):
            values = logs[:, series, variant]
            known = np.isfinite(values)
            shares = np.clip((values[known] - low) / (high - low), 0.0, 1.0)
            ys = area.bottom() - shares * area.height()
            painter.setPen(QPen(self._theme.color(role), width))
            painter.drawPolyline(QPolygonF([QPointF(x, y) for x, y in zip(xs[known], ys, strict=True)]))
