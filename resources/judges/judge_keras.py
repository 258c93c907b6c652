"""Keras, on whichever of its backends is installed; a third argument is a file of weights for the model."""

import os
import sys
from importlib.util import find_spec

from judge import judge

if "KERAS_BACKEND" not in os.environ:
    known = ("tensorflow", "torch", "jax")
    os.environ["KERAS_BACKEND"] = next((name for name in known if find_spec(name)), "tensorflow")


def predict(model, inputs):
    """The outputs of the whole model."""
    import keras

    loaded = keras.models.load_model(model, compile=False)
    if len(sys.argv) > 3:
        loaded.load_weights(sys.argv[3])
    return loaded.predict(inputs if len(inputs) > 1 else inputs[0], verbose=0)


judge(predict)
