"""Networks that come with Layerloom, trained by others on more than one has at home: a beginning, or of use as they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from engine.exchange.formats import read_network
from engine.exchange.imported import Imported
from engine.formats.sections import ANSWERS, AnswerWords
from engine.models.answering.words import read_class_names

FOLDER = Path(__file__).resolve().parents[2] / "resources" / "networks"


@dataclass(frozen=True)
class BundledNetwork:
    """One of them.

    Attributes:
        name: what the command line calls it, and its folder; never changes.
        title: for people.
        summary: one sentence on what it does.
        file: in its folder; `classes.txt` beside it names what it tells apart.
        licence: with the source.
    """

    name: str
    title: str
    summary: str
    file: str
    licence: str

    @property
    def path(self) -> Path:
        """Of its file."""
        return FOLDER / self.name / self.file


_ALL = (
    BundledNetwork(
        "photos",
        "Photo classifier (EfficientNet-Lite0)",
        "Tells 1,000 kinds of things and animals apart; a beginning for photos of one's own",
        "model.json",
        "Apache License 2.0; weights: Google, ML Illustrated; trained on ImageNet",
    ),
)


def bundled_networks() -> Mapping[str, BundledNetwork]:
    """All of them by name."""
    return MappingProxyType({network.name: network for network in _ALL})


def open_bundled_network(name: str) -> Imported:
    """A network with its weights and the names of its classes.

    Raises:
        FormatError, DataError: its files are damaged.
    """
    network = bundled_networks()[name]
    imported = read_network(network.path)
    names = read_class_names(network.path.with_name("classes.txt"))
    imported.graph.put_section(ANSWERS, AnswerWords(classes={"y": names}))
    return imported
