"""ROC and precision-recall, for one class or each against the rest."""

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from app.plots.rates import RatesView
from app.predictions.view import PredictionView, Question, choice
from app.theme import Theme
from engine.tensor.spec import Array
from engine.training.pictures import probabilities
from engine.training.predictions import arrays
from engine.training.predictions.rates import Rates, precision_recall, roc
from engine.training.reports import Pictured

MOST_CURVES = 10
MOST_CLASSES = 30


class _Curves(PredictionView):
    """Curves of the shown rows."""

    validation = True
    chance = True

    def __init__(self, theme: Theme, question: Question, key: str) -> None:
        super().__init__(theme, question, key)
        self._view = RatesView(theme)
        self._introduce(self._view)
        every = [self.tr("Each against the rest")] if len(question.answer.classes) > 2 else []
        self._class = choice(theme, self.tr("Class"), [*every, *question.answer.classes])
        if not every:
            self._class.setCurrentIndex(len(question.answer.classes) - 1)
        self._class.activated.connect(self._on_chosen)
        self._last: Pictured | None = None

    def _introduce(self, view: RatesView) -> None:
        raise NotImplementedError

    def _rates(self, scores: Array, positive: Array) -> Rates:
        raise NotImplementedError

    @property
    @override
    def widget(self) -> QWidget:
        return self._view

    @override
    def controls(self) -> tuple[QWidget, ...]:
        return (self._class,)

    def _on_chosen(self) -> None:
        if self._last is not None:
            self.show(self._last)

    def _chosen(self) -> list[int]:
        classes, at = len(self.question.answer.classes), self._class.currentIndex()
        if classes <= 2:
            return [at]
        return list(range(min(classes, MOST_CURVES))) if at == 0 else [at - 1]

    @override
    def show(self, pictured: Pictured) -> None:
        if not self.of_validation(pictured):
            return
        self._last = pictured
        answer = self.question.answer
        p = probabilities(pictured.outputs[answer.output])
        true = arrays.true_classes(self.question.bundle, answer, self.question.rows[: len(p)])
        found = [(k, self._rates(p[:, k], true == k)) for k in self._chosen() if k < p.shape[1]]
        self._view.set_curves([(answer.classes[k], k, rates) for k, rates in found])


def _suits(question: Question) -> bool:
    answer = question.answer
    return answer.is_class and not answer.feature.shape and 2 <= len(answer.classes) <= MOST_CLASSES


class Roc(_Curves):
    """True against false positive rate."""

    @staticmethod
    @override
    def title() -> str:
        return QCoreApplication.translate("Presenter", "ROC")

    @staticmethod
    @override
    def rank(question: Question) -> int | None:
        return 30 if _suits(question) else None

    def _introduce(self, view: RatesView) -> None:
        view.set_axis_names(self.tr("false positive rate"), self.tr("true positive rate"))
        view.set_measure(self.tr("AUC"), diagonal=True)

    def _rates(self, scores: Array, positive: Array) -> Rates:
        return roc(scores, positive)


class PrecisionRecall(_Curves):
    """Precision against recall."""

    @staticmethod
    @override
    def title() -> str:
        return QCoreApplication.translate("Presenter", "Precision and recall")

    @staticmethod
    @override
    def rank(question: Question) -> int | None:
        return 31 if _suits(question) else None

    def _introduce(self, view: RatesView) -> None:
        view.set_axis_names(self.tr("recall"), self.tr("precision"))
        view.set_measure(self.tr("average precision"), diagonal=False)

    def _rates(self, scores: Array, positive: Array) -> Rates:
        return precision_recall(scores, positive)
