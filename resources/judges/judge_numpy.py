"""A file of Python that predicts with NumPy alone."""

import importlib.util
import sys

from judge import judge


def predict(model, inputs):
    """What the last layers give for prepared arrays."""
    sys.dont_write_bytecode = True  # it lies in a folder of the user's
    spec = importlib.util.spec_from_file_location("network_to_judge", model)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.network(*inputs)


judge(predict)
