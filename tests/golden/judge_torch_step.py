"""Asks PyTorch: takes one training step with every exported script of a folder and compares the weights with ours.

Run by tests with an interpreter that has PyTorch: `judge_torch_step.py FOLDER`. `NAME.npz` holds the batch by the names of
inputs and targets, `NAME.after.safetensors` the weights after our step. Prints one JSON object: by name, the largest
difference relative to the largest change, or what went wrong.
"""

import json
import runpy
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
from safetensors.torch import load_file


def difference(path: Path) -> float:
    """How far the weights after one step are from ours, beside how far the step went."""
    script = SimpleNamespace(**runpy.run_path(str(path)))
    name = path.stem.removeprefix("train_")
    before = load_file(path.with_name(f"{name}.safetensors"))
    after = load_file(path.with_name(f"{name}.after.safetensors"))
    model = script.network()
    model.train()
    batch, _ = script.load_data(path.with_name(f"{name}.npz"))
    optimizer = script.make_optimizer(model)
    rate = float(
        script.SCHEDULE.rates(np.array(0), SimpleNamespace(learning_rate=script.LEARNING_RATE, steps=1))
    )
    script.update(model, optimizer, rate, script.loss_of(model, batch) + script.penalty(model))
    found = script.learned(model)
    worst = 0.0
    for key, wanted in after.items():
        if wanted.is_floating_point() and "running_var" not in key:
            change = max(float((wanted - before[key]).abs().max()), 1e-3)
            worst = max(worst, float((found[key] - wanted).abs().max()) / change)
    return worst


def main() -> None:
    """Compare all."""
    found: dict[str, float | str] = {}
    for path in sorted(Path(sys.argv[1]).glob("train_*.py")):
        if not path.stem.endswith("_ray"):
            try:
                found[path.stem.removeprefix("train_")] = difference(path)
            except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever it is, it is the answer
                found[path.stem.removeprefix("train_")] = f"{type(error).__name__}: {error}"
    print(json.dumps(found))


if __name__ == "__main__":
    main()
