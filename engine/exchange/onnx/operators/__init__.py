"""Operators of ONNX in terms of our operations, a function for each, found by `engine.exchange.onnx.calls`."""
