"""Rows of a comparison as the tables of RESULTS.md: ours, the best other, the ratio, and everybody."""

from collections.abc import Iterable, Sequence
from statistics import median

from tests.benchmarks.peers import ALL, Row

OURS = "ours"
UNITS = {"W7": "GFLOP/s", "W8": "GB/s"}


class Rates:
    """What each library reached: medians of the rounds, the fastest of a library's ways where it has several."""

    def __init__(self, rows: Iterable[Row]) -> None:
        grouped: dict[tuple[str, str, str, str], list[Row]] = {}
        for row in rows:
            grouped.setdefault((row.case, row.phase, row.who, row.asked), []).append(row)
        self._rows = grouped

    def cases(self, phase: str) -> list[str]:
        """Workloads that were measured in that phase, in order."""
        found = {case for case, of, _, _ in self._rows if of == phase}
        return sorted(found, key=lambda case: (ALL.index(case[:2]), len(case), case))

    def peers(self) -> list[str]:
        """Names of the libraries, in the order in which they were measured first."""
        return list(dict.fromkeys(who for _, _, who, _ in self._rows if who != OURS))

    def value(self, case: str, phase: str, who: str, asked: str = "") -> float:
        """The rate; 0 where there is none."""
        rows = self._rows.get((case, phase, who, asked), [])
        return median(row.value for row in rows) if rows else 0.0

    def device(self, case: str, phase: str) -> str:
        """What `auto` took the last time."""
        return self._rows[case, phase, OURS, "auto"][-1].device

    def mark(self, case: str, phase: str, who: str, asked: str = "") -> str:
        """A rate as a cell; `~` where others computed at the same time."""
        rows = self._rows.get((case, phase, who, asked), [])
        disturbed = "" if all(row.quiet for row in rows) else " ~"
        return f"{_short(self.value(case, phase, who, asked))}{disturbed}" if rows else ""

    def peak_mb(self, case: str, who: str, asked: str = "") -> float:
        """Peak memory of the process until training was measured."""
        rows = self._rows.get((case, "train", who, asked), [])
        return median(row.peak_mb for row in rows) if rows else 0.0


def one_way_each(rows: Iterable[Row]) -> list[Row]:
    """The rows, less those of a library's slower ways to do the same in one process."""
    best: dict[tuple[str, str, str, str], Row] = {}
    for row in rows:
        key = (row.case, row.phase, row.who, row.asked)
        if key not in best or row.value > best[key].value:
            best[key] = row
    return list(best.values())


def section(rows: Iterable[Row], when: str, machine: str, how: str) -> str:
    """A dated section with all tables."""
    rates = Rates(rows)
    parts = [f"## Beside other libraries, {when}\n\nMachine: {machine}\n{how}"]
    for phase, title in (("train", "Training, steps a second"), ("infer", "Inference, steps a second")):
        if rates.cases(phase):
            parts.append(f"### {title}\n\n{_against_all(rates, phase)}")
    if "tfjs-webgl" in rates.peers():
        parts.append(
            f"### The `gl` device and TensorFlow.js WebGL on the same OpenGL\n\n{_against_webgl(rates)}"
        )
    memory = _memory(rates)
    if memory:
        parts.append(f"### Peak memory of training, MB\n\n{memory}")
    return "\n\n".join(parts) + "\n"


def _against_all(rates: Rates, phase: str) -> str:
    peers = rates.peers()
    lines = []
    for case in rates.cases(phase):
        ours = rates.value(case, phase, OURS, "auto")
        best = max(peers, key=lambda who: rates.value(case, phase, who), default="")
        top = rates.value(case, phase, best) if best else 0.0
        ratio = f"**{ours / top:.2f}** of {best}" if ours and top else ""
        device = f" ({rates.device(case, phase)})" if ours else ""
        unit = UNITS.get(case[:2], "")
        others = [rates.mark(case, phase, who) for who in peers]
        lines.append(
            [f"{case} {unit}".strip(), rates.mark(case, phase, OURS, "auto") + device, ratio, *others]
        )
    return _table(["", "ours, `auto`", "ratio to the best", *peers], lines)


def _against_webgl(rates: Rates) -> str:
    lines = []
    for phase in ("train", "infer"):
        for case in rates.cases(phase):
            ours, theirs = rates.value(case, phase, OURS, "gl"), rates.value(case, phase, "tfjs-webgl")
            if ours and theirs:
                cells = (rates.mark(case, phase, OURS, "gl"), rates.mark(case, phase, "tfjs-webgl"))
                lines.append([case, phase, *cells, f"**{ours / theirs:.3g}**"])
    return _table(["", "phase", "ours, `gl`", "tfjs-webgl", "ratio"], lines)


def _memory(rates: Rates) -> str:
    lines = []
    for case in rates.cases("train"):
        peaks = [rates.peak_mb(case, OURS, asked) for asked in ("cpu", "auto")]
        if any(peaks):
            peaks += [rates.peak_mb(case, who) for who in rates.peers()]
            lines.append([case, *(f"{peak:,.0f}" if peak else "" for peak in peaks)])
    return _table(["", "ours, `cpu`", "ours, `auto`", *rates.peers()], lines) if lines else ""


def _table(heading: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    rule = ["---", *("---:" for _ in heading[1:])]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in (heading, rule, *lines))


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
