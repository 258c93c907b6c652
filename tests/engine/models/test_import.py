"""Drawing a network in a script loads no more than it needs: what takes long is left for who trains, opens or saves."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
LEFT_OUT = (
    *("engine.compiler", "engine.graph.grouping", "engine.models.running", "engine.training.states"),
    *("engine.data.recipe", "engine.data.sources", "engine.devices.cpu", "engine.formats.project"),
    *(
        "engine.training.trainer",
        "engine.worker",
        "gl_kernels",
        "llvmlite",
        "platformdirs",
        "PySide6",
        "safetensors",
    ),
)


def test_what_importing_models_leaves_out() -> None:
    code = "import sys, engine.models; print(*sys.modules, sep='\\n')"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True)
    loaded = set(done.stdout.split())
    assert "engine.models" in loaded
    assert {m for m in loaded if m.startswith(LEFT_OUT)} == set()
