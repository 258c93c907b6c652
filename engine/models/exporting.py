"""Exporting as one piece of work, for the window and the command line alike: what would be lost, writing, and proof."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from engine.data.bundle import DataBundle
from engine.data.errors import DataError
from engine.data.load import load
from engine.data.recipe.preparation import Preparation
from engine.data.settings import DataSettings
from engine.devices.base import Watch
from engine.exchange.formats import Format, recipe_of, write_network, write_recipe
from engine.exchange.judges import Places
from engine.exchange.meaning import meaning_of
from engine.exchange.outgoing import Outgoing, outgoing
from engine.formats.errors import FormatError
from engine.graph.document import ModelGraph
from engine.graph.features import FeatureSpec
from engine.models.proof import Proof, prove, samples_of, with_rounding
from engine.objectives.loss import Link
from engine.settings import Settings
from engine.tensor.spec import Array

TRIED = 64 << 20  # bytes of weights up to which a file is tried out beforehand


@dataclass(frozen=True, eq=False)
class Source:
    """A network that is to leave.

    Attributes:
        graph: the document.
        weights, slots, step: what it has learned.
        features: what it reads.
        title: of the project.
        data: what it is trained on, if that may be read; None for what a stranger's project names.
        preparation: the fitted recipe that it was trained with.
    """

    graph: ModelGraph
    weights: Mapping[str, Array]
    features: Mapping[str, FeatureSpec]
    slots: Mapping[str, Array] = field(default_factory=dict)
    step: int = 0
    title: str = ""
    data: DataSettings | None = None
    preparation: Preparation | None = None


@dataclass(frozen=True, eq=False)
class Ready:
    """The same, understood: as every format takes it, with its data."""

    source: Source
    out: Outgoing
    data: DataBundle | None


@dataclass(frozen=True)
class Preview:
    """What a file would be: sentences on what it can't hold, and the names and bytes of the files."""

    lost: tuple[str, ...]
    files: tuple[tuple[str, int], ...] = ()

    @property
    def size(self) -> int:
        """Bytes of all of them."""
        return sum(size for _, size in self.files)


@dataclass(frozen=True)
class Exported:
    """What was written: the proof, how the file is used (may be empty), and the recipe beside it, if one is needed."""

    path: Path
    proof: Proof
    snippet: str = ""
    recipe: Path | None = None


def ready(source: Source, watch: Watch | None = None) -> Ready:
    """Look at a network and its data.

    Raises:
        FormatError: one sentence: it can't leave: a fault, no target, no weights.
    """
    data = None
    if source.data is not None:
        try:
            data = load(source.data, watch)
        except DataError:  # the file is gone: random examples will do
            data = None
    known = source.preparation.stand_in() if source.preparation is not None else data
    meaning = meaning_of(source.graph, source.title, known)
    out = outgoing(source.graph, source.features, source.weights, source.slots, source.step, meaning)
    return Ready(source, replace(out, data=data), data)


def preview(given: Ready, kind: Format, path: Path, options: Settings | None = None) -> Preview:
    """What of a network a format does not hold, and what its files will be, found by writing them in another place.

    Raises:
        FormatError: the format can't hold the network, with the reason.
    """
    lost = tuple(_lost(given.out, kind, path))
    if sum(array.nbytes for array in given.out.weights.values()) > TRIED:
        return Preview(lost)
    with tempfile.TemporaryDirectory(prefix="layerloom-") as name:
        place = Path(name) / path.name
        write_network(given.out, place, options)
        files = sorted(
            (p.relative_to(name).as_posix(), p.stat().st_size) for p in Path(name).rglob("*") if p.is_file()
        )
    return Preview(lost, tuple(files))


def export(
    given: Ready,
    kind: Format,
    path: Path,
    options: Settings | None = None,
    places: Places | None = None,
    watch: Watch | None = None,
) -> Exported:
    """Write a network, its recipe where the format has no room for it, and prove the file.

    Args:
        given: the network.
        kind: the format of the name of `path`.
        path: where to; a folder that the format's files need is made.
        options: of the format.
        places: of other programs.
        watch: called with the readers that were asked, and how many there are.

    Raises:
        FormatError: it can't be written; what was there is unchanged.
    """
    made = _made_folder(path)
    try:
        write_network(given.out, path, options)
    except FormatError:
        if made and not any(path.parent.iterdir()):
            path.parent.rmdir()
        raise
    recipe = write_recipe(given.out, path)
    snippet = kind.snippet(given.out, path) if kind.snippet is not None else ""
    source = given.source
    possible = partial(kind.possible, given.out) if kind.possible is not None else None
    samples = samples_of(source.graph, source.weights, source.features, given.data, possible)
    if kind.rounded is None or options is None:
        return Exported(path, prove(samples, given.out, path, places, watch), snippet, recipe)
    kept = samples_of(
        source.graph, kind.rounded(options, source.weights), source.features, given.data, possible
    )
    proof = prove(kept, given.out, path, places, watch)
    return Exported(path, with_rounding(proof, samples, kept), snippet, recipe)


def _made_folder(path: Path) -> bool:
    if path.parent.exists():
        return False
    try:
        path.parent.mkdir()
    except OSError as error:
        raise FormatError(f"The folder {path.parent} can't be made ({error.strerror or error}).") from error
    return True


def _lost(out: Outgoing, kind: Format, path: Path) -> list[str]:
    sentences = []
    if out.slots and kind.read is not None and "optimizer" not in kind.keeps:
        sentences.append("The state of the optimizer is left out: training goes on there with a fresh one.")
    if kind.left_out is not None and (idle := kind.left_out(out)):
        sentences.append(f"The file is without {', '.join(idle)}, which matter in training alone.")
    if "recipe" not in kind.keeps:
        if out.meaning.preparation is not None:
            recipe = recipe_of(path).name
            sentences.append(
                f"The network takes prepared numbers; {recipe}, written beside it, says how they are made."
            )
        elif out.meaning.scaling:
            sentences.append("The network takes scaled numbers; the file does not hold how they are scaled.")
        if any(link is not Link.NONE for link in out.meaning.links.values()):
            sentences.append(f"Its outputs are scores; {_links(out)} makes probabilities of them.")
    return sentences


def _links(out: Outgoing) -> str:
    names = {link.value for link in out.meaning.links.values() if link is not Link.NONE}
    return " or ".join(f"the {name}" for name in sorted(names))
