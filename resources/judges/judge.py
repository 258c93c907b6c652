"""What every judge in Python does: read the samples, ask, write the answers. Run outside of Layerloom's environment.

    python judge_keras.py MODEL FOLDER

FOLDER has `inputs.json`, a list of shapes and types, and `x0.bin`, `x1.bin` .. with the numbers; `outputs.json` and
`y0.bin` .. are written beside them. Only arrays of plain numbers cross the border.
"""

import json
import sys
from pathlib import Path

import numpy as np


def judge(predict):
    """Answer with what `predict(path, arrays)` returns: an array or a list of them."""
    model, folder = Path(sys.argv[1]), Path(sys.argv[2])
    facts = json.loads((folder / "inputs.json").read_text())
    inputs = [
        np.fromfile(folder / f"x{k}.bin", fact["dtype"]).reshape(fact["shape"])
        for k, fact in enumerate(facts)
    ]
    found = predict(model, inputs)
    outputs = list(found) if isinstance(found, (list, tuple)) else [found]
    answers = []
    for k, output in enumerate(outputs):
        array = np.ascontiguousarray(output, "<f4")
        array.tofile(folder / f"y{k}.bin")
        answers.append({"shape": list(array.shape), "dtype": "<f4"})
    (folder / "outputs.json").write_text(json.dumps(answers))
