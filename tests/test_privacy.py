"""No byte leaves the machine: nothing of ours can speak to the network, and nothing does while people use their data."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FORBIDDEN = frozenset(
    [
        "socket",
        "ssl",
        "http",
        "urllib.request",
        "ftplib",
        "smtplib",
        "poplib",
        "imaplib",
        "telnetlib",
        "xmlrpc",
        "requests",
        "httpx",
        "aiohttp",
        "webbrowser",
        "PySide6.QtNetwork",
        "PySide6.QtWebSockets",
    ]
)
ALLOWED = frozenset(
    ["app/mailbox.py: socket"]
)  # a pair of ends in one process, by which a thread rings at the window's
WATCHED = """
import sys
heard = []
def hear(event, arguments):
    if event in ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr", "socket.sendto", "urllib.Request"):
        heard.append((event, arguments))
    if event in ("socket.connect", "socket.bind") and isinstance(arguments[1], tuple):  # a file name is a pipe
        if arguments[1][0] not in ("127.0.0.1", "::1"):  # a pair of ends, where there is no other way to make one
            heard.append((event, arguments))
sys.addaudithook(hear)
"""
TRAINING = """
from engine.cli.main import main
assert main(["train", "moons", "--data", sys.argv[1], "--network", "proposed", "--epochs", "1", "--device", "cpu"]) == 0
assert not heard, heard
"""
WINDOW = """
def use(path):
    import time
    from app.data.desk import Stage
    from app.main import Theme, make_application, make_window, settings
    from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
    from PySide6.QtGui import QDragEnterEvent, QDropEvent
    app, theme = make_application(), Theme("dark")
    window = make_window(theme, settings())
    window.show()
    def until(condition):
        end = time.monotonic() + 60
        while not condition() and time.monotonic() < end:
            app.processEvents()
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(path)])
    at, action, left = QPointF(300, 20), Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    app.sendEvent(window, QDragEnterEvent(at.toPoint(), action, data, left, Qt.KeyboardModifier.NoModifier))
    app.sendEvent(window, QDropEvent(at, action, data, left, Qt.KeyboardModifier.NoModifier))
    desk = window.workspace.desk
    until(lambda: desk.stage is Stage.OPEN and desk.profile is not None)
    assert desk.profile is not None
    window.workspace.document.stack.setClean()
    window.close()
    assert not heard, heard
if __name__ == "__main__":
    use(sys.argv[1])
"""


def _imported(path: Path) -> Iterator[str]:
    text = path.read_text(encoding="utf-8")
    if not any(name.rpartition(".")[2] in text for name in FORBIDDEN):
        return
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("package", ["engine", "gl_kernels", "app"])
def test_nothing_of_ours_can_speak_to_the_network(package: str) -> None:
    found = [
        f"{path.relative_to(ROOT).as_posix()}: {name}"
        for path in sorted((ROOT / package).rglob("*.py"))
        for name in _imported(path)
        if any(name == each or name.startswith(f"{each}.") for each in FORBIDDEN)
    ]
    assert set(found) <= ALLOWED, "\n".join(found)


@pytest.mark.slow
@pytest.mark.parametrize("use", [TRAINING, WINDOW], ids=["command line", "window"])
def test_nobody_is_called_while_data_is_used(tmp_path: Path, use: str) -> None:
    data, script = tmp_path / "mine.csv", tmp_path / "use.py"
    data.write_text("a,b,label\n" + "1,2,x\n3,4,y\n" * 40, encoding="utf-8")
    script.write_text(WATCHED + use, encoding="utf-8")
    own = {"LAYERLOOM_CACHE_DIR": str(tmp_path / "cache"), "LAYERLOOM_DATA_DIR": str(tmp_path / "data")}
    done = subprocess.run(
        [sys.executable, str(script), str(data)],
        check=False,
        cwd=ROOT,
        env={**os.environ, **own, "PYTHONPATH": str(ROOT), "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr
