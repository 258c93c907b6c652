"""Operators of ONNX that one of our layers does: a function for each, found by `engine.exchange.onnx.steps`."""
