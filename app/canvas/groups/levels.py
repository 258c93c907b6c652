"""Going into groups and out of them again: the levels that are open, the last of which the canvas shows."""

from functools import partial

from PySide6.QtCore import QObject, QPointF, Signal

from app.canvas.groups.level import Level
from app.canvas.groups.stack import InsideStack
from app.canvas.view import GraphView
from app.theme import Theme
from engine.graph.edits import EditError
from engine.graph.inside import BELOW

_Place = tuple[float, QPointF]


class Levels(QObject):
    """The levels from the network as a whole to the innermost that is open; `changed` after another one is shown."""

    changed = Signal()

    def __init__(self, view: GraphView, ground: Level, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._view = view
        self._theme = theme
        self._levels = [ground]
        self._places: list[_Place] = []  # of the view on the levels above, to come back to
        view.closed.connect(self.close)

    @property
    def ground(self) -> Level:
        """The network as a whole."""
        return self._levels[0]

    @property
    def current(self) -> Level:
        """What the canvas shows."""
        return self._levels[-1]

    def all(self) -> tuple[Level, ...]:
        """From the network as a whole to what is shown."""
        return tuple(self._levels)

    def open(self, node_id: str) -> bool:
        """Shows the inside of a node of the current level; whether it has one."""
        if not self.current.editor.can_dissolve(node_id):
            return False
        try:
            level = self.current.open(self._theme, node_id)
        except EditError as error:
            self._view.refused.emit(str(error))
            return False
        assert isinstance(level.stack, InsideStack)
        level.stack.gone.connect(partial(self._on_level_gone, level))
        self._places.append((self._view.zoom(), self._view.center_place()))
        self._levels.append(level)
        self._show()
        self._view.fit()
        return True

    def close(self) -> bool:
        """Goes one level up and selects the group that was open; whether one was."""
        node_id = self.current.node_id
        if not self.go_up(len(self._levels) - 2):
            return False
        self.current.scene.select([node_id])
        return True

    def go_up(self, depth: int) -> bool:
        """Shows the level at a depth, 0 for the network as a whole; whether it is another one than now."""
        if not 0 <= depth < len(self._levels) - 1:
            return False
        closed = self._levels[depth + 1 :]
        del self._levels[depth + 1 :]
        place, self._places = self._places[depth], self._places[:depth]
        self._show()
        self._view.look_from(*place)
        self._view.refresh_callout()  # which keeps inside of what is seen now
        for level in reversed(closed):
            level.close()
            level.deleteLater()
        return True

    def go_to(self, place: str) -> None:
        """Shows a node by its path, in whatever groups it is, and selects it."""
        ids = place.split(BELOW)
        paths = [BELOW.join(ids[: k + 1]) for k in range(len(ids))]
        open_now = [level.node_id for level in self._levels[1:]]
        same = 0
        while same < min(len(open_now), len(paths) - 1) and open_now[same] == paths[same]:
            same += 1
        self.go_up(same)
        for path in paths[same:-1]:
            if not self.open(path):
                self._view.reveal(path)
                return
        self._view.reveal(place)

    def shut(self) -> None:
        """Ends watching the document."""
        for level in reversed(self._levels):
            level.close()

    def _show(self) -> None:
        level = self.current
        self._view.look_at(level.scene, level.editor)
        self.changed.emit()

    def _on_level_gone(self, level: Level) -> None:
        if level in self._levels:
            self.go_up(self._levels.index(level) - 1)
