"""Whatever is declared, layer or loss: fused or refused with a reason; if fused, the same as on the cpu device.

That ops by themselves do the same on both devices is tested with the ops; here each network compiles two shaders at most.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import numpy as np
import pytest

from engine.compiler.model import GRADS
from engine.data.bundle import DataBundle
from engine.devices.registry import open_device
from engine.graph.document import Edge, ModelGraph, input_ports, output_ports
from engine.layers.base import Category, Layer
from engine.layers.registry import layers
from engine.objectives.loss import LOSSES
from engine.optimizers.sgd import SGD
from engine.training.session import Session
from engine.training.settings import TrainingSettings
from gl_kernels.device import GlDevice
from gl_kernels.whole.fused import UnfitError
from tests.gl_kernels.whole.running import (
    Trained,
    classes,
    layer,
    lines,
    network,
    numbers,
    of_any_length,
    train_cpu,
    train_loops,
    train_whole,
    words,
)

STEPS = 4
WORDS = 20  # that an embedding knows
STATEMENTS = (
    600  # of a step that is written out: longer ones say the same again, and take seconds each to compile
)
SETTINGS_OF_NUMBERS: tuple[dict[str, object], ...] = (
    {"groups": 2},
    {"num_tokens": 9},
    {"num_bins": WORDS},
    {"num_heads": 1},
    {},
    {"output_sequence_length": 4, "max_tokens": WORDS},
    {"input_dim": WORDS},
)
SETTINGS = TrainingSettings(optimizer=SGD(learning_rate=0.01, momentum=0.9), batch_size=12)
DATA = (
    classes(6),
    classes(6, 3),
    classes(7, 8, 2),
    classes(3, 4, 5, 2),
    numbers(6, outputs=3),
    classes(6, count=2),
)


def refusal(graph: ModelGraph, data: DataBundle) -> str:
    """Why such a network cannot be trained at all; empty if it can."""
    cpu = open_device("cpu")
    try:
        session = Session(graph, data, SETTINGS, cpu)
        learns = session.parameters > 0
        session.close()
        return "" if learns else "Nothing is learned."
    except ValueError as error:
        return str(error)
    finally:
        cpu.close()


def fitting(offered: Iterable[tuple[ModelGraph, DataBundle]]) -> tuple[ModelGraph, DataBundle]:
    """The first network that can be trained on its data; skips the test, with all reasons, where there is none."""
    reasons: dict[str, None] = {}
    for graph, data in offered:
        reason = refusal(graph, data)
        if not reason:
            return graph, data
        reasons[reason] = None
    pytest.skip(" ".join(reasons))


def compare(received: Trained, expected: Trained) -> None:
    for name, array in expected.states.items():
        if name != GRADS:
            scale = max(1.0, float(np.abs(array).max()))
            np.testing.assert_allclose(received.states[name] / scale, array / scale, atol=1e-4, err_msg=name)


def check(gl: GlDevice, graph: ModelGraph, data: DataBundle) -> None:
    try:
        received = train_loops(gl, graph, data, SETTINGS, [STEPS])
    except UnfitError as refused:
        pytest.skip(str(refused))  # which says why
    compare(received, train_cpu(graph, data, SETTINGS, STEPS))
    bounds = replace(of_any_length(gl), statements=STATEMENTS)
    compare(train_whole(gl, graph, data, SETTINGS, [STEPS], bounds), received)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(layers()))
def test_layers(gl: GlDevice, name: str) -> None:
    try:
        one = small(name)
    except ValueError as error:
        pytest.skip(str(error))
    if not input_ports(one) or not output_ports(one):
        pytest.skip("It begins or ends a network.")
    check(gl, *fitting(offered(one)))


def small(name: str) -> Layer:
    """A layer as it is declared; a block as its sample, for shaders of a whole one take a minute to compile."""
    declaration = layers()[name].declaration
    sizes = declaration.samples[0].settings if declaration.category is Category.BLOCK else {}
    return layer(name, **sizes)


def offered(one: Layer) -> Iterator[tuple[ModelGraph, DataBundle]]:
    """Networks with the layer, on data of all kinds: behind the input, before an embedding, behind two other layers."""
    end = (layer("Flatten"), layer("Dense", units=3))
    numbered = layer("Embedding", input_dim=WORDS, output_dim=3)
    for data in DATA[:4]:
        yield network(one, *end), data
    small = classes(2, 3, 2)
    for settings in SETTINGS_OF_NUMBERS:
        if settings.keys() <= type(one).model_fields.keys():
            fitted = one.model_copy(update=settings)
            for data in (words(3, 9), lines(), small, DATA[1]):
                yield network(fitted, *end), data
                yield network(fitted, numbered, *end), data
    yield network(one, numbered, *end), DATA[0]
    yield merged(one, end), DATA[0]
    yield merged(one, end), DATA[1]


def merged(one: Layer, end: Sequence[Layer]) -> ModelGraph:
    """Two branches that the layer joins."""
    chain = network(layer("Dense", units=4), one, *end)
    nodes = list(chain.nodes.values())
    second = replace(chain.new_node(layer("Dense", units=4)), name="second")
    ports = input_ports(one)
    edges = [
        *chain.edges,
        Edge.between(nodes[0], second),
        Edge(second.id, output_ports(second.layer)[0].name, nodes[2].id, ports[-1].name),
    ]
    return chain.with_other([*nodes, second], edges)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(set(LOSSES.members) - {"auto"}))
def test_losses(gl: GlDevice, name: str) -> None:
    ends = ({"units": 3, "activation": "softmax"}, {"units": 3}, {"units": 1, "activation": "sigmoid"})
    check(
        gl, *fitting((network(layer("Dense", **end), loss=name), DATA[k]) for end in ends for k in (0, 4, 5))
    )
