"""Tooltips name the keys that people chose: who names the key of an action says of which (`app/widgets/key_of.py`)."""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from app.widgets.key_of import key_is_of

_OPEN, _CLOSE = "(\N{FULLWIDTH LEFT PARENTHESIS}", ")\N{FULLWIDTH RIGHT PARENTHESIS}"
_KEY_AT_END: Final = re.compile(
    rf"^(?P<words>.*?)\s*[{_OPEN}](?P<key>[^{_OPEN}{_CLOSE}]+)[{_CLOSE}]$", re.DOTALL
)
_OURS: Final = "tipWithOurKey"
_WRITTEN: Final = "tipWithTheirKey"


class KeyTips(QObject):
    """Keeps the tooltips of a window at the keys of now. Those that name no action's key are never touched."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._own: dict[str, str] = {}

    def tell(self, widgets: Iterable[QWidget], own: Mapping[str, str]) -> None:
        """From now on these actions have other keys than ours, or none: `{"one_step": "Ctrl+R", "stop": ""}`."""
        self._own = dict(own)
        for widget in widgets:
            if key_is_of(widget) and widget.toolTip():
                self._write(widget)

    def _write(self, widget: QWidget) -> None:
        text = widget.toolTip()
        if text == widget.property(_WRITTEN):
            text = widget.property(_OURS)
        told = self._told(text, key_is_of(widget))
        if told == widget.toolTip():
            return
        if not widget.property(_OURS):
            widget.installEventFilter(self)
        widget.setProperty(_OURS, text)
        widget.setProperty(_WRITTEN, told)
        widget.setToolTip(told)

    def _told(self, text: str, action: str) -> str:
        found = _KEY_AT_END.match(text)
        if found is None or action not in self._own:
            return text
        key = self._own[action]
        return text[: found.start("key")] + key + text[found.end("key") :] if key else found["words"]

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTipChange and isinstance(watched, QWidget):
            self._write(watched)
        return super().eventFilter(watched, event)
