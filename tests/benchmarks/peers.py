"""The libraries that people would take instead, as processes that print JSON lines; their scripts live elsewhere.

A folder `home` holds `venv-torch`, `venv-misc` (Python environments) and `node` (Node's modules); a folder `scripts` holds
the benchmarks, which write one row a line as `main.py bench --json` does.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NETWORKS = ("W1", "W2", "W3", "W4", "W5", "W6")
ALL = (*NETWORKS, "W7", "W8")
LIMIT_S = 150
# what a script calls a phase, and what it is; the faster of several ways to train counts
PHASES = {"train-minimize": "train", "train-on-batch": "train", "elementwise": "infer"}
ALLOCATORS = ("/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64", "/usr/lib")


@dataclass(frozen=True)
class Row:
    """One phase of one workload by one library.

    Attributes:
        case: workload, with the size where it has several: "W7 1024".
        who: a peer's name, or "ours".
        device: of ours, "" for a peer.
        asked: the device that was asked for, "" for a peer.
        value: steps a second; GFLOP/s or GB/s for the raw operations.
        quiet: whether at least three blocks were not disturbed.
    """

    case: str
    phase: str
    who: str
    device: str
    asked: str
    value: float
    quiet: bool
    peak_mb: float
    first_s: float


@dataclass(frozen=True)
class Peer:
    """A library: the command, `{home}` and `{workload}` in it filled in, run in the folder of the scripts."""

    name: str
    command: tuple[str, ...]
    workloads: tuple[str, ...] = ALL
    environment: Mapping[str, str] = field(default_factory=dict)


def known_peers() -> tuple[Peer, ...]:
    """All libraries, those of the processor first."""
    torch = ("{home}/venv-torch/bin/python", "torch_bench.py", "{workload}")
    misc = "{home}/venv-misc/bin/python"
    web = ("node", "tfjs_webgl/run.mjs", "gl-egl", "{workload}", "100")
    found = [
        Peer("torch", torch),
        Peer("jax", (misc, "jax_bench.py", "{workload}")),
        Peer("keras", ("{home}/venv-torch/bin/python", "keras_bench.py", "{workload}"), NETWORKS),
        Peer("sklearn", (misc, "sklearn_bench.py", "{workload}"), ("W1", "W2", "W3", "W7", "W8")),
        Peer("tfjs-wasm", ("node", "tfjs_bench.mjs", "wasm", "{workload}"), ("W1", "W2", "W3", "W6", "W7")),
        Peer("tfjs-webgl", web, ("W1", "W2", "W3", "W4", "W6", "W7", "W8")),
    ]
    allocator = _pooling_allocator()
    if allocator:
        found.insert(1, Peer("torch-pool", torch, ("W4", "W5", "W8"), {"LD_PRELOAD": allocator}))
    return tuple(found)


def _pooling_allocator() -> str:
    paths = (Path(folder) / "libtcmalloc_minimal.so.4" for folder in ALLOCATORS)
    return next((str(path) for path in paths if path.exists()), "")


def run_peer(peer: Peer, workload: str, home: Path, scripts: Path, seconds: float) -> list[Row]:
    """Measure a library in a process of its own; an empty list, said on stderr, where it cannot."""
    command = [part.format(home=home, workload=workload) for part in peer.command]
    cores = str(os.cpu_count() or 1)
    environment = {
        "PEER_HOME": str(home),
        "PEER_NODE": str(home / "node"),
        "PEER_THREADS": cores,
        "OMP_NUM_THREADS": cores,
        "OPENBLAS_NUM_THREADS": cores,
        "KERAS_BACKEND": "torch",
        "PEER_CAP_S": str(seconds),
        "PEER_BLOCK_S": str(seconds / 10),
        "PEER_T0": repr(time.time()),
        **peer.environment,
    }
    facts = _lines(command, scripts, environment)
    return [_row(peer.name, "", fact) for fact in facts if "steps_per_s" in fact]


def run_ours(workload: str, device: str, seconds: float, caches: Path) -> list[Row]:
    """Measure Layerloom with its own command, in a process of its own."""
    command = [sys.executable, "main.py", "bench", workload, "--device", device, "--json"]
    environment = {"LAYERLOOM_CACHE_DIR": str(caches)}
    facts = _lines([*command, "--seconds", str(seconds)], ROOT, environment)
    return [_row("ours", device, fact) for fact in facts]


def _lines(command: list[str], folder: Path, environment: Mapping[str, str]) -> list[dict[str, object]]:
    """The JSON objects that a command prints, also where it fails or takes too long later on."""
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env={**inherited, **environment},
            check=False,
            capture_output=True,
            timeout=LIMIT_S,
        )
        output, error = done.stdout, done.stderr if done.returncode else b""
    except subprocess.TimeoutExpired as late:
        output, error = late.stdout or b"", f"took longer than {LIMIT_S} s".encode()
    except OSError as missing:
        output, error = b"", str(missing).encode()
    if error:
        last = (error.decode(errors="replace").strip().splitlines() or ["no message"])[-1]
        print(f"{' '.join(command[:4])}: {last:.200}", file=sys.stderr)
    return [json.loads(line) for line in output.decode().splitlines() if line.startswith("{")]


def _row(who: str, asked: str, fact: Mapping[str, object]) -> Row:
    workload, phase = str(fact["workload"]), str(fact["phase"])
    size = str(fact.get("size", "")) if workload == "W7" else ""
    if phase.startswith("gemm"):
        phase, size = "infer", phase.removeprefix("gemm")
    figure = next((name for name in ("gflops", "gb_per_s") if name in fact), "steps_per_s")
    return Row(
        f"{workload} {size}".strip(),
        PHASES.get(phase, phase),
        who,
        str(fact.get("device", "")),
        asked,
        _number(fact, figure),
        _number(fact, "quiet_blocks") >= 3,
        _number(fact, "peak_rss_mb"),
        _number(fact, "startup_to_first_step_s") or _number(fact, "first_step_s"),
    )


def _number(fact: Mapping[str, object], name: str) -> float:
    value = fact.get(name)
    return float(value) if isinstance(value, int | float) else 0.0
