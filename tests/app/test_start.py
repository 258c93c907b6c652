"""What the window does not import before it is shown. Times flake; what is imported does not."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
# 867 since layers, losses and data sets are imported when they are needed; 1,050 where what trains is imported at once
MOST_MODULES = 890


def imported_by(module: str) -> set[str]:
    """All modules that a fresh interpreter has after importing one."""
    code = f"import {module}, sys; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        check=True,
        stdout=subprocess.PIPE,
        encoding="utf-8",
        timeout=60,
    )
    return set(done.stdout.split())


def test_plots_and_training_come_after_the_window() -> None:
    found = imported_by("app.main")
    late = {
        "pyqtgraph",
        "app.predictions.everything",
        "engine.compiler.model",
        "engine.training.session",
        "engine.worker.server",
        "OpenGL",
    }
    late |= {"app.help.panel", "engine.data.recipe.plan"}
    late |= {"engine.layers.conv2d", "engine.layers.lstm", "engine.proposals.transfer"}
    late |= {"engine.objectives.errors", "engine.objectives.thresholds"}
    late |= {"PIL", "duckdb", "python_calamine"}  # the readers of people's own data
    assert not found & late
    assert len(found) < MOST_MODULES


def test_a_worker_says_which_devices_there_are_before_it_imports_what_jobs_need() -> None:
    code = """
import sys
from multiprocessing import Pipe
from engine.worker import client
class Told(client.Channel):
    def send(self, message):
        print(type(message).__name__, *(info.kind for info in message.devices), file=sys.stderr)
        print(*sys.modules)
        raise OSError("nobody listens")
client.Channel = Told
client._serve(Pipe()[1])
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True)
    assert done.stderr.split()[:2] == ["Ready", "cpu"]
    late = {"pydantic", "OpenGL", "engine.ops.op", "engine.compiler.fuse", "engine.worker.server"}
    assert not set(done.stdout.split()) & late


def test_scripts_and_the_worker_import_neither_window_nor_terminal() -> None:
    for module in ("engine.models", "engine.worker.server"):
        assert not {n.split(".")[0] for n in imported_by(module)} & {
            "PySide6",
            "pyqtgraph",
            "OpenGL",
            "rich",
            "PIL",
            "duckdb",
            "python_calamine",
        }


def test_a_command_imports_nothing_that_only_another_one_needs() -> None:
    code = "import sys; from engine.cli.main import main; main(['examples']); print(*sys.modules, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True)
    assert "spiral" in done.stdout
    late = {"engine.bench.workloads", "engine.cli.train", "engine.cli.convert", "engine.training.trainer"}
    assert not set(done.stderr.split()) & late
