"""The operations, one record each: shape rule, NumPy reference, gradient written as ops, GPU expression."""
