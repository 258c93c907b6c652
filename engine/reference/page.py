"""One page as HTML, in the subset that Qt's text browser and every web browser show alike.

A page carries no colours: classes (`summary`, `dim`, `formula`) say what a text is, whoever shows it dresses them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from engine.graph.facts import build_facts
from engine.layers.base import Layer, LayerSample
from engine.reference import lessons
from engine.reference.pictures.svg import Svg
from engine.reference.subjects import SHELVES, Shelf, Subject, find, subjects
from engine.reference.values import allowed, default_of, field_family, value_text
from engine.settings import Settings
from engine.tensor.spec import DType, TensorSpec, format_shape

_MOST_RELATED = 8
_WIDTHS = (32, 47, 21)  # of the columns of settings, per cent


def page(subject: Subject, picture: Svg | None) -> str:
    """The page of a subject; its picture lies beside it under the same name."""
    parts = [
        f"<h1>{escape(subject.title)}</h1>",
        f'<p class="summary">{escape(subject.summary)}</p>',
        f'<p class="dim">{_whereabouts(subject)}</p>',
        *(f"<p>{escape(paragraph)}</p>" for paragraph in subject.paragraphs),
    ]
    if subject.formula:
        parts.append(f'<p class="formula">{"<br>".join(escape(subject.formula).splitlines())}</p>')
    if picture is not None:
        size = f'width="{picture.width:g}" height="{picture.height:g}"'
        parts.append(f'<p><img src="{subject.key}.svg" {size} alt="{escape(picture.title)}"></p>')
        parts.append(f'<p class="dim">{escape(picture.title)}</p>')
    parts += _settings(subject)
    if issubclass(subject.declaration, Layer):
        parts += _shapes(subject.declaration)
    parts += _names(subject)
    if subject.source:
        parts.append(f'<p class="dim">Source: {escape(subject.source)}</p>')
    parts += _related(subject)
    return document(subject.title, parts)


def index() -> str:
    """The page that leads to all others."""
    parts = [
        "<h1>Reference</h1>",
        '<p class="dim">'
        + " \N{MIDDLE DOT} ".join(
            f'<a href="#{folder}">{title}</a>'
            for folder, title in [(s.folder, s.title) for s in SHELVES] + [(lessons.FOLDER, lessons.TITLE)]
        )
        + "</p>",
    ]
    for shelf in SHELVES:
        parts.append(f'<h2><a name="{shelf.folder}"></a>{shelf.title}</h2>')
        for group, members in _groups(shelf).items():
            if group:
                parts.append(f"<h3>{group.capitalize()}</h3>")
            parts.append(_table([(link(s, ""), escape(s.summary)) for s in members]))
    parts.append(f'<h2><a name="{lessons.FOLDER}"></a>{lessons.TITLE}</h2>')
    parts.append(_table(lessons.rows()))
    return document("Reference", parts)


def document(title: str, parts: Iterable[str]) -> str:
    """A whole HTML file."""
    head = f'<html><head><meta charset="utf-8"><title>{escape(title)}</title></head><body>'
    return "\n".join([head, *parts, "</body></html>", ""])


def link(subject: Subject, up: str = "../") -> str:
    """A link to a page, from a page in a folder (`up`) or from the index."""
    return f'<a href="{up}{subject.path}">{escape(subject.title)}</a>'


def _groups(shelf: Shelf) -> dict[str, list[Subject]]:
    groups: dict[str, list[Subject]] = {}
    for subject in subjects():
        if subject.shelf is shelf:
            groups.setdefault(subject.group, []).append(subject)
    return groups


def _whereabouts(subject: Subject) -> str:
    noun = subject.shelf.noun.capitalize()
    shelf = f'<a href="../index.html#{subject.shelf.folder}">{noun}</a>'
    return " \N{MIDDLE DOT} ".join([shelf, *filter(None, (subject.group, *subject.notes))])


def _settings(subject: Subject) -> list[str]:
    kind = subject.declaration
    if not kind.model_fields:
        return []
    everyday = [name for name in kind.model_fields if not _is_advanced(kind, name)]
    rare = [name for name in kind.model_fields if _is_advanced(kind, name)]
    parts = ["<h2>Settings</h2>"]
    head = ("Setting", "Meaning", "Default")
    if everyday:
        parts.append(_table([_setting_row(kind, name) for name in everyday], head, _WIDTHS))
    if rare:
        parts.append("<h3>More settings</h3>")
        parts.append(_table([_setting_row(kind, name) for name in rare], head, _WIDTHS))
    return parts


def _is_advanced(kind: type[Settings], name: str) -> bool:
    extra = kind.model_fields[name].json_schema_extra
    return isinstance(extra, dict) and bool(extra.get("advanced"))


def _setting_row(kind: type[Settings], name: str) -> tuple[str, ...]:
    info = kind.model_fields[name]
    default = default_of(kind, name)
    named = find(type(default)) if isinstance(default, Settings) else None
    shown = escape(value_text(default))
    if named is not None:
        shown = f'<a href="../{named.path}">{shown}</a>'
    unit = info.json_schema_extra.get("unit") if isinstance(info.json_schema_extra, dict) else ""
    meaning = escape(info.description or "") + (f" ({escape(str(unit))})" if unit else "")
    title = f'<a name="{name}"></a>{escape(info.title or name)}<br><code>{name}</code>'
    rule = f'<span class="dim">{_linked(allowed(info), kind, name)}</span>'
    return title, f"{meaning}<br>{rule}", shown


def _linked(words: str, kind: type[Settings], name: str) -> str:
    """What is allowed, the family in it a link to its shelf."""
    family = field_family(kind.model_fields[name])
    shelf = next((s for s in SHELVES if family is not None and s.noun == family.noun), None)
    if shelf is None or family is None:
        return words
    return words.replace(family.noun, f'<a href="../index.html#{shelf.folder}">{family.noun}</a>', 1)


def _shapes(kind: type[Layer]) -> list[str]:
    rows = [row for row in (_shape_row(kind, sample) for sample in kind.declaration.samples) if row]
    if not rows:
        return []
    head = ("Settings", "In", "Out", "Weights")
    return ["<h2>Shapes</h2>", '<p class="dim">Of one example, without the batch.</p>', _table(rows, head)]


def _shape_row(kind: type[Layer], sample: LayerSample) -> tuple[str, ...] | None:
    """One sample of the declaration, built; None where it reads the data set."""
    layer = kind.model_validate(sample.settings)
    dtype = DType.STRING if sample.texts else DType.INT32 if sample.integers else DType.FLOAT32
    inputs = tuple(TensorSpec(shape[1:], dtype) for shape in sample.inputs)
    facts = build_facts(layer, inputs, {})
    if facts.error or not inputs:
        return None
    settings = ", ".join(f"{name} {value_text(getattr(layer, name))}" for name in sample.settings)
    weights = "<br>".join(
        f"<code>{name}</code> {format_shape(weight.shape)}" for name, weight in facts.weights.items()
    )
    return (
        escape(settings or "as they are"),
        _specs(inputs),
        _specs(facts.outputs) or "none",
        weights or "none",
    )


def _specs(specs: Sequence[TensorSpec]) -> str:
    return "<br>".join("one number" if not spec.shape else format_shape(spec.shape) for spec in specs)


def _names(subject: Subject) -> list[str]:
    rows = [(library, f"<code>{escape(name)}</code>") for library, name in subject.elsewhere.items()]
    if subject.aliases:
        rows.append(("Also found as", escape(", ".join(subject.aliases))))
    return ["<h2>Names</h2>", _table(rows)] if rows else []


def _related(subject: Subject) -> list[str]:
    shelf = [s for s in subjects() if s.shelf is subject.shelf and s.group == subject.group]
    at = shelf.index(subject)
    start = max(0, min(at - _MOST_RELATED // 2, len(shelf) - _MOST_RELATED - 1))
    others = [link(s) for s in shelf[start : start + _MOST_RELATED + 1] if s is not subject]
    return [f"<h2>See also</h2>\n<p>{', '.join(others)}</p>"] if others else []


def _table(rows: Sequence[Sequence[str]], head: Sequence[str] = (), widths: Sequence[int] = ()) -> str:
    lines = ['<table cellspacing="0" cellpadding="5" width="99%">']
    if head:
        shares = [f' width="{share}%"' for share in widths] or [""] * len(head)
        cells = (f'<th align="left"{share}>{name}</th>' for name, share in zip(head, shares, strict=True))
        lines.append(f"<tr>{''.join(cells)}</tr>")
    lines += ["<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows]
    return "\n".join([*lines, "</table>"])
