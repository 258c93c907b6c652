"""Networks in scripts and notebooks, without the window: draw, fit, evaluate, predict, save.

>>> import numpy as np
>>> from engine import layers
>>> from engine.models import Sequential
>>> x = np.linspace(-1, 1, 64, dtype=np.float32)[:, None]
>>> model = Sequential([layers.Dense(units=1)])
>>> model.compile(optimizer={"name": "SGD", "learning_rate": 0.1}, loss="mean_squared_error")
>>> history = model.fit(x, 3 * x + 1, epochs=200, batch_size=16, verbose=False)
>>> model.predict(np.zeros((1, 1), np.float32)).round(2)
array([[1.]], dtype=float32)
"""

from engine.program.garbage import all_stays

with all_stays():  # a tenth of the import would be spent on looking for garbage
    from engine.models.files import load_model
    from engine.models.history import History
    from engine.models.model import Model
    from engine.models.sequential import Sequential
    from engine.models.symbols import Input, Symbol

__all__ = ["History", "Input", "Model", "Sequential", "Symbol", "load_model"]
