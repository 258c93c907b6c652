"""The file formats of networks: one declaration each, from which `convert`, `check`, dialogs and drops are derived."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

from engine.exchange.keras.options import HDF5Options
from engine.exchange.onnx.options import OnnxOptions
from engine.exchange.tfjs.options import TfjsOptions
from engine.exchange.torch.options import TorchOptions
from engine.exchange.web.options import WebOptions
from engine.formats.atomic import replacing
from engine.formats.errors import FormatError
from engine.formats.project import SUFFIX
from engine.settings import Settings
from engine.tensor.spec import Array

if TYPE_CHECKING:
    from engine.exchange.imported import Imported
    from engine.exchange.outgoing import Outgoing


Kept = Literal["optimizer", "recipe"]


@dataclass(frozen=True)
class Format:
    """A format of networks beside our own.

    Attributes:
        name: short, as on the command line and in sentences.
        title: for people.
        suffixes: endings of its files, the usual one first.
        read: raises FormatError; None where it is only written.
        write: raises FormatError; None where it is only read. Gets what was chosen of `options` as a third argument
            where the format has any.
        about: one sentence: what its files are for.
        keeps: what its files hold beside layers and weights.
        judges: names of those who can say what a file predicts (`engine.exchange.judges`), beside ourselves.
        options: that people choose from when they write.
        units: which inputs and outputs of a written file are in the units of the data; None: none are.
        entered: what the inputs of a written file get, so that the network in it gets these; None: these.
        possible: makes random inputs of the network such as the columns of a written file can give.
        rounded: the weights as a file with these options has them; None: as they are.
        left_out: kinds of layers that a written file is without, since they matter in training alone.
        snippet: how a written file is used, as a short program in the language of its users.
    """

    name: str
    title: str
    suffixes: tuple[str, ...]
    read: Callable[[Path], Imported] | None = None
    write: Callable[..., None] | None = None
    about: str = ""
    keeps: frozenset[Kept] = frozenset()
    judges: tuple[str, ...] = ()
    options: type[Settings] | None = None
    left_out: Callable[[Outgoing], list[str]] | None = None
    snippet: Callable[[Outgoing, Path], str] | None = None
    units: Callable[[Path], tuple[list[str], list[str]]] | None = None
    entered: Callable[[Outgoing, Path, Sequence[Array]], list[Array]] | None = None
    possible: Callable[[Outgoing, Mapping[str, Array]], dict[str, Array]] | None = None
    rounded: Callable[[Any, Mapping[str, Array]], Mapping[str, Array]] | None = None

    @property
    def names_itself(self) -> bool:
        """Whether its file always has the same name, in a folder of its own."""
        return self.suffixes[0][0].isalnum()


def _later(home: str, name: str) -> Callable[..., Any]:
    """A function that is imported when it is first called: most who open a window read no file of another program."""

    def call(*arguments: object) -> Any:
        return getattr(importlib.import_module(home), name)(*arguments)

    return call


_KERAS, _TFJS, _ONNX = "engine.exchange.keras", "engine.exchange.tfjs", "engine.exchange.onnx"
_TORCH = "engine.exchange.torch"
_SNIPPETS = "engine.exchange.snippets"
_ALL = (
    Format(
        "keras",
        "Keras 3",
        (".keras",),
        _later(f"{_KERAS}.reading", "read_keras"),
        _later(f"{_KERAS}.writing", "write_keras"),
        about="For Python with Keras 3, on TensorFlow, PyTorch or JAX.",
        judges=("keras",),
        snippet=_later(_SNIPPETS, "keras"),
    ),
    Format(
        "h5",
        "Keras HDF5",
        (".h5", ".hdf5"),
        _later(f"{_KERAS}.reading", "read_h5"),
        _later(f"{_KERAS}.writing", "write_h5"),
        about="For older programs: Keras 2 and TensorFlow up to 2.15; newer ones read it, too.",
        judges=("keras",),
        options=HDF5Options,
        snippet=_later(_SNIPPETS, "keras"),
    ),
    Format(
        "keras_weights",
        "Keras weights",
        (".weights.h5",),
        write=_later(f"{_KERAS}.writing", "write_weights"),
        about="The weights alone: for load_weights of Keras 3, on a model of the same layers.",
        judges=("keras",),
        snippet=_later(_SNIPPETS, "keras"),
    ),
    Format(
        "tfjs",
        "TensorFlow.js",
        ("model.json",),
        _later(f"{_TFJS}.reading", "read_tfjs"),
        _later(f"{_TFJS}.writing", "write_tfjs"),
        about="For web pages and Node.js: model.json and files of weights beside it.",
        judges=("tfjs",),
        options=TfjsOptions,
        rounded=_later(f"{_TFJS}.packing", "rounded"),
        left_out=_later(f"{_TFJS}.lacks", "left_out"),
        snippet=_later(_SNIPPETS, "tfjs"),
    ),
    Format(
        "onnx",
        "ONNX",
        (".onnx",),
        _later(f"{_ONNX}.reading", "read_onnx"),
        _later(f"{_ONNX}.writing", "write_onnx"),
        about="For ONNX Runtime and everything that runs ONNX: servers, phones, C++, C#, Java.",
        keeps=frozenset(("recipe",)),
        judges=("onnx",),
        options=OnnxOptions,
        snippet=_later(f"{_ONNX}.snippet", "onnx_runtime"),
        units=_later(f"{_ONNX}.writing_units", "units_in"),
        entered=_later(f"{_ONNX}.writing_columns", "entered"),
        possible=_later(f"{_ONNX}.writing_columns", "possible"),
    ),
    Format(
        "torch",
        "PyTorch",
        (".py",),
        write=_later(f"{_TORCH}.writing", "write_torch"),
        about="For PyTorch: a module that people can read and change, its weights, and scripts that train it.",
        options=TorchOptions,
        judges=("torch",),
        snippet=_later(_SNIPPETS, "torch"),
    ),
    Format(
        "keras_script",
        "Keras script",
        ("_keras.py",),
        write=_later("engine.exchange.scripts.keras_training", "write_script"),
        about="For Keras 3, as code: the network in functional style, its weights beside it, and its training.",
        options=TorchOptions,
        judges=("keras_script",),
    ),
    Format(
        "web",
        "Web page",
        ("index.html",),
        write=_later("engine.exchange.web.writing", "write_web"),
        about="A folder with a page that runs the network in a browser, for people who have nothing else.",
        keeps=frozenset(("recipe",)),
        judges=("tfjs",),
        options=WebOptions,
    ),
    Format(
        "numpy",
        "Python file",
        ("_numpy.py",),
        write=_later("engine.exchange.python.writing", "write_python"),
        about="One file that predicts with NumPy alone: to read, to change, to run wherever Python runs.",
        keeps=frozenset(("recipe",)),
        judges=("numpy",),
        snippet=_later("engine.exchange.python.snippet", "plain_python"),
    ),
)


def formats() -> Mapping[str, Format]:
    """All formats by name."""
    return MappingProxyType({f.name: f for f in _ALL})


def format_of(path: Path) -> Format | None:
    """The format that a file name stands for; None for others."""
    return _ending(path, _ALL)


def format_to_read(path: Path) -> Format | None:
    """The format that a file of this name is read as: one that is only written may share its ending with another."""
    return _ending(path, [f for f in _ALL if f.read is not None])


def _ending(path: Path, among: Sequence[Format]) -> Format | None:
    endings = [(len(s), k) for k, f in enumerate(among) for s in f.suffixes if path.name.lower().endswith(s)]
    return among[max(endings)[1]] if endings else None


def read_network(path: Path) -> Imported:
    """A network in a file of another program.

    Raises:
        FormatError: one sentence: there is no such format, or the file can't be read.
    """
    found = format_to_read(path)
    if found is None or found.read is None:
        known = ", ".join(s for f in _ALL if f.read for s in f.suffixes)
        raise FormatError(f"Networks are read from {SUFFIX}, {known}; received {path.name}.")
    if not path.is_file():
        raise FormatError(f"There is no file {path.name}.")
    return found.read(path)


def write_network(out: Outgoing, path: Path, options: Settings | None = None) -> None:
    """Write a network in the format of the file name, with these options or, where there are any, the usual ones.

    Raises:
        FormatError: one sentence: there is no such format, it can't hold the network, or the disk is full.
    """
    found = format_of(path)
    if found is None or found.write is None:
        known = ", ".join(s for f in _ALL if f.write for s in f.suffixes)
        raise FormatError(f"Networks are written as {SUFFIX}, {known}; received {path.name}.")
    if found.options is None:
        found.write(out, path)
    else:
        found.write(out, path, options or found.options())


def recipe_of(path: Path) -> Path:
    """Where the recipe of the data stands, beside a file that can't hold it."""
    return path.with_name(f"{path.stem}.recipe.txt")


def write_recipe(out: Outgoing, path: Path) -> Path | None:
    """Write how the data is prepared beside a network that takes prepared numbers; None where nothing is to be said.

    Raises:
        FormatError: the operating system refused.
    """
    found = format_of(path)
    preparation = out.meaning.preparation
    if preparation is None or found is None or "recipe" in found.keeps:
        return None
    with replacing(recipe_of(path)) as file:
        file.write(f"{preparation.describe()}\n".encode())
    return recipe_of(path)
