"""Which masks of a network somebody reads: only those travel through the module."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.exchange.net import End, Net
from engine.exchange.torch.lines import needed_operations
from engine.exchange.torch.tracing import Traced, traced, unseen
from engine.formats.errors import FormatError
from engine.layers.base import Layer
from engine.tensor.spec import TensorSpec


@dataclass(frozen=True, eq=False)
class Looked:
    """A network with what its parts do.

    Attributes:
        specs: of all values, without the batch.
        use, learn: each part by its id, in use and in a step of training.
        masked: values that have a mask.
        read: values whose mask somebody reads.
    """

    specs: Mapping[End, TensorSpec]
    use: Mapping[str, Traced]
    learn: Mapping[str, Traced]
    masked: frozenset[End]
    read: frozenset[End]


def looked(
    net: Net,
    specs: Mapping[End, TensorSpec],
    masked: Sequence[bool],
    passed: Sequence[bool],
    *,
    frozen: bool,
) -> Looked:
    """Look at all parts of a network.

    Args:
        net: the network; its parts are layers.
        specs: of all its values.
        masked: whether each of its inlets has a mask.
        passed: whether somebody outside reads the mask of each of its outputs.
        frozen: whether something around it is.

    Raises:
        FormatError: a part can't be expressed for any batch; the sentence names it.
    """
    have = {(i.id, 0) for i, has in zip(net.inlets, masked, strict=True) if has}
    use: dict[str, Traced] = {}
    learn: dict[str, Traced] = {}
    for part in net.parts:
        assert isinstance(part.what, Layer)  # `specs_of` refused all else
        reads = [specs[end] for end in part.inputs]
        flags = [end in have for end in part.inputs]
        try:
            use[part.id] = traced(part.what, reads, flags, frozen=frozen)
            learn[part.id] = traced(part.what, reads, flags, training=True, frozen=frozen)
        except FormatError as error:
            if part.what.torch_form(tuple(reads)) is not None and not any(flags):
                use[part.id] = learn[part.id] = unseen(len(reads), len(part.what.output_ports()))
                continue  # what PyTorch has a module for need not be expressed
            raise FormatError(f"{net.names.get(part.id, part.id)}: {error}") from error
        have |= {(part.id, k) for k, mask in enumerate(use[part.id].passed) if mask}
    read = {end for end, wanted in zip(net.outputs, passed, strict=True) if wanted and end in have}
    for part in reversed(net.parts):
        for t in (use[part.id], learn[part.id]):
            passes = [m for k, m in enumerate(t.passed) if m and (part.id, k) in read]
            wanted = [*t.outputs, *passes, *t.updates.values(), *t.penalties]
            names = {n for o in needed_operations(t.operations, wanted) for n in o.inputs} | set(passes)
            read |= {end for k, end in enumerate(part.inputs) if t.masks[k] and t.masks[k] in names}
    return Looked(specs, use, learn, frozenset(have), frozenset(read))
