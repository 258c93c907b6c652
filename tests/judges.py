"""The programs whose word counts: Keras, PyTorch, TensorFlow.js and others, where they are installed.

Our files are theirs to open, so a test marked `judge` asks the original. They are no part of `.venv`: `main.py test
--judges` installs them in `.judges` (see judges_setup.py) and runs those tests; every other run leaves them out.
Somebody who has them already names them: LAYERLOOM_JUDGE_PYTHON, LAYERLOOM_JUDGE_TENSORFLOW, LAYERLOOM_JUDGE_NODE and
LAYERLOOM_JUDGE_CHROMIUM.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / ".judges"
PYTHON, TENSORFLOW, NODE, CHROMIUM = "PYTHON", "TENSORFLOW", "NODE", "CHROMIUM"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
LONGEST = 1200.0  # seconds: Keras takes its time where other programs keep a machine busy


def judge_python() -> Path:
    """An interpreter with Keras 3 on PyTorch, safetensors, ONNX and ONNX Runtime; without one the test is skipped."""
    return _interpreter(PYTHON, "python", "Keras and PyTorch")


def tensorflow_python() -> Path:
    """An interpreter with TensorFlow, Keras 2 (`tf_keras`) and Keras 3; without one the test is skipped."""
    return _interpreter(TENSORFLOW, "tensorflow", "TensorFlow")


def node() -> Path:
    """The program `node`; without it, or without @tensorflow/tfjs, the test is skipped."""
    found = shutil.which("node")
    if found is None:
        pytest.skip("Node.js is not installed")
    node_folder()
    return Path(found)


def node_folder() -> Path:
    """The folder with `node_modules/@tensorflow/tfjs`; without it the test is skipped."""
    folder = Path(os.environ.get(_variable(NODE)) or FOLDER / "node")
    if not (folder / "node_modules" / "@tensorflow" / "tfjs" / "package.json").is_file():
        pytest.skip(_missing("@tensorflow/tfjs", folder, NODE))
    return folder


def chromium() -> Path:
    """A Chromium; without one the test is skipped."""
    named = os.environ.get(_variable(CHROMIUM))
    found = named or next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if found is None or not Path(found).is_file():
        pytest.skip("Chromium is not installed")
    return Path(found)


def ask(python: Path, program: str | Path, *arguments: str | Path, cwd: Path | None = None) -> str:
    """What a Python program says on standard output, run with an interpreter of the above.

    Args:
        python: the interpreter.
        program: a file, or the text of a program.
        arguments: its arguments.
        cwd: where it runs; the repository is not on its path.

    Raises:
        AssertionError: it failed; the end of what it said is in the message.
    """
    command = [str(python), str(program)] if isinstance(program, Path) else [str(python), "-c", program]
    return _said([*command, *map(str, arguments)], cwd)


def ask_node(script: Path, *arguments: str | Path) -> str:
    """What a program for Node says on standard output; it finds packages with `require` from the current folder."""
    return _said([str(node()), str(script), *map(str, arguments)], node_folder())


def interpreter_in(folder: Path) -> Path:
    """The interpreter of a virtual environment."""
    return folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


def _said(command: list[str], cwd: Path | None) -> str:
    done = subprocess.run(
        command,
        cwd=cwd,
        env=_environment(os.environ),
        capture_output=True,
        text=True,
        timeout=LONGEST,
        check=False,
    )
    assert not done.returncode, (
        f"{Path(command[0]).name} failed:\n{done.stdout[-1000:]}\n{done.stderr[-4000:]}"
    )
    return done.stdout


def _environment(outer: Mapping[str, str]) -> dict[str, str]:
    """Of a judge: quiet, on the processor, and without what belongs to our own interpreter."""
    kept = {
        k: v
        for k, v in outer.items()
        if k not in ("PYTHONPATH", "PYTHONHOME", "PYTHONWARNINGS", "VIRTUAL_ENV")
    }
    quiet = {"TF_CPP_MIN_LOG_LEVEL": "3", "TF_ENABLE_ONEDNN_OPTS": "0", "CUDA_VISIBLE_DEVICES": "-1"}
    own = {"KERAS_HOME": str(FOLDER / "keras-home")} if FOLDER.is_dir() else {}
    return {"KERAS_BACKEND": "torch", **kept, **quiet, **own}


def _interpreter(what: str, folder: str, title: str) -> Path:
    named = os.environ.get(_variable(what))
    python = Path(named) if named else interpreter_in(FOLDER / folder)
    if not python.is_file():
        pytest.skip(_missing(title, python, what))
    return python


def _missing(title: str, place: Path, what: str) -> str:
    return f"{title} not in {place}: run `main.py test --judges`, or name them in {_variable(what)}"


def _variable(what: str) -> str:
    return f"LAYERLOOM_JUDGE_{what}"
