"""Writes the folder of a page: our scripts as they are, the network as TensorFlow.js has it, and what is asked and shown.

Names of columns and classes come from people's files. They reach the page as JSON in a script of its own and are shown as
text only; nothing of them is ever markup.
"""

from __future__ import annotations

import base64
import html
import json
import tempfile
from pathlib import Path
from typing import Any

from engine.exchange.judges import Places, tfjs_file
from engine.exchange.outgoing import Outgoing, specs_of
from engine.exchange.tfjs.shards import remove_others
from engine.exchange.tfjs.writing import write_tfjs
from engine.exchange.web.facts import page_facts
from engine.exchange.web.options import WebOptions
from engine.exchange.web.texts import without_texts
from engine.formats.atomic import replacing
from engine.formats.errors import FormatError

HOME = Path(__file__).parents[3] / "resources" / "web"
SCRIPTS = (
    "style.css",
    "prepare.js",
    "layers.js",
    "resize.js",
    "centre.js",
    "controls.js",
    "answers.js",
    "page.js",
)
PAGE, FACTS, MODEL, NETWORK, LIBRARY = (
    "index.html",
    "page-data.js",
    "model-data.js",
    "model.json",
    "tf.min.js",
)
EMBEDDED = 64 << 20  # bytes of weights up to which a script may hold them
LARGEST_LIBRARY = 32 << 20
OURS = "Made with Layerloom"
# version 4.22.0 of the package, whose files that server has as they are
CDN = "https://cdn.jsdelivr.net/npm/@tensorflow/tfjs@4.22.0/dist/tf.min.js"
INTEGRITY = "sha384-vE8hbVJ4lezako5rlvE7bY0BVzWlFhZncPlckrqNwcUQpVtgbENTgZ8TBbnPjZre"


def write_web(out: Outgoing, path: Path, options: WebOptions) -> None:
    """Write the page `index.html` and what it needs beside it; the folder is made where it is missing.

    Raises:
        FormatError: TensorFlow.js can't hold the network, the folder has another page in it, or the operating system
            refused.
    """
    folder = path.parent
    _require_ours(folder, path)
    network, texts = without_texts(out)
    specs = specs_of(network.net)
    shapes = [specs[end].shape for end in network.net.outputs]
    facts = page_facts(network, texts, shapes, options)
    library = _library(options)
    with tempfile.TemporaryDirectory(prefix="layerloom-") as name:
        write_tfjs(network, Path(name) / NETWORK, masked_means=True)
        files = {each.name: each.read_bytes() for each in sorted(Path(name).iterdir())}
    embedded = options.embed and sum(map(len, files.values())) <= EMBEDDED
    if embedded:
        files[MODEL] = f"window.LAYERLOOM_MODEL = {_script(_model(files))};\n".encode()
    files |= {each: (HOME / each).read_bytes() for each in SCRIPTS}
    files[FACTS] = f"window.LAYERLOOM_PAGE = {_script(facts)};\n".encode()
    if library is not None:
        files[LIBRARY] = library
    files[path.name] = _page(out.meaning.title, embedded=embedded, local=library is not None)
    _write(folder, files, path.name)


def _write(folder: Path, files: dict[str, bytes], last: str) -> None:
    """The page itself comes last: it is there when all that it needs is."""
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise FormatError(f"{folder} can't be made ({error.strerror or error}).") from error
    for name in sorted(files, key=lambda name: name == last):
        with replacing(folder / name) as file:
            file.write(files[name])
    if MODEL not in files:
        (folder / MODEL).unlink(missing_ok=True)
    remove_others(folder, Path(NETWORK).stem, files)


def _require_ours(folder: Path, path: Path) -> None:
    """Refuse a folder in which somebody has other work."""
    try:
        ours = path.is_file() and OURS.encode() in path.read_bytes()[: 1 << 20]
        other = next((n for n in (path.name, *SCRIPTS) if (folder / n).exists()), None)
    except OSError as error:
        raise FormatError(f"{path} can't be looked at ({error.strerror or error}).") from error
    if other is not None and not ours:
        raise FormatError(
            f"There is another {other} in {folder}, which would be lost; choose an empty folder."
        )


def _library(options: WebOptions) -> bytes | None:
    """TensorFlow.js, if it is to be copied.

    Raises:
        FormatError: it is not where it was said to be.
    """
    if not options.tfjs:
        return None
    found = tfjs_file(Places(tfjs=options.tfjs)) if Path(options.tfjs).exists() else None
    try:
        data = found.read_bytes() if found is not None and found.stat().st_size <= LARGEST_LIBRARY else b""
    except OSError as error:
        raise FormatError(f"{found} can't be read ({error.strerror or error}).") from error
    if b"loadLayersModel" not in data:
        raise FormatError(
            f"There is no TensorFlow.js at {options.tfjs}; name its tf.min.js, or the folder of @tensorflow/tfjs."
        )
    return data


def _model(files: dict[str, bytes]) -> dict[str, Any]:
    whole = json.loads(files[NETWORK])
    (group,) = whole["weightsManifest"]
    data = b"".join(files[name] for name in group["paths"])
    weights = base64.b64encode(data).decode()
    return {"topology": whole["modelTopology"], "specs": group["weights"], "weights": weights}


def _script(value: Any) -> str:
    """JSON that ends no script, whatever stands in it."""
    return (
        json.dumps(value, allow_nan=False)
        .replace("<", "\\u003c")
        .replace(">", "\\u003e")
        .replace("&", "\\u0026")
    )


def _page(title: str, *, embedded: bool, local: bool) -> bytes:
    library = (
        f'<script src="{LIBRARY}"></script>'
        if local
        else f'<script src="{CDN}" integrity="{INTEGRITY}" crossorigin="anonymous"></script>'
    )
    model = f'<script src="{MODEL}"></script>\n' if embedded else ""
    parts = {
        "@library@": library,
        "@model@": model,
        "@title@": html.escape(title),
    }  # the title last: it may say anything
    text = (HOME / PAGE).read_text(encoding="utf-8")
    for name, value in parts.items():
        text = text.replace(name, value)
    return text.encode()
