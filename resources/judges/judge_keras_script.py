"""Keras, by a script that builds the network: a program of ours, which is run."""

import importlib.util
import os
import sys

from judge import judge

if "KERAS_BACKEND" not in os.environ:
    known = ("tensorflow", "torch", "jax")
    os.environ["KERAS_BACKEND"] = next(
        (name for name in known if importlib.util.find_spec(name)), "tensorflow"
    )


def predict(model, inputs):
    """The outputs of the network with the weights beside the script."""
    sys.dont_write_bytecode = True  # it lies in a folder of the user's
    spec = importlib.util.spec_from_file_location("exported", model)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.load().predict(inputs if len(inputs) > 1 else inputs[0], verbose=0)


judge(predict)
