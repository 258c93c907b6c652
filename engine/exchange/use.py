"""How a network is used by people: what each input is made of and what the outputs mean, as plain values for a file."""

from __future__ import annotations

from typing import Any

from engine.exchange.outgoing import Outgoing, specs_of
from engine.exchange.web.facts import page_facts
from engine.exchange.web.options import WebOptions
from engine.exchange.web.texts import without_texts
from engine.formats.errors import FormatError

Facts = dict[str, Any]


def facts_of(out: Outgoing) -> tuple[Outgoing, Facts]:
    """The network behind its layers of text, and what `engine.exchange.python.kit_rows` does before and after it.

    What there is no such way for (sounds, say) is given as arrays of numbers.

    Raises:
        FormatError: it reads text in a way that can't be said as plain values.
    """
    network, texts = without_texts(out)
    specs = specs_of(network.net)
    shapes = [specs[end].shape for end in network.net.outputs]
    try:
        return network, page_facts(network, texts, shapes, WebOptions())
    except FormatError:
        return network, _bare(network, [list(shape) for shape in shapes])


def centres(facts: Facts) -> bool:
    """Whether drawings are to be brought to the middle, and can be: with opacity it is another matter."""
    found = [fact for fact in facts["inputs"] if "extent" in fact]
    return len(found) == 1 and found[0]["shape"][-1] in (1, 3)


def takes_pictures(facts: Facts) -> bool:
    """Whether pictures are all that the network is given, so that their files are enough."""
    return len(facts["inputs"]) == 1 and facts["inputs"][0]["kind"] == "picture"


def _bare(out: Outgoing, shapes: list[list[int]]) -> Facts:
    """Names and shapes alone."""
    names = [out.net.names.get(i.id, i.id) for i in out.net.inlets]
    inputs = [
        {"name": name, "title": name, "shape": list(i.shape), "dtype": i.dtype.value, "kind": "plain"}
        for name, i in zip(names, out.net.inlets, strict=True)
    ]
    targets = out.targets or tuple(f"y{k}" for k in range(len(shapes)))
    outputs = [
        {"name": name, "title": name, "shape": shape, "link": "none", "kind": "numbers"}
        for name, shape in zip(targets, shapes, strict=True)
    ]
    return {"title": out.meaning.title, "inputs": inputs, "outputs": outputs}
