"""Tooltips name the keys that people chose: where one ends with a key of ours in brackets, the key of now stands there."""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QWidget
from typing_extensions import override

_OPEN, _CLOSE = "(\N{FULLWIDTH LEFT PARENTHESIS}", ")\N{FULLWIDTH RIGHT PARENTHESIS}"
_KEY_AT_END: Final = re.compile(
    rf"^(?P<words>.*?)\s*[{_OPEN}](?P<key>[^{_OPEN}{_CLOSE}]+)[{_CLOSE}]$", re.DOTALL
)
_OURS: Final = "tipWithOurKey"
_WRITTEN: Final = "tipWithTheirKey"


class KeyTips(QObject):
    """Keeps the tooltips of a window at the keys of now. Those without another key are never touched."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._now: dict[str, str] = {}

    def tell(self, widgets: Iterable[QWidget], now: Mapping[str, str]) -> None:
        """From now on these keys of ours are others, or none: `{"F5": "Ctrl+R", "F10": ""}`."""
        self._now = dict(now)
        for widget in widgets:
            if widget.toolTip():
                self._write(widget)

    def _write(self, widget: QWidget) -> None:
        text = widget.toolTip()
        if text == widget.property(_WRITTEN):
            text = widget.property(_OURS)
        told = self._told(text)
        if told == widget.toolTip():
            return
        if not widget.property(_OURS):
            widget.installEventFilter(self)
        widget.setProperty(_OURS, text)
        widget.setProperty(_WRITTEN, told)
        widget.setToolTip(told)

    def _told(self, text: str) -> str:
        found = _KEY_AT_END.match(text)
        if found is None or found["key"] not in self._now:
            return text
        key = self._now[found["key"]]
        return text[: found.start("key")] + key + text[found.end("key") :] if key else found["words"]

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTipChange and isinstance(watched, QWidget):
            self._write(watched)
        return super().eventFilter(watched, event)
