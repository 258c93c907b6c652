"""Layers models of TensorFlow.js: `model.json` with shards of weights beside it. TensorFlow.js itself is not needed."""
