"""A file of Python that predicts with NumPy alone."""

import importlib.util

from judge import judge


def predict(model, inputs):
    """What the last layers give for prepared arrays."""
    spec = importlib.util.spec_from_file_location("network_to_judge", model)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.network(*inputs)


judge(predict)
