"""Python text that is made of other people's words: names that are valid, comments that stay comments."""

from __future__ import annotations

import builtins
import json
import keyword
import re
import unicodedata
from collections.abc import Iterable, Sequence

WIDTH = 100  # of a line
# what a module has already (torch.nn.Module) and what the text uses itself
RESERVED = frozenset(
    """T_destination add_module apply bfloat16 buffers call_super_init children compile cpu cuda double dump_patches eval
    extra_repr float forward get_buffer get_extra_state get_parameter get_submodule half ipu load_state_dict modules mtia
    named_buffers named_children named_modules named_parameters parameters register_backward_hook register_buffer
    register_forward_hook register_forward_pre_hook register_full_backward_hook register_full_backward_pre_hook
    register_load_state_dict_post_hook register_load_state_dict_pre_hook register_module register_parameter
    register_state_dict_post_hook register_state_dict_pre_hook requires_grad_ set_extra_state set_submodule share_memory
    state_dict to to_empty train training type xpu zero_grad self torch nn F Path load_file load predict load_weights
    penalty super main""".split()  # noqa: SIM905 - a list of words is easier to read than one of quotes
)


def identifier(name: str, fallback: str, taken: set[str], *, title: bool = False) -> str:
    """A Python name like `name` that is not taken; from now on it is.

    Args:
        name: any text.
        fallback: where nothing of it is left.
        taken: names that are in use.
        title: in the way of classes, ImageNet, rather than of variables, image_net.
    """
    plain = unicodedata.normalize("NFKC", name)
    words = [w for w in re.split(r"[\W_]+", plain) if w]
    if title:
        made = "".join(w[0].upper() + w[1:] for w in words)
    else:
        made = "_".join(words)
        made = re.sub(r"(?<=[a-z])(?=[A-Z][a-z])|(?<=[a-z]{2})(?=[A-Z])", "_", made).lower()
    made = unicodedata.normalize("NFKC", made)[:60]
    if made and not made.isidentifier() and f"{fallback[:1]}{made}".isidentifier():
        made = f"{fallback}_{made}" if not title else f"{fallback}{made}"
    if not made.isidentifier() or not made.isprintable() or _unsayable(made):
        made = fallback
    if keyword.iskeyword(made) or keyword.issoftkeyword(made) or made in RESERVED or hasattr(builtins, made):
        made = f"{made}_"
    free, number = made, 2
    while free in taken:
        free, number = f"{made.rstrip('_')}_{number}" if not title else f"{made}{number}", number + 1
    taken.add(free)
    return free


def _unsayable(text: str) -> bool:
    """Whether a file can't hold it: half of a pair of surrogates."""
    return any("\ud800" <= c <= "\udfff" for c in text)


def plain(text: str) -> str:
    """Text for a comment: one line of what can be printed."""
    shown = "".join(c if c.isprintable() and not _unsayable(c) else " " for c in text)
    return re.sub(r"\s+", " ", shown).strip()[:200]


def docstring(text: str) -> str:
    """Text for a docstring: nothing in it ends the string or escapes."""
    return plain(text).replace("\\", "/").replace('"', "'")


def quoted(text: str) -> str:
    """A string literal in double quotes."""
    return json.dumps("".join("?" if _unsayable(c) else c for c in text))


def indented(lines: Iterable[str], by: int = 4) -> list[str]:
    """The lines moved to the right; empty ones stay empty."""
    return [f"{' ' * by}{line}" if line else "" for line in lines]


def called(start: str, arguments: Sequence[str], end: str, indent: int = 0) -> list[str]:
    """`start(argument, ..)end` on one line where it fits, else an argument a line."""
    line = f"{start}({', '.join(arguments)}){end}"
    if len(line) + indent <= WIDTH:
        return [line]
    return [f"{start}(", *(f"    {a}," for a in arguments), f"){end}"]


def wrapped(line: str, width: int = WIDTH) -> list[str]:
    """A statement on several lines where it is too long: broken behind the commas of its last brackets that help."""
    if len(line) <= width:
        return [line]
    lead = line[: len(line) - len(line.lstrip())]
    opened = _breakable(line)
    if opened is None:
        return [line]
    start, stop = opened
    inner = _split(line[start + 1 : stop])
    head, tail = line[: start + 1], f"{lead}{line[stop:]}"
    middle = f"{lead}    {', '.join(inner)}"
    if len(middle) <= width:
        return (
            [head, middle, *wrapped(tail, width)] if len(inner) != 1 or not inner[0] else [head, middle, tail]
        )
    lines = [head]
    for part in inner:
        lines += wrapped(f"{lead}    {part},", width)
    return [*lines, tail]


def _breakable(line: str) -> tuple[int, int] | None:
    """The widest pair of brackets outside of strings."""
    stack: list[int] = []
    best: tuple[int, int] | None = None
    inside = ""
    k = 0
    while k < len(line):
        c = line[k]
        if inside:
            k += c == "\\"
            inside = "" if c == inside else inside
        elif c == "#":
            break
        elif c in "\"'":
            inside = c
        elif c in "([{":
            stack.append(k)
        elif c in ")]}" and stack:
            start = stack.pop()
            if k - start > 1 and (best is None or k - start > best[1] - best[0]):
                best = (start, k)
        k += 1
    return best


def _split(text: str) -> list[str]:
    """The parts of a list of arguments."""
    parts, depth, inside, start = [], 0, "", 0
    k = 0
    while k < len(text):
        c = text[k]
        if inside:
            k += c == "\\"
            inside = "" if c == inside else inside
        elif c in "\"'":
            inside = c
        elif c in "([{":
            depth += 1
        elif c in ")]}":
            depth -= 1
        elif c == "," and not depth:
            parts.append(text[start:k].strip())
            start = k + 1
        k += 1
    last = text[start:].strip()
    return [*parts, last] if last else parts
