"""Views of arrays: curves, decision fields, fits, predictions, pictures, confusion matrices.

Arrays arrive ready; a view only thins and colours what it draws, repaints at most 30 times a second, and sums
its state up in words for screen readers.
"""

from app.plots.confusion import ConfusionView
from app.plots.curves import CurvesView, RunCurves
from app.plots.decision import DecisionView
from app.plots.fit import FitView
from app.plots.parity import ParityView
from app.plots.pictures import PictureGrid, Pictures
from app.plots.track import Track

__all__ = [
    "ConfusionView",
    "CurvesView",
    "DecisionView",
    "FitView",
    "ParityView",
    "PictureGrid",
    "Pictures",
    "RunCurves",
    "Track",
]
