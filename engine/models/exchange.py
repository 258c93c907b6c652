"""Networks of other programs as models, and what an exported file says beside ours."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from engine.exchange.formats import read_network
from engine.exchange.imported import Imported
from engine.formats.project import LoadedProject
from engine.models.files import model_of
from engine.models.model import Model
from engine.tensor.spec import Array, DType

WORDS = ("the", "good", "bad", "and", "of", "night", "never", "film")
PROBES = 8  # examples that two networks are compared on


def imported_project(imported: Imported) -> LoadedProject:
    """What was read as the content of a project file."""
    return LoadedProject(
        imported.graph,
        imported.weights,
        imported.optimizer,
        imported.step,
        warnings=imported.notes,
    )


def import_model(path: str | Path) -> Model:
    """A network in a file of another program, ready to predict and to be trained.

    Raises:
        FormatError: one sentence: it can't be read.
    """
    return model_of(imported_project(read_network(Path(path))), str(path))


def probes(model: Model) -> list[Array]:
    """Random examples for a model: standard normal numbers, small class and word numbers, texts of a few words."""
    generator = np.random.default_rng(0)
    found: list[Array] = []
    for symbol in model.inputs:
        shape = (PROBES, *symbol.spec.shape)
        if symbol.dtype is DType.STRING:
            words = [" ".join(generator.choice(WORDS, 1 + k).tolist()) for k in range(PROBES)]
            texts: Array = np.array(words, DType.STRING.numpy)
            found.append(np.broadcast_to(texts.reshape(PROBES, *(1 for _ in shape[1:])), shape).copy())
        elif symbol.dtype is DType.INT32:
            found.append(generator.integers(0, 2, shape).astype(np.int32))
        else:
            found.append(generator.normal(size=shape).astype(np.float32))
    return found
