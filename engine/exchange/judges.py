"""The programs that exported files are for, where they are installed: each is asked what a file of ours predicts.

They are never imported here: a judge is a short script of ours (`resources/judges`), run by an interpreter that the user
has, with a time limit, in an empty folder. Arrays of plain numbers go in and come out.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import IO, Literal

import numpy as np

from engine.devices.base import Watch
from engine.formats.errors import FormatError
from engine.formats.guards import read_json
from engine.tensor.spec import Array

SCRIPTS = Path(__file__).parents[2] / "resources" / "judges"
LONGEST = 180.0  # seconds that a judge may take; the first start of TensorFlow takes thirty on a slow disk
LOOK = 30.0  # seconds that an interpreter may take to say what it has
MOST = 1 << 28  # bytes of one answer
PYTHON, TFJS = "python", "tfjs"  # what a user may name


@dataclass(frozen=True)
class Judge:
    """A program that reads a format.

    Attributes:
        name: in declarations of formats.
        title: for people.
        script: its file in `resources/judges`.
        program: what runs the script.
        modules: of Python, without which it can't.
        reads_text: whether its files begin with the texts; others begin with the numbers that are made of them.
    """

    name: str
    title: str
    script: str
    program: Literal["python", "node"] = "python"
    modules: tuple[str, ...] = ()
    reads_text: bool = False


_ALL = (
    Judge("keras", "Keras", "judge_keras.py", modules=("keras", "numpy"), reads_text=True),
    Judge("keras_script", "Keras", "judge_keras_script.py", modules=("keras", "numpy")),
    Judge("numpy", "NumPy", "judge_numpy.py", modules=("numpy",)),
    Judge("onnx", "ONNX Runtime", "judge_onnx.py", modules=("onnxruntime", "numpy")),
    Judge("torch", "PyTorch", "judge_torch.py", modules=("torch", "safetensors", "numpy")),
    Judge("tfjs", "TensorFlow.js", "judge_tfjs.js", "node"),
)


def judges() -> Mapping[str, Judge]:
    """All of them by name."""
    return MappingProxyType({j.name: j for j in _ALL})


@dataclass(frozen=True)
class Places:
    """Where the user has other programs; empty: look for them.

    Attributes:
        python: an interpreter that has some of them.
        tfjs: `tf.min.js`, or the folder of the package @tensorflow/tfjs.
    """

    python: str = ""
    tfjs: str = ""

    @classmethod
    def of_environment(cls) -> Places:
        """As the environment says it: LAYERLOOM_PYTHON, LAYERLOOM_TFJS."""
        return cls(os.environ.get("LAYERLOOM_PYTHON", ""), os.environ.get("LAYERLOOM_TFJS", ""))


def command_of(judge: Judge, places: Places) -> tuple[str, ...] | None:
    """How the judge is run, but for the file and the folder; None where it is not installed."""
    script = str(SCRIPTS / judge.script)
    if judge.program == "node":
        node, library = shutil.which("node"), tfjs_file(places)
        return None if node is None or library is None else (node, script)
    for python in _pythons(places):
        if _has(python, judge.modules):
            return python, "-E", script
    return None


def ask(
    judge: Judge,
    path: Path,
    inputs: Sequence[Array],
    places: Places,
    watch: Watch | None = None,
    network: Path | None = None,
) -> list[Array]:
    """What a judge says that a file predicts.

    Args:
        judge: installed, by `command_of`.
        path: of the file.
        inputs: (n, ..) each, float32 or int32, in the order of the file's inputs.
        places: of programs.
        watch: called while it thinks; what that raises ends it.
        network: a file with the network that `path` has only the weights of.

    Raises:
        FormatError: it refuses the file, takes too long, or says nonsense.
    """
    command = command_of(judge, places)
    if command is None:
        raise FormatError(f"{judge.title} is not installed.")
    more = (str(tfjs_file(places)),) if judge.program == "node" else ()
    with tempfile.TemporaryDirectory(prefix="layerloom-") as name:
        folder = Path(name)
        _give(inputs, folder)
        files = [str(p.resolve()) for p in ((path,) if network is None else (network, path))]
        _run((*command, files[0], str(folder), *more, *files[1:]), folder, judge.title, watch)
        return _take(folder, judge.title)


def tfjs_file(places: Places) -> Path | None:
    """The library as one file for browsers, which Node runs, too; None where there is none."""
    named = [Path(places.tfjs)] if places.tfjs else []
    for place in [*named, *_packages()]:
        for candidate in (place, place / "tf.min.js", place / "dist" / "tf.min.js", place / _TFJS_IN_MODULES):
            if candidate.name.endswith(".js") and candidate.is_file():
                return candidate
    return None


_TFJS_IN_MODULES = Path("@tensorflow/tfjs/dist/tf.min.js")


def _packages() -> Iterator[Path]:
    """Where npm puts packages that are installed for a user, or for all."""
    for folder in os.environ.get("NODE_PATH", "").split(os.pathsep):
        if folder:
            yield Path(folder)
    yield from (Path.cwd() / "node_modules", Path.home() / "node_modules")
    node = shutil.which("node")
    if node is not None:
        yield Path(node).resolve().parent.parent / "lib" / "node_modules"
        yield Path(node).resolve().parent / "node_modules"


def _pythons(places: Places) -> list[str]:
    """Interpreters to ask, those first that the user named or is in."""
    folder, ending = ("Scripts", ".exe") if os.name == "nt" else ("bin", "")
    homes = [os.environ.get("VIRTUAL_ENV"), os.environ.get("CONDA_PREFIX")]
    found = [places.python or None, sys.executable]
    found += [str(Path(home) / folder / f"python{ending}") for home in homes if home]
    found += [shutil.which("python3"), shutil.which("python")]
    return list(dict.fromkeys(p for p in found if p and Path(p).is_file()))


@cache
def _has(python: str, modules: tuple[str, ...]) -> bool:
    """Whether an interpreter finds modules; it does not import them."""
    asking = "import importlib.util as u, sys; sys.exit(any(u.find_spec(m) is None for m in sys.argv[1:]))"
    try:
        with tempfile.TemporaryDirectory(prefix="layerloom-") as folder:
            done = subprocess.run(
                [python, "-E", "-c", asking, *modules],
                cwd=folder,
                env=_environment(),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=LOOK,
                check=False,
            )
    except (OSError, subprocess.SubprocessError):
        return False
    return done.returncode == 0


def forget() -> None:
    """Look anew for what is installed."""
    _has.cache_clear()


def _environment() -> dict[str, str]:
    """Enough to run, no card and no chatter: a judge says the same wherever it is asked."""
    kept = (
        "PATH",
        "HOME",
        "SYSTEMROOT",
        "TEMP",
        "TMP",
        "TMPDIR",
        "USERPROFILE",
        "APPDATA",
        "LD_LIBRARY_PATH",
        "LANG",
    )
    wanted = {name: os.environ[name] for name in kept if name in os.environ}
    return {**wanted, "CUDA_VISIBLE_DEVICES": "-1", "TF_CPP_MIN_LOG_LEVEL": "3", "TF_ENABLE_ONEDNN_OPTS": "0"}


def _give(inputs: Sequence[Array], folder: Path) -> None:
    facts = []
    for k, values in enumerate(inputs):
        kind = {"i": "<i4", "u": "<i4", "U": values.dtype.str}.get(values.dtype.kind, "<f4")
        array = np.ascontiguousarray(values, kind)
        array.tofile(folder / f"x{k}.bin")
        facts.append({"shape": list(array.shape), "dtype": array.dtype.str})
    (folder / "inputs.json").write_text(json.dumps(facts), encoding="utf-8")


def _run(command: Sequence[str], folder: Path, title: str, watch: Watch | None) -> None:
    with (folder / "said.txt").open("w+b") as said:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=said,
            start_new_session=True,
        )
        try:
            status = _waited(process, title, watch)
        finally:
            _end(process)
        if status:
            raise FormatError(f"{title} could not run the file: {_last_line(said)}")


def _waited(process: subprocess.Popen[bytes], title: str, watch: Watch | None) -> int:
    begin = time.monotonic()
    while True:
        try:
            return process.wait(0.05)
        except subprocess.TimeoutExpired:
            if watch is not None:
                watch(0, 0)
            if time.monotonic() - begin > LONGEST:
                raise FormatError(f"{title} did not answer within {LONGEST:.0f} seconds.") from None


def _end(process: subprocess.Popen[bytes]) -> None:
    """Nothing of it goes on, whatever it has started."""
    if process.poll() is not None:
        return
    if os.name == "posix":
        with contextlib.suppress(OSError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.wait()


def _last_line(said: IO[bytes]) -> str:
    said.seek(0, os.SEEK_END)
    said.seek(max(0, said.tell() - 4096))
    lines = [line.strip() for line in said.read().decode("utf-8", "replace").splitlines() if line.strip()]
    words = "".join(c if c.isprintable() else " " for c in lines[-1]) if lines else "it says no reason"
    return words[:300]


def _take(folder: Path, title: str) -> list[Array]:
    nonsense = FormatError(f"{title} gave an answer that can't be read.")
    try:
        facts = read_json((folder / "outputs.json").read_bytes()[:MOST])
        outputs = []
        for k, fact in enumerate(facts):
            shape = tuple(int(n) for n in fact["shape"])
            data = (folder / f"y{k}.bin").read_bytes()
            if min(shape, default=0) < 0 or math.prod(shape) * 4 != len(data) or len(data) > MOST:
                raise nonsense
            outputs.append(np.frombuffer(data, "<f4").reshape(shape))
    except (OSError, TypeError, KeyError, ValueError) as error:
        raise nonsense from error
    return outputs
