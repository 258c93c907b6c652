"""Words or numbers put into bins by their hash."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

import numpy as np
from pydantic import BeforeValidator

from engine.layers.base import Category, Declaration, LayerSample
from engine.layers.encoding import OutputMode, encode_on_host, encoded_shape
from engine.layers.hashes import bin_of
from engine.layers.host import HostLayer, Tables
from engine.layers.string_lookup import Salt
from engine.settings import setting
from engine.tensor.spec import Array, DType, Shape, TensorSpec


def _as_text(value: Any) -> Any:
    """Numbers are hashed as they are written."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


class Hashing(HostLayer):
    """Puts words or whole numbers into a fixed number of bins, without a vocabulary.

    bin = hash(word) modulo bins, with FarmHash64, or SipHash with a salt, as in Keras. Nothing has to be learned, and new
    words find a bin, too; but different words may share one. Use it for columns with very many different words, and put
    an Embedding behind it. It runs on the host, directly behind an Input.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.PREPROCESSING,
        summary="Puts words or numbers into bins by their hash",
        aliases=("hash", "bucket", "feature hashing", "text", "category"),
        keras="Hashing",
        samples=(
            LayerSample({"num_bins": 3}, ((5, 1),), texts=True),
            LayerSample({"num_bins": 5, "mask_value": "so", "salt": 7}, ((3, 2),), texts=True),
            LayerSample({"num_bins": 4, "output_mode": "one_hot"}, ((3, 1),), texts=True),
            LayerSample({"num_bins": 4, "output_mode": "count", "salt": [1, 2]}, ((3, 4),), integers=True),
        ),
    )
    num_bins: int = setting(64, "Bins", "how many", prominent=True, ge=1, le=100_000_000)
    mask_value: Annotated[str | None, BeforeValidator(_as_text)] = setting(
        None, "Mask value", "a word that gets bin 0 for itself"
    )
    salt: Salt = setting(None, "Salt", "two numbers that change the hash (SipHash)", advanced=True)
    output_mode: OutputMode = setting(
        "int", "Gives", "the number of the bin, or 0 and 1 for each bin", prominent=True
    )

    def output_spec(self, x: TensorSpec) -> TensorSpec:
        """(batch, ..) -> int32 of the same shape, or float32 with a dimension for the bins."""
        shape = encoded_shape(x.shape, self.output_mode, self.num_bins, "Hashing")
        return TensorSpec(shape, DType.INT32 if self.output_mode == "int" else DType.FLOAT32)

    def compute(self, values: Array, tables: Tables) -> Array:
        """Bins; measured numbers lose their fraction first."""
        if values.dtype.kind == "f":
            values = values.astype(np.int64)
        words = [str(value) for value in values.reshape(-1).tolist()]
        bins = {word: self._bin(word) for word in set(words)}
        index = np.array([bins[word] for word in words], np.int64).reshape(values.shape)
        return encode_on_host(index, self.output_mode, self.num_bins, "Hashing")

    def _bin(self, word: str) -> int:
        masks = self.mask_value is not None and self.num_bins > 1
        if masks and word == self.mask_value:
            return 0
        return bin_of(word, self.num_bins - masks, self.salt) + masks

    def explain(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> str:
        """How many bins."""
        return f"Puts every word or number into one of {self.num_bins} bins by its hash"
