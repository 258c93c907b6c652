"""ONNX Runtime, on the processor."""

import onnxruntime
from judge import judge


def predict(model, inputs):
    """The outputs of the graph, its inputs in their order."""
    session = onnxruntime.InferenceSession(str(model), providers=["CPUExecutionProvider"])
    names = [given.name for given in session.get_inputs()]
    return session.run(None, dict(zip(names, inputs, strict=True)))


judge(predict)
