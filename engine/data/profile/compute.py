"""The profile of a source: measured once, remembered for as long as the file stays the same."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError

from engine import paths
from engine.data.profile.associate import FEW_NUMBERS, Associator
from engine.data.profile.findings import MOST_CLASSES, findings_of, findings_with_target
from engine.data.profile.gather import gathered
from engine.data.profile.measure import Measurer, Progress
from engine.data.profile.model import ColumnProfile, Profile, Top
from engine.data.profile.series import findings_in_time
from engine.data.sources.base import Kind, Source, Watch
from engine.data.tables import cache
from engine.data.tables.store import Store


def profile(source: Source, watch: Watch | None = None, target: str | None = None) -> Profile:
    """What a source holds; with a target, also what its columns say of that.

    Takes seconds for millions of rows (`watch` sees how far it is), and no time when asked again.

    Raises:
        DataError: the source cannot be read, or has no such target.
        Interrupted: by `watch`.
    """
    if target:
        source.column(target)
    known = _remembered(source, "")
    if known is None:
        known = _measured(source, watch)
        _remember(source, known)
    if not target:
        return known
    return _remembered(source, target) or _associated(source, known, target, watch)


def _measured(source: Source, watch: Watch | None) -> Profile:
    with gathered(source, watch) as (store, columns):
        measurer = Measurer(store, columns, Progress(watch, Measurer.steps(len(columns))))
        plain = measurer.measure()
        alike = len(columns) == len(source.columns)  # without their pictures, different rows look the same
        equal = measurer.equal_rows() if alike else 0
        twins = _twins(plain, measurer.prints())
        in_time = list(findings_in_time(store, columns))
    found = {column.name: column for column in plain}
    everything = [found.get(c.name) or ColumnProfile(name=c.name, kind=c.kind) for c in source.columns]
    findings = [*findings_of(store.rows, everything, equal, twins), *in_time]
    findings.sort(key=lambda finding: finding.severity != "warning")
    return Profile(rows=store.rows, columns=tuple(everything), findings=tuple(findings))


def _twins(columns: Sequence[ColumnProfile], prints: Sequence[tuple[Kind, int]]) -> list[tuple[str, str]]:
    """Pairs of columns that are the same; constant ones are told of otherwise."""
    first: dict[tuple[Kind, int], str] = {}
    return [
        (first[key], column.name)
        for column, key in zip(columns, prints, strict=True)
        if (column.distinct or 0) > 1 and first.setdefault(key, column.name) != column.name
    ]


def _associated(source: Source, known: Profile, target: str, watch: Watch | None) -> Profile:
    with gathered(source, watch) as (store, columns):
        names = [column.name for column in columns]
        if target not in names:  # pictures and the like
            return known.model_copy(update={"target": target})
        by_name = {column.name: column for column in known.columns}
        plain = [by_name[name] for name in names]
        place = names.index(target)
        strengths = dict(
            zip(names, Associator(store, plain, place, Progress(watch, len(plain))).all(), strict=True)
        )
        classes = _classes(store, place, plain[place])
    everything = tuple(c.model_copy(update={"association": strengths.get(c.name)}) for c in known.columns)
    findings = [*findings_with_target(plain[place], everything, classes), *known.findings]
    findings.sort(key=lambda finding: finding.severity != "warning")
    result = known.model_copy(
        update={"columns": everything, "findings": tuple(findings), "target": target, "classes": classes}
    )
    _remember(source, result)
    return result


def _classes(store: Store, place: int, column: ColumnProfile) -> tuple[Top, ...]:
    few = MOST_CLASSES if column.kind is Kind.TEXT else FEW_NUMBERS
    if not column.distinct or column.distinct > few or column.kind is Kind.DATE:
        return ()
    if len(column.top) == column.distinct:
        return column.top
    found = store.connection.cursor().execute(
        f"SELECT c{place}, count(*) FROM {store.relation} WHERE c{place} IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1"
    )
    return tuple(Top(value=str(value), count=count) for value, count in found.fetchall())


def _remembered(source: Source, target: str) -> Profile | None:
    try:
        return Profile.model_validate_json(_path(source, target).read_text(encoding="utf-8"))
    except (OSError, ValidationError):
        return None


def _remember(source: Source, found: Profile) -> None:
    with contextlib.suppress(OSError):  # no place to keep it: it is measured again next time
        path = _path(source, found.target)
        part = path.with_suffix(f".{cache.scratch('').stem}")
        part.write_text(found.model_dump_json(), encoding="utf-8")
        cache.keep(part, path)


def _path(source: Source, target: str) -> Path:
    folder = paths.cache_dir() / "profiles"
    folder.mkdir(exist_ok=True)
    said = {"options": source.options.model_dump(mode="json"), "target": target, "layout": 3}
    return folder / f"{cache.key(source.identity, source.kind.name, said)}.json"
