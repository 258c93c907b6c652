"""What people choose for a page."""

from __future__ import annotations

from typing import Literal

from engine.settings import Settings, setting


class WebOptions(Settings):
    """Options of a web page."""

    tfjs: str = setting(
        "",
        "TensorFlow.js",
        "tf.min.js, or the folder of the package @tensorflow/tfjs, to copy beside the page; empty: the page loads it from "
        "a public server (cdn.jsdelivr.net)",
    )
    embed: bool = setting(
        True,
        "Opens by double click",
        "the network is in a script; without it, or above 64 MB, a web server is needed",
    )
    pixels: Literal["0..1", "-1..1", "0..255"] = setting(
        "0..1", "Pixels", "range of the pixels that the network takes, where its data does not say it"
    )
