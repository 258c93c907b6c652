"""JSON as a text short enough for a message: deflated, in letters that any link may have, behind a word.

It comes from anywhere: mail programs break and quote it, and what unpacks to gigabytes is given up at a limit.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import zlib
from typing import Any, Final

_BLANK: Final = re.compile(r"[\s\u200b>]+")  # mail programs break lines and quote them


class Damaged(ValueError):  # noqa: N818 - an adjective says what the letters are
    """The letters are no such text, or only a part of one."""


class TooLong(ValueError):  # noqa: N818 - likewise
    """They unpack to more than there may be."""


def pack(values: Any) -> str:
    """JSON as letters, without the word."""
    packed = zlib.compress(json.dumps(values, separators=(",", ":"), allow_nan=False).encode(), 9)
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def begins_with(text: str, word: str) -> bool:
    """Whether a text is meant to be what that word stands for."""
    return text.lstrip("\ufeff \t\r\n>\u200b").startswith(word)


def without(text: str, word: str) -> str:
    """The letters behind the word; blanks, line breaks and marks of quotations go."""
    return _BLANK.sub("", text.lstrip("\ufeff")).removeprefix(word)


def unpack(letters: str, largest: int) -> bytes:
    """The bytes, no more than `largest`, however far they would unpack.

    Raises:
        Damaged: they can't be unpacked.
        TooLong: there are more.
    """
    try:
        packed = base64.b64decode(letters + "=" * (-len(letters) % 4), altchars=b"-_", validate=True)
        unpacking = zlib.decompressobj()
        data = unpacking.decompress(packed, largest + 1)
    except (binascii.Error, zlib.error, ValueError):
        raise Damaged from None
    if len(data) > largest:
        raise TooLong
    if not unpacking.eof or unpacking.unused_data:
        raise Damaged
    return data
