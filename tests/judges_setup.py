"""Installs the judges of judges.py in `.judges`: what `main.py test --judges` does first.

A judge that can't be had here (no Node, no wheel for this system) is left out, which is said; its tests are skipped
then. Nothing of it comes near `.venv`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.judges import FOLDER, NODE, PYTHON, TENSORFLOW, interpreter_in

TORCH, KERAS, TFJS = "2.13.0", "3.15.1", "4.22.0"
RECORD = "installed.txt"  # what was asked for, once it is there


@dataclass(frozen=True)
class Environment:
    """A virtual environment.

    Attributes:
        folder: its name in `.judges`.
        variable: of judges.py; one that somebody named is not made.
        packages: for pip.
        alone: packages without what they ask for.
    """

    folder: str
    variable: str
    packages: tuple[str, ...]
    alone: tuple[str, ...] = ()


ENVIRONMENTS = (
    Environment(
        "python",
        PYTHON,
        (f"torch=={TORCH}", f"keras=={KERAS}", "h5py", "safetensors", "onnx", "onnxruntime", "pillow"),
    ),
    # tf_keras is Keras 2, which goes on being made for TensorFlow; tensorflowjs writes quantized weights
    Environment("tensorflow", TENSORFLOW, ("tensorflow-cpu", f"keras=={KERAS}"), ("tf_keras",)),
)


def install() -> None:
    """Install what is missing, and say what can't be had."""
    FOLDER.mkdir(exist_ok=True)
    for environment in ENVIRONMENTS:
        if not os.environ.get(f"LAYERLOOM_JUDGE_{environment.variable}"):
            _say(environment.folder, _python(environment))
    if not os.environ.get(f"LAYERLOOM_JUDGE_{NODE}"):
        _say("node", _node(FOLDER / "node"))


def _python(environment: Environment) -> str | None:
    """Make a virtual environment; what went wrong, or None."""
    folder = FOLDER / environment.folder
    wanted = "\n".join((sys.version, *environment.packages, *environment.alone))
    if _recorded(folder) == wanted and interpreter_in(folder).is_file():
        return None
    pip = [
        str(interpreter_in(folder)),
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-input",
        "--only-binary=:all:",
    ]
    problem = _run([sys.executable, "-m", "venv", "--clear", str(folder)])
    problem = problem or _run([*pip, *environment.packages])
    if problem is None and environment.alone:
        problem = _run([*pip, "--no-deps", *environment.alone])
    return _finished(folder, wanted, problem)


def _node(folder: Path) -> str | None:
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        return "Node.js with npm is not installed"
    wanted = f"@tensorflow/tfjs@{TFJS}"
    if _recorded(folder) == wanted:
        return None
    folder.mkdir(exist_ok=True)
    (folder / "package.json").write_text('{"private": true}', encoding="utf-8")
    problem = _run(
        [npm, "install", "--prefix", str(folder), "--no-audit", "--no-fund", "--ignore-scripts", wanted]
    )
    return _finished(folder, wanted, problem)


def _finished(folder: Path, wanted: str, problem: str | None) -> str | None:
    if problem is None:
        (folder / RECORD).write_text(wanted, encoding="utf-8")
    else:
        shutil.rmtree(folder, ignore_errors=True)  # or half of it would pass for all of it
    return problem


def _recorded(folder: Path) -> str:
    try:
        return (folder / RECORD).read_text(encoding="utf-8")
    except OSError:
        return ""


def _run(command: list[str]) -> str | None:
    print(f"-- {' '.join(Path(c).name if k == 0 else c for k, c in enumerate(command))}", flush=True)
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    lines = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
    return (lines[-1].strip() if lines else "it said nothing") if done.returncode else None


def _say(name: str, problem: str | None) -> None:
    print(f"-- judge {name}: {'ready' if problem is None else f'not to be had ({problem:.300})'}", flush=True)
