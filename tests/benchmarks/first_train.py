"""The first Train of examples on a computer that has seen none: how long until the curve, and until Cancel acts.

`python -m tests.benchmarks.first_train [EXAMPLE ..]` prints a line of JSON for each: two new windows with empty caches, in
one of which Train is clicked and left alone, in the other one cancelled a moment later. Times in milliseconds, from the
click; `silence` is the longest time in which the window heard nothing.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from PySide6.QtCore import QTimer

from app import main as application
from app.document import Document
from engine.formats.examples import examples
from tests.benchmarks.window import Probe, when_usable

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ("spiral", "mnist-mlp", "mnist-cnn", "shakespeare")
CANCELLED_AFTER_MS = 300
LIMIT_S = 120


class FirstTrain(Probe):
    """Opens an example in the window, and clicks Train as soon as its data is there.

    Args:
        name: of the example.
        cancelled: whether Cancel is clicked a moment later.
    """

    def __init__(self, name: str, *, cancelled: bool) -> None:
        super().__init__(time.monotonic())
        self._name = name
        self._cancelled = cancelled
        self._heard = 0.0

    def open(self) -> None:
        """Show the example instead of the one the window starts with."""
        self.window.open_document(Document(examples()[self._name].graph()))
        when_usable(self, self._begin)

    def _begin(self) -> None:
        training = self.window.training
        training.preparing.connect(self._on_news)
        training.started.connect(self._on_news)
        training.progressed.connect(self._on_progress)
        training.cancelled.connect(self._on_end)
        training.ended.connect(self._on_end)
        self._clicked = self._heard = time.monotonic()
        self.window.top_bar.train.click()
        if self._cancelled:
            QTimer.singleShot(CANCELLED_AFTER_MS, self, self._cancel)

    def _cancel(self) -> None:
        self._clicked = time.monotonic()
        self.window.training.stop()

    def _on_news(self, _news: object) -> None:
        now = time.monotonic()
        self.figures.setdefault("said", round(1000 * (now - self._clicked)))
        self.figures["silence"] = max(self.figures.get("silence", 0), round(1000 * (now - self._heard)))
        self._heard = now

    def _on_progress(self, progress: object) -> None:
        if not self._cancelled:
            self._on_news(progress)
            self.figures["curve"] = self._since(self._clicked)
            self.finish()

    def _on_end(self, _ended: object = None) -> None:
        if self._cancelled:
            self.figures = {"cancel": self._since(self._clicked)}
            self.finish()


def measure(name: str, *, cancelled: bool) -> dict[str, float]:
    """One click in a new window with empty caches."""
    command = [sys.executable, "-m", "tests.benchmarks.first_train", name, "--click"]
    with tempfile.TemporaryDirectory() as folder:
        own = ("LAYERLOOM_CACHE_DIR", "LAYERLOOM_DATA_DIR", "XDG_CONFIG_HOME", "MESA_SHADER_CACHE_DIR")
        done = subprocess.run(
            command + ["--cancel"] * cancelled,
            cwd=ROOT,
            env={**os.environ, **{variable: f"{folder}/{variable}" for variable in own}},
            check=True,
            stdout=subprocess.PIPE,
            timeout=LIMIT_S,
        )
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return figures


def main() -> int:
    """Measure what is named; with `--click`, be the window."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("examples", nargs="*", default=EXAMPLES)
    parser.add_argument("--click", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--cancel", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.click:
        application.make_application()
        probe = FirstTrain(arguments.examples[0], cancelled=arguments.cancel)
        when_usable(probe, probe.open)
        return application.run([])
    for name in arguments.examples:
        print(
            json.dumps({"example": name, **measure(name, cancelled=False), **measure(name, cancelled=True)})
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
