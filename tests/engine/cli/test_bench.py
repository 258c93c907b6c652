"""`main.py bench`: the lines that scripts read, the table that people read, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.bench.workloads import NAMES
from engine.cli.main import main
from tests.engine.cli.test_train import failure

SHORT = ("--seconds", "0.02")


def rows(capsys: pytest.CaptureFixture[str], *argv: str) -> list[dict[str, object]]:
    assert main(["bench", *argv, *SHORT, "--json"]) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    return [json.loads(line) for line in captured.out.splitlines()]


@pytest.mark.parametrize("workload", ["W1", "W2"])
def test_a_network_has_a_line_for_training_and_one_for_inference(
    capsys: pytest.CaptureFixture[str], workload: str
) -> None:
    found = rows(capsys, workload, "--device", "cpu")
    assert [(r["workload"], r["phase"], r["device"]) for r in found] == [
        (workload, "train", "cpu"),
        (workload, "infer", "cpu"),
    ]
    for row in found:
        assert isinstance(row["steps_per_s"], float)
        assert row["steps_per_s"] > 10


def test_products_say_how_many_operations_they_do(capsys: pytest.CaptureFixture[str]) -> None:
    found = rows(capsys, "W7", "--device", "cpu")
    assert [row["size"] for row in found] == [1024, 2048]
    for row in found:
        size, rate, figure = (float(str(row[name])) for name in ("size", "steps_per_s", "gflops"))
        assert figure == pytest.approx(2 * size**3 * rate / 1e9, rel=1e-3)


def test_chains_say_how_many_bytes_they_move(capsys: pytest.CaptureFixture[str]) -> None:
    (row,) = rows(capsys, "W8", "--device", "cpu")
    assert float(str(row["gb_per_s"])) == pytest.approx(
        12e-9 * 2**24 * float(str(row["steps_per_s"])), rel=1e-3
    )


def test_many_models_have_one_line_with_the_rate_of_all(capsys: pytest.CaptureFixture[str]) -> None:
    (row,) = rows(capsys, "W1", "--device", "cpu", "--many", "3")
    assert (row["phase"], row["models"]) == ("train", 3)
    alone, all_of_them = (float(str(row[name])) for name in ("steps_per_s", "model_steps_per_s"))
    assert all_of_them == pytest.approx(3 * alone, rel=1e-3)


def test_the_table_names_what_was_measured(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "W1", "--device", "cpu", *SHORT]) == 0
    heading, train, infer = capsys.readouterr().out.splitlines()
    assert heading.split()[:4] == ["workload", "phase", "device", "steps/s"]
    assert train.split()[:3] == ["W1", "train", "cpu"]
    assert infer.split()[:3] == ["W1", "infer", "cpu"]


def test_what_cannot_be_measured_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    known = ", ".join(NAMES)
    assert failure(capsys, "bench", "W9") == f"a workload is one of {known}, received 'W9'."
    assert "--device must be one of auto, cpu, gl, received 'tpu'" in failure(
        capsys, "bench", "W1", "--device", "tpu"
    )
    assert "--seconds takes" in failure(capsys, "bench", "W1", "--seconds", "0")
    assert "--seconds takes" in failure(capsys, "bench", "W1", "--seconds", "nan")
    assert "--many takes 1 to" in failure(capsys, "bench", "W1", "--many", "0")


def test_a_trace_is_written_for_a_viewer(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "step.json"
    assert main(["bench", "W2", "--device", "cpu", "--trace", str(path), "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["workload"] == "W2"
    assert sum(layer["share"] for layer in facts["layers"]) == pytest.approx(1.0)
    assert sum(layer["multiply_adds"] for layer in facts["layers"]) > 40 * 13 * 50
    bars = [event for event in json.loads(path.read_text())["traceEvents"] if event["ph"] == "X"]
    assert {bar["cat"] for bar in bars} == {"forward", "backward", "update"}
    assert main(["bench", "W2", "--device", "cpu", "--trace", str(path)]) == 0
    assert "ms a step" in capsys.readouterr().out
    assert "--trace takes one of" in failure(capsys, "bench", "W7", "--trace", str(path))
    assert "--trace takes one of" in failure(capsys, "bench", "W1", "W2", "--trace", str(path))
    assert "cannot be written" in failure(
        capsys, "bench", "W2", "--device", "cpu", "--trace", str(tmp_path / "no" / "step.json")
    )
