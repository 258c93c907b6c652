"""What people choose for an ONNX file."""

from __future__ import annotations

from engine.settings import Settings, setting


class OnnxOptions(Settings):
    """Options of an ONNX file."""

    units: bool = setting(
        True,
        "Scaling inside",
        "the file takes and gives numbers in the units of the data; else they are scaled outside of it",
    )
    columns: bool = setting(
        True,
        "Columns and words",
        "the file takes the columns of the table, words as text, where its recipe can be computed there",
    )
