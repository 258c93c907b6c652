"""A profile says what is in a table: figures as NumPy finds them, and a sentence for each thing that is odd."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.data.errors import DataError
from engine.data.profile import Profile, associate, compute, measure, profile
from engine.data.sources.base import MISSING, Column, Identity, Interrupted, Kind, Source, SourceKind, Watch
from engine.data.sources.registry import open_source
from engine.data.tables import connect
from engine.tensor.spec import Array


def profiled(folder: Path, text: str, target: str | None = None) -> Profile:
    path = folder / "a.csv"
    path.write_text(text)
    with open_source(path, {}) as source:
        return profile(source, None, target)


def kinds(found: Profile) -> set[tuple[str, str]]:
    return {(finding.kind, finding.column) for finding in found.findings}


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    values=st.lists(
        st.none() | st.floats(-1e6, 1e6).map(lambda x: round(x, 2)), min_size=2, max_size=60
    ).filter(lambda values: any(value is not None for value in values))
)
def test_figures_are_those_of_numpy(tmp_path: Path, values: list[float | None]) -> None:
    text = "i,v\n" + "".join(f"{i},{'' if v is None else repr(v)}\n" for i, v in enumerate(values))
    path = tmp_path / "a.csv"
    path.write_text(text)
    with open_source(path, {"kinds": {"v": "number"}}) as source:
        column = profile(source).column("v")
    there = np.array([v for v in values if v is not None])
    assert column.missing == len(values) - len(there)
    assert (column.distinct, column.distinct_exact) == (len(np.unique(there)), True)
    assert (column.minimum, column.maximum) == (there.min(), there.max())
    assert column.mean == pytest.approx(there.mean(), abs=1e-6)
    assert column.std == pytest.approx(there.std(), abs=1e-3)
    assert column.whole == bool((there == np.trunc(there)).all())
    assert sum(bar.count for bar in column.histogram) == len(there)
    assert len(column.histogram) <= 32
    counts = dict(zip(*np.unique(there, return_counts=True), strict=True))
    assert [top.count for top in column.top] == sorted(counts.values(), reverse=True)[:20]


def test_a_histogram_of_few_whole_numbers_has_a_bin_each(tmp_path: Path) -> None:
    bars = profiled(tmp_path, "a,b\n1,x\n3,y\n3,z\n").column("a").histogram
    assert [(bar.low, bar.high, bar.count) for bar in bars] == [(0.5, 1.5, 1), (1.5, 2.5, 0), (2.5, 3.5, 2)]


def test_what_is_odd_is_found(tmp_path: Path) -> None:
    rows = [
        f"{i + 1},user{i},k,,{i % 3},{i % 3},{'x' if i % 2 else i},{i % 7 if i else 1e9},{'' if i % 2 else 5 + i % 5}"
        for i in range(60)
    ]
    rows.append(rows[-1])
    rows.append(rows[0].replace("1,", "oops,", 1))
    text = "id,user,same,empty,one,twin,mixed,far,gaps\n" + "\n".join(rows)
    found = profiled(tmp_path, text)
    assert kinds(found) >= {
        ("constant", "same"),
        ("all_missing", "empty"),
        ("duplicate_column", "twin"),
        ("mixed", "mixed"),
        ("outliers", "far"),
        ("missing", "gaps"),
        ("duplicate_rows", ""),
        ("misfits", "id"),
    }
    severities = [finding.severity for finding in found.findings]
    assert severities == sorted(severities, reverse=True)  # warnings first
    assert all(finding.sentence.endswith(".") and "\n" not in finding.sentence for finding in found.findings)
    assert {"one", "far"} & {
        finding.column for finding in found.findings if finding.kind == "constant"
    } == set()


def test_identifiers_are_found_but_measurements_are_not(tmp_path: Path) -> None:
    rows = "".join(f"{i},u{i},{i * 1.37:.2f},a few words that tell of {i}\n" for i in range(50))
    found = profiled(tmp_path, "row,user,value,story\n" + rows)
    assert {column for kind, column in kinds(found) if kind == "identifier"} == {"row", "user"}


def test_associations_with_a_target(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    y = rng.normal(size=400)
    group = np.where(y > 0, "up", "down")
    noise = rng.normal(size=400)
    rows = zip(y, -2 * y + 1, y + noise, noise, group, np.where(group == "up", "A", "B"), strict=True)
    text = "y,same,near,noise,group,letter\n" + "".join(f"{','.join(map(str, row))}\n" for row in rows)
    found = profiled(tmp_path, text, "y")
    strength = {column.name: column.association for column in found.columns}
    assert strength["y"] is None
    assert strength["same"] == pytest.approx(-1)
    assert strength["near"] == pytest.approx(np.corrcoef(y, y + noise)[0, 1])
    means = np.where(group == "up", y[group == "up"].mean(), y[group == "down"].mean())
    assert strength["group"] == pytest.approx(means.std() / y.std())
    assert kinds(found) & {("leak", "same"), ("leak", "near"), ("leak", "noise")} == {("leak", "same")}
    by_group = profiled(tmp_path, text, "group")
    assert by_group.column("letter").association == pytest.approx(1)
    assert by_group.column("y").association == pytest.approx(means.std() / y.std())
    assert [(top.value, top.count) for top in by_group.classes] == sorted(
        ((str(name), int((group == name).sum())) for name in ("up", "down")), key=lambda item: -item[1]
    )


def test_targets_of_one_class_and_of_unequal_ones(tmp_path: Path) -> None:
    rows = "".join(f"{i % 9},{'rare' if i == 5 else 'usual'},only\n" for i in range(40))
    text = f"a,t,one\n{rows}"
    assert ("imbalance", "t") in kinds(profiled(tmp_path, text, "t"))
    assert ("one_class", "one") in kinds(profiled(tmp_path, text, "one"))
    with pytest.raises(DataError, match="no column 'x'"):
        profiled(tmp_path, text, "x")


def test_a_profile_is_remembered_until_the_file_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = profiled(tmp_path, "a,b\n1,x\n2,y\n", "b")
    assert Profile.model_validate_json(first.model_dump_json()) == first
    with open_source(tmp_path / "a.csv", {}) as source:
        monkeypatch.setattr(compute, "gathered", lambda *_: pytest.fail("measured again"))
        assert profile(source, None, "b") == first
    monkeypatch.undo()
    assert profiled(tmp_path, "a,b\n1,x\n3,y\n", "b").column("a").maximum == 3


def test_a_profile_can_be_cancelled_and_tells_how_far_it_is(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a,b\n" + "1,x\n2,y\n" * 1000)

    def stop(done: int, total: int) -> None:
        raise Interrupted

    seen: list[tuple[int, int]] = []
    with open_source(tmp_path / "a.csv", {}) as source:
        with pytest.raises(Interrupted):
            profile(source, stop)
        profile(source, lambda done, total: seen.append((done, total)))
    assert seen == sorted(seen)
    assert 0 < seen[-1][0] <= seen[-1][1]


def test_many_columns_are_asked_for_at_once_and_give_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A query costs milliseconds, so a thousand columns must not mean thousands of queries."""
    rng = np.random.default_rng(3)
    numbers = rng.normal(size=(40, 120)).round(2)
    lines = [
        [*map(str, row), "uvw"[k % 3], "" if k % 5 == 0 else "yz"[k % 2]] for k, row in enumerate(numbers)
    ]
    lines[3][1] = ""
    names = [f"f{k}" for k in range(120)]
    text = "\n".join(",".join(line) for line in [[*names, "word", "label"], *lines])
    asked: list[str] = []
    run = connect.run

    def counted(connection: Any, query: str, watch: Watch | None = None) -> Any:
        asked.append(query)
        return run(connection, query, watch)

    for module in (measure, associate):
        monkeypatch.setattr(module, "run", counted)
    together = profiled(tmp_path, text, "label")
    assert len(asked) < 50
    monkeypatch.setattr(measure, "_FEW_CELLS", 0)
    monkeypatch.setattr(associate, "_FEW_CELLS", 0)
    monkeypatch.setattr(compute, "_remembered", lambda *_: None)
    singly = profiled(tmp_path, text, "label")
    assert len(asked) > 400
    assert together.findings == singly.findings
    assert together.classes == singly.classes
    for one, other in zip(together.columns, singly.columns, strict=True):
        assert one.model_dump(exclude={"association"}) == other.model_dump(exclude={"association"})
        assert one.association == (None if other.association is None else pytest.approx(other.association))


def test_extreme_numbers_break_nothing(tmp_path: Path) -> None:
    found = profiled(tmp_path, "a,b\n1e308,1\n-1e308,1.0000000000000002\n1e-300,1\n")
    assert Profile.model_validate_json(found.model_dump_json()) == found


class _Arrays(Source):
    """A source that is no table: a picture and a class for each row."""

    def __init__(self, path: Path) -> None:
        self.kind, self.path, self.title = next(iter(_kinds())), path, "arrays"
        self.columns = (Column("picture", Kind.PICTURE, (2, 2, 1)), Column("class", Kind.TEXT))
        self.notes, self.identity = (), Identity(1, 2, path.name)
        self.options = self.kind.options()

    def count(self, watch: Watch | None = None) -> int:
        return 5

    def page(self, start: int, count: int) -> list[list[object]]:
        return []

    def read(self, names: Sequence[str], start: int, stop: int) -> dict[str, Array]:
        assert list(names) == ["class"], "a profile has no use for pictures"
        return {"class": np.array(["a", "b", "a", MISSING, "b"], np.dtypes.StringDType())[start:stop]}


def _kinds() -> list[SourceKind[Any]]:
    from engine.data.sources.registry import source_kinds

    return list(source_kinds().values())


def test_sources_that_are_no_tables_have_profiles(tmp_path: Path) -> None:
    found = profile(_Arrays(tmp_path), None, "class")
    assert found.rows == 5
    assert found.column("picture").distinct is None
    assert [(top.value, top.count) for top in found.classes] == [("a", 2), ("b", 2)]
    assert found.column("class").missing == 1
    assert not {finding.kind for finding in found.findings} & {"duplicate_rows"}, "pictures tell rows apart"


def test_what_is_missing_in_time_is_found(tmp_path: Path) -> None:
    days = [np.datetime64("2021-01-01") + k for k in range(60) if k not in (20, 40, 41)]
    text = "day,v\n" + "".join(f"{day},{k}\n" for k, day in enumerate(days))
    found = profiled(tmp_path, text)
    (finding,) = (f for f in found.findings if f.kind == "gaps")
    assert finding.sentence.startswith(
        "The time 'day' has 2 gaps, the longest of 3 days before row 40, where a step is usually 1 day; rows may"
    )
    assert finding.column == "day"
    latest_first = "day,v\n" + "".join(f"{day},{k}\n" for k, day in enumerate(reversed(days)))
    assert ("gaps", "day") in kinds(profiled(tmp_path, latest_first))
    by_chance = "day,v\n" + "".join(f"{days[k * 7 % 57]},{k}\n" for k in range(57))
    assert not {("gaps", "day"), ("irregular", "day")} & kinds(profiled(tmp_path, by_chance))


def test_steps_that_differ_are_told_of(tmp_path: Path) -> None:
    hours = np.cumsum(np.random.default_rng(0).exponential(36_000, 60)).astype(int)
    text = "at,v\n" + "".join(f"{np.datetime64('2021-01-01') + h},{h % 7}\n" for h in hours)
    assert ("irregular", "at") in kinds(profiled(tmp_path, text))
