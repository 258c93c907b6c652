"""Opening project after project keeps only the open one."""

import gc
import threading
import weakref

from app.canvas import GraphScene
from app.document import Document
from engine.formats.examples import examples
from tests.app.window.conftest import User, close, delete_what_is_due

MOST_OPENED = 20


def _collect() -> None:
    delete_what_is_due()
    gc.collect()
    delete_what_is_due()


def test_projects_that_are_no_longer_open_are_gone(user: User) -> None:
    kept: list[weakref.ref[Document | GraphScene]] = []
    names = list(examples())
    for index in range(MOST_OPENED):
        kept += [weakref.ref(user.document), weakref.ref(user.window.workspace.canvas.scene)]
        user.document.stack.setClean()
        user.window.files.open_example(names[index % len(names)])
        delete_what_is_due()
    user.until(lambda: user.window.workspace.run.bundle is not None)
    _collect()
    alive = [ref() for ref in kept if ref() is not None]
    assert not alive, f"{len(alive)} of {len(kept)} are left"


def test_a_closed_window_leaves_no_thread(user: User) -> None:
    user.open_example("iris")
    user.click(user.window.top_bar.train)
    user.until_steps()
    close(user.window)
    names = {thread.name for thread in threading.enumerate()}
    assert not {name for name in names if name.startswith(("data", "worker-reports"))}
