"""Proof that an exported file is the network: its predictions on samples beside ours, by everybody who can read it.

We read the file again ourselves, and each program that the file is for is asked where it is installed. Compared is what
the last layers give, before scores become probabilities.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from engine.compiler.lower import LoweringError
from engine.data.bundle import DataBundle
from engine.devices.base import Watch
from engine.exchange.formats import format_of
from engine.exchange.judges import Judge, Places, ask, command_of, judges
from engine.exchange.outgoing import Outgoing
from engine.exchange.units import Units, as_before, in_units, units_of
from engine.formats.errors import FormatError
from engine.formats.project import LoadedProject
from engine.formats.sections import INPUTS, InputShape, InputShapes
from engine.graph.document import ModelGraph
from engine.graph.features import FeatureSpec
from engine.layers.host import HostLayer
from engine.models.exchange import import_model, probes
from engine.models.files import model_of
from engine.models.model import Model
from engine.models.proof_of_weights import bare_network, with_weights
from engine.tensor.spec import Array, DType, ShapeError

ROWS = 8  # samples
TOLERATED = 1e-4  # beyond it a file does not say the same; of outputs above 1, that share of the largest
OURSELVES = "Layerloom"


@dataclass(frozen=True)
class Verdict:
    """What one reader of the file says.

    Attributes:
        judge: who.
        difference: largest difference of a number from ours; None where it was not asked or failed.
        same: whether that is rounding.
        sentence: why there is no difference, if there is none.
        missing: whether it is not installed.
    """

    judge: str
    difference: float | None = None
    same: bool = False
    sentence: str = ""
    missing: bool = False

    def says(self) -> str:
        """In words."""
        if self.difference is None:
            return self.sentence
        reader = "Read again by Layerloom" if self.judge == OURSELVES else f"Read by {self.judge}"
        if not self.same:
            return f"{reader}, its predictions differ by up to {self.difference:.1e}."
        how = f"the same to {self.difference:.1e}" if self.difference else "exactly the same"
        return f"{reader}, its predictions are {how}."


@dataclass(frozen=True)
class Proof:
    """All verdicts, and on what: `rows` samples, of the project's `own` data or random numbers."""

    verdicts: tuple[Verdict, ...]
    rows: int
    own: bool

    @property
    def holds(self) -> bool:
        """Whether everybody who could be asked gets the same."""
        return all(v.same or v.missing for v in self.verdicts)


@dataclass(frozen=True, eq=False)
class Samples:
    """Inputs by name as the network sees them, and what it makes of them."""

    inputs: Mapping[str, Array]
    outputs: tuple[Array, ...]
    own: bool

    @property
    def rows(self) -> int:
        """How many."""
        return len(next(iter(self.inputs.values())))


def samples_of(
    graph: ModelGraph,
    weights: Mapping[str, Array],
    features: Mapping[str, FeatureSpec],
    bundle: DataBundle | None = None,
    possible: Callable[[Mapping[str, Array]], Mapping[str, Array]] | None = None,
) -> Samples:
    """Rows of the data, validation first, where there is some that fits; else random numbers; and our predictions.

    Args:
        graph: the network.
        weights: by the name of the parameter.
        features: what its inputs are.
        bundle: data.
        possible: makes random inputs such as the file can be given; None: it can be given any.

    Raises:
        FormatError: the network has nothing to predict.
    """
    graph = graph.copy()
    seen = {name: feature.as_seen for name, feature in features.items()}
    shapes = {
        name: InputShape.model_validate({"shape": f.shape, "dtype": f.dtype.value})
        for name, f in seen.items()
    }
    graph.put_section(INPUTS, InputShapes(shapes=shapes))
    model = model_of(LoadedProject(graph, weights), "the project")
    inputs = None if bundle is None else _rows(model, bundle)
    own = inputs is not None
    if inputs is None:
        drawn = dict(zip(model.input_names, probes(model), strict=True))
        inputs = dict(drawn if possible is None else possible(drawn))
    try:
        outputs = _listed(model.predict(inputs))
    except ShapeError as error:
        raise FormatError(str(error)) from error
    return Samples(inputs, tuple(outputs), own)


def prove(
    samples: Samples, out: Outgoing, path: Path, places: Places | None = None, watch: Watch | None = None
) -> Proof:
    """Ask everybody who reads the format of a written file.

    Args:
        samples: and our predictions.
        out: what was written.
        path: where to.
        places: of other programs; None: as the environment says.
        watch: called between and while they are asked, with how many have answered.
    """
    found = format_of(path)
    asked = [judges()[name] for name in (found.judges if found else ()) if name in judges()]
    places = places or Places.of_environment()
    verdicts: list[Verdict] = []
    with bare_network(out, path) as network:
        if found is not None and (found.read is not None or network is not None):
            verdicts.append(_our_verdict(samples, out, path, network))
        total = len(verdicts) + len(asked)

        def look(_done: int, _total: int) -> None:  # how far a judge is, nobody knows
            if watch is not None:
                watch(len(verdicts), total)

        for judge in asked:
            look(0, 0)
            verdicts.append(_verdict(judge, samples, out, path, places, look, network))
    return Proof(tuple(verdicts), samples.rows, samples.own)


def with_rounding(proof: Proof, exact: Samples, rounded: Samples) -> Proof:
    """A proof of a file with rounded weights, and how far these move the predictions."""
    moved = _compared(OURSELVES, exact.outputs, rounded.outputs).difference
    if not moved:
        return proof
    sentence = f"Its weights are rounded, which moves its predictions by {moved:.1e} at most."
    return replace(proof, verdicts=(*proof.verdicts, Verdict(OURSELVES, same=True, sentence=sentence)))


def _our_verdict(samples: Samples, out: Outgoing, path: Path, network: Path | None) -> Verdict:
    try:
        model = import_model(path) if network is None else with_weights(network, path)
        texts = any(symbol.dtype is DType.STRING for symbol in model.inputs)
        given = list(samples.inputs.values()) if texts else _in_order(samples, out, path)
        if len(model.inputs) == len(given):
            theirs = _as_before(_listed(model.predict(given)), out, path)
            return _compared(OURSELVES, samples.outputs, theirs)
    except LoweringError as error:  # a loop, say: others run it, and were asked
        return Verdict(OURSELVES, sentence=f"Layerloom was not asked: {error}", missing=True)
    except (FormatError, ShapeError) as error:
        return Verdict(OURSELVES, sentence=f"Read again by Layerloom: {error}")
    return Verdict(OURSELVES, sentence="Read again by Layerloom, the file has other inputs.")


def _verdict(
    judge: Judge,
    samples: Samples,
    out: Outgoing,
    path: Path,
    places: Places,
    watch: Watch,
    network: Path | None,
) -> Verdict:
    if judge.reads_text and any(values.dtype.kind in "TU" for values in samples.inputs.values()):
        sentence = f"{judge.title} was not asked: the network reads text, and only numbers are given to other programs."
        return Verdict(judge.title, sentence=sentence, missing=True)
    if command_of(judge, places) is None:
        return Verdict(judge.title, sentence=f"{judge.title} was not asked: it was not found.", missing=True)
    try:
        theirs = ask(judge, path, _entered(samples, out, path), places, watch, network)
        return _compared(judge.title, samples.outputs, _as_before(theirs, out, path))
    except FormatError as error:
        return Verdict(judge.title, sentence=str(error))


def _in_order(samples: Samples, out: Outgoing, path: Path) -> list[Array]:
    """The samples in the order of the inputs of the file, in the units that it takes."""
    names = [out.net.names.get(i.id, i.id) for i in out.net.inlets]
    given = in_units({name: samples.inputs[name] for name in names}, _units(out, path))
    return _behind_texts(out, {i.id: given[name] for i, name in zip(out.net.inlets, names, strict=True)})


def _entered(samples: Samples, out: Outgoing, path: Path) -> list[Array]:
    """The samples as other programs are given them: a file may take the columns that the inputs are made of."""
    found, given = format_of(path), _in_order(samples, out, path)
    return given if found is None or found.entered is None else found.entered(out, path, given)


def _behind_texts(out: Outgoing, given: Mapping[str, Array]) -> list[Array]:
    """What arrives behind layers that read text: numbers that are given, then those that are made of texts."""
    hosts = {p.id: p for p in out.net.parts if isinstance(p.what, HostLayer)}
    read = {end[0] for p in out.net.parts if p.id not in hosts for end in p.inputs} | {
        e[0] for e in out.net.outputs
    }
    known = dict(given)
    for name, part in hosts.items():
        assert isinstance(part.what, HostLayer)  # they were chosen by it
        known[name] = part.what.compute(known[part.inputs[0][0]], {})  # what it learned is a setting by now
    return [known[name] for name in known if name in read]


def _as_before(outputs: Sequence[Array], out: Outgoing, path: Path) -> list[Array]:
    """What a file gives, as the network does."""
    if len(out.targets) != len(outputs):
        return list(outputs)
    named = as_before(dict(zip(out.targets, outputs, strict=True)), _units(out, path))
    return [named[name] for name in out.targets]


def _units(out: Outgoing, path: Path) -> Units:
    """The scaling that is inside the file."""
    found = format_of(path)
    return Units() if found is None or found.units is None else units_of(out).chosen(*found.units(path))


def _compared(title: str, ours: Sequence[Array], theirs: Sequence[Array]) -> Verdict:
    if [a.shape for a in ours] != [b.shape for b in theirs]:
        shapes = ", ".join(str(b.shape) for b in theirs)
        return Verdict(title, sentence=f"{title} gives outputs of other shapes: {shapes}.")
    worst, same = 0.0, True
    for one, other in zip(ours, theirs, strict=True):
        a, b = one.astype(np.float64), other.astype(np.float64)
        if not (np.isfinite(a) == np.isfinite(b)).all():
            return Verdict(
                title, sentence=f"{title} gives numbers that are not finite where ours are, or the other way."
            )
        known = np.isfinite(a)
        difference = float(np.abs(a[known] - b[known]).max(initial=0.0))
        worst = max(worst, difference)
        same = same and difference <= TOLERATED * max(1.0, float(np.abs(a[known]).max(initial=0.0)))
    return Verdict(title, worst, same)


def _rows(model: Model, bundle: DataBundle) -> dict[str, Array] | None:
    """The first rows of the validation part, or of all; None where the data is not what the network takes."""
    first = bundle.validation.start if len(bundle.validation) else 0
    found: dict[str, Array] = {}
    for name, symbol in zip(model.input_names, model.inputs, strict=True):
        array = bundle.inputs.get(name)
        if array is None or len(array) <= 1 or array.shape[1:] != symbol.spec.shape:
            return None
        rows = np.array(array[first : first + ROWS])
        feature = bundle.features[name]
        found[name] = (
            rows if rows.dtype.kind in "iT" else (rows * np.float32(feature.scale)).astype(np.float32)
        )
    return found


def _listed(outputs: Array | list[Array]) -> list[Array]:
    return outputs if isinstance(outputs, list) else [outputs]
