"""What Qt writes as SVG, made fit for computers that have other fonts and programs that count in pixels."""

import re
from typing import Final

from PySide6.QtCore import QSize

_ELSEWHERE: Final = {
    b"Inter": b"Inter,Helvetica Neue,Helvetica,Arial,Liberation Sans,sans-serif",
    b"JetBrains Mono": b"JetBrains Mono,Menlo,Consolas,DejaVu Sans Mono,monospace",
}
"""By the font of the window: what is no wider than it, so that words stay where they have room, and is found elsewhere."""

_FAMILY: Final = re.compile(rb'font-family="([^",]+)[^"]*"')
_SIZE: Final = re.compile(rb'<svg width="[^"]*" height="[^"]*"')


def for_others(svg: bytes, size: QSize) -> bytes:
    """The file with sizes in pixels, of which a millimetre has no whole number, and fonts that others have."""
    head = b'<svg width="%d" height="%d"' % size.toTuple()
    return _FAMILY.sub(_with_others, _SIZE.sub(head, svg, count=1))


def _with_others(found: re.Match[bytes]) -> bytes:
    families = _ELSEWHERE.get(found[1])
    return found[0] if families is None else b'font-family="%s"' % families
