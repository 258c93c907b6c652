"""`check`, `convert` and `predict` on ONNX files."""

from pathlib import Path

import numpy as np
import onnx
import pytest

from engine.cli.main import main
from tests.engine.exchange.onnx.making import model, node, random, theirs


def _pictures(folder: Path) -> onnx.ModelProto:
    made = model(
        [
            node("Conv", ["x", "w"], ["a"]),
            node("GlobalAveragePool", ["a"], ["b"]),
            node("Flatten", ["b"], ["y"]),
        ],
        {"x": ["N", 3, 8, 6]},
        ["y"],
        {"w": random(4, 3, 3, 3)},
    )
    onnx.save(made, folder / "pictures.onnx")
    return made


@pytest.mark.parametrize("first", [True, False])
def test_predict_takes_channels_at_both_places(tmp_path: Path, *, first: bool) -> None:
    made, x = _pictures(tmp_path), random(3, 3, 8, 6)
    np.savez(tmp_path / "x.npz", x0=x if first else np.moveaxis(x, 1, -1))
    output = tmp_path / "y.npz"
    arguments = ["predict", str(tmp_path / "pictures.onnx"), "--input", str(tmp_path / "x.npz")]
    assert main([*arguments, "--output", str(output)]) == 0
    with np.load(output) as found:
        assert np.allclose(found["y0"], theirs(made, x)[0], atol=1e-5)


def test_check_tells_what_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _pictures(tmp_path)
    assert main(["check", str(tmp_path / "pictures.onnx")]) == 0
    said = capsys.readouterr().out
    assert "ONNX model of opset 17" in said
    assert "channels last" in said


def test_a_project_can_be_made_of_it(tmp_path: Path) -> None:
    made, x = _pictures(tmp_path), random(2, 3, 8, 6)
    project = tmp_path / "pictures.loom"
    assert main(["convert", str(tmp_path / "pictures.onnx"), str(project)]) == 0
    np.savez(tmp_path / "x.npz", x0=x)
    assert (
        main(
            ["predict", str(project), "--input", str(tmp_path / "x.npz"), "--output", str(tmp_path / "y.npz")]
        )
        == 0
    )
    with np.load(tmp_path / "y.npz") as found:
        assert np.allclose(found["y0"], theirs(made, x)[0], atol=1e-5)


def test_a_red_node_is_named_and_can_not_predict(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    nodes = [node("MatMul", ["x", "w"], ["a"]), node("Mystery", ["a"], ["y"], name="strange", domain="own")]
    made = model(nodes, {"x": ["N", 4]}, ["y"], {"w": random(4, 3)})
    made.opset_import.add(domain="own", version=1)
    (tmp_path / "red.onnx").write_bytes(made.SerializeToString())
    assert main(["check", str(tmp_path / "red.onnx")]) == 0
    assert "own.Mystery" in capsys.readouterr().out
    np.savez(tmp_path / "x.npz", x0=random(2, 4))
    assert main(["predict", str(tmp_path / "red.onnx"), "--input", str(tmp_path / "x.npz")]) == 2
    errors = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error: ")]
    assert len(errors) == 1
    assert "strange" in errors[0]


@pytest.mark.parametrize("command", ["check", "convert"])
def test_damaged_files_end_with_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    path = tmp_path / "bad.onnx"
    path.write_bytes(b"\x08\x08" + b"x" * 100)
    more = [str(tmp_path / "out.loom")] if command == "convert" else []
    assert main([command, str(path), *more]) == 2
    assert capsys.readouterr().err.count("error: ") == 1
    assert not (tmp_path / "out.loom").exists()
