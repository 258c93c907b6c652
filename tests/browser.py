"""A page of ours in a real browser, without a window: a script is run in it, and what that says is returned."""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Sequence
from http.server import HTTPServer, SimpleHTTPRequestHandler
from pathlib import Path
from typing import Any

LONGEST = 120.0
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--enable-unsafe-swiftshader",
)


def run_in_page(
    browser: Path, page: Path, script: str, folder: Path, flags: Sequence[str] = (), *, served: bool = False
) -> Any:
    """What a script returns that is run behind those of a page.

    Args:
        browser: a Chromium.
        page: opened from its folder, without a server.
        script: the body of an async function; what it returns comes back by way of JSON.
        folder: an empty one for the browser's profile.
        flags: more of the browser's.
        served: it comes from a server after all.

    Raises:
        AssertionError: the script failed, or nothing came back in two minutes.
    """
    said: list[Any] = []
    heard = threading.Event()

    class Ear(SimpleHTTPRequestHandler):
        def __init__(self, *args: Any) -> None:
            super().__init__(*args, directory=str(page.parent))

        def do_POST(self) -> None:
            said.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()
            heard.set()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name in the base
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Ear) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        place = f"http://127.0.0.1:{server.server_port}/"
        check = page.with_name("check.js")
        check.write_text(
            f"(async () => {{ {script} }})().then((found) => ({{found}}), (error) => ({{error: String(error.stack)}}))"
            f".then((said) => fetch('{place}', {{method: 'POST', mode: 'no-cors', body: JSON.stringify(said)}}));\n"
        )
        checked = page.with_name("check.html")
        checked.write_text(page.read_text().replace("</body>", '<script src="check.js"></script></body>'))
        command = [
            str(browser),
            *FLAGS,
            *flags,
            f"--user-data-dir={folder}",
            "--remote-debugging-port=0",
            f"{place}{checked.name}" if served else checked.resolve().as_uri(),
        ]
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            assert heard.wait(LONGEST), "the page said nothing"
        finally:
            process.terminate()
            process.wait()
            server.shutdown()
    assert "error" not in said[0], said[0]["error"]
    return said[0]["found"]
