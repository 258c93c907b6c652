"""Asks PyTorch: imports every exported module of a folder and compares what it gives with the arrays beside it.

Run by tests with an interpreter that has PyTorch: `judge_torch.py FOLDER`. Prints one JSON object: names that agree, and
what was wrong with the others. `NAME.npz` holds `x0 ..` and `y0 ..`; a module is also run once as in training.
"""

import json
import runpy
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import torch

CLOSE = 1e-5


def wrong(path: Path) -> str:
    """What is wrong with an exported module; "" where it agrees."""
    module = SimpleNamespace(**runpy.run_path(str(path)))
    with np.load(path.with_suffix(".npz")) as file:
        inputs = [file[f"x{k}"] for k in range(sum(n[0] == "x" for n in file))]
        expected = [file[f"y{k}"] for k in range(sum(n[0] == "y" for n in file))]
    model = module.load()
    given = module.predict(model, *inputs)
    given = given if isinstance(given, tuple) else (given,)
    if len(given) != len(expected):
        return f"{len(given)} outputs instead of {len(expected)}"
    for one, other in zip(given, expected, strict=True):
        if tuple(one.shape) != other.shape:
            return f"{tuple(one.shape)} instead of {other.shape}"
        if not np.allclose(one.numpy(), other, CLOSE, CLOSE):
            return f"differs by {np.abs(one.numpy() - other).max()}"
    model.train()
    model(*map(torch.as_tensor, inputs))
    return ""


def main() -> None:
    """Compare all."""
    torch.manual_seed(0)
    agree: list[str] = []
    others: dict[str, str] = {}
    for path in sorted(Path(sys.argv[1]).glob("*.py")):
        try:
            found = wrong(path)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the answer
            found = f"{type(error).__name__}: {error}"
        if found:
            others[path.stem] = found
        else:
            agree.append(path.stem)
    print(json.dumps({"agree": agree, "others": others}))


if __name__ == "__main__":
    main()
