"""ONNX files that are damaged or mean harm: one sentence each, soon, and nothing outside of the folder is opened."""

import io
import os
import resource
import zipfile
from pathlib import Path

import numpy as np
import onnx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

from engine.exchange.onnx.reading import read_onnx
from engine.formats.errors import FormatError
from engine.graph.document import UnknownLayer
from tests.engine.exchange.onnx.making import model, node, ours, random, read, theirs, titles

ARCHIVE = Path(__file__).parents[3] / "golden" / "onnx_files.zip"


def _file(name: str) -> bytes:
    with zipfile.ZipFile(ARCHIVE) as archive:
        return archive.read(name)


def _outcome(path: Path) -> str:
    """The sentence with which a file is refused; "" where it is read."""
    try:
        read_onnx(path)
    except FormatError as error:
        return str(error)
    return ""


def _refusal(made: onnx.ModelProto | bytes, folder: Path) -> str:
    path = folder / "model.onnx"
    path.write_bytes(made if isinstance(made, bytes) else made.SerializeToString())
    with pytest.raises(FormatError) as caught:
        read_onnx(path)
    sentence = str(caught.value)
    assert "\n" not in sentence
    assert sentence.endswith(".")
    return sentence


def _dense() -> onnx.ModelProto:
    return model([node("MatMul", ["x", "w"], ["y"])], {"x": ["N", 4]}, ["y"], {"w": random(4, 3)})


@pytest.mark.parametrize("content", [b"", b"\x00" * 64, b"not a model", os.urandom(256), b"\x0a" * 1000])
def test_what_is_no_model(tmp_path: Path, content: bytes) -> None:
    assert "model.onnx" in _refusal(content, tmp_path)


@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.9, 0.99])
def test_truncated(tmp_path: Path, share: float) -> None:
    whole = _file("mobile_old.onnx")
    path = tmp_path / "model.onnx"
    path.write_bytes(whole[: int(len(whole) * share)])
    assert "\n" not in _outcome(path)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_bits_that_flipped_give_a_sentence_or_a_network(tmp_path: Path, data: st.DataObject) -> None:
    content = bytearray(
        _file(data.draw(st.sampled_from(["words_old.onnx", "scaled_old.onnx", "segments_fixed.onnx"])))
    )
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    path = tmp_path / "model.onnx"
    path.write_bytes(bytes(content))
    assert "\n" not in _outcome(path)


def test_a_circle(tmp_path: Path) -> None:
    made = _dense()
    del made.graph.node[:]
    made.graph.node.extend(
        [node("Add", ["x", "b"], ["a"]), node("Relu", ["a"], ["b"]), node("Relu", ["b"], ["y"])]
    )
    assert "run in a circle" in _refusal(made, tmp_path)


def test_wires_from_nowhere_and_values_of_two(tmp_path: Path) -> None:
    made = _dense()
    made.graph.node[0].input[1] = "nobody"
    assert "reads nobody, which nothing gives" in _refusal(made, tmp_path)
    made = _dense()
    made.graph.node.append(node("Relu", ["x"], ["y"]))
    assert "Two nodes give the value y" in _refusal(made, tmp_path)
    made = _dense()
    made.graph.initializer.append(made.graph.initializer[0])
    assert "have one name" in _refusal(made, tmp_path)


@pytest.mark.parametrize("dims", [[-4, 3], [1 << 40, 1 << 40], [1 << 30, 3], [4, 4]])
def test_arrays_that_claim_to_be_what_they_are_not(tmp_path: Path, dims: list[int]) -> None:
    made = _dense()
    del made.graph.initializer[0].dims[:]
    made.graph.initializer[0].dims.extend(dims)
    assert "the file is damaged" in _refusal(made, tmp_path)


@pytest.mark.parametrize("kind", [0, 99, 8])
def test_arrays_of_a_type_that_there_is_not(tmp_path: Path, kind: int) -> None:
    made = _dense()
    made.graph.initializer[0].data_type = kind
    assert "w can't be read" in (text := _refusal(made, tmp_path)) or "unknown type" in text


@pytest.mark.parametrize("shape", [["N", -7], ["N", 1 << 50], ["N", 1 << 20, 1 << 20], [0, 0]])
def test_inputs_of_impossible_sizes(tmp_path: Path, shape: list[int | str]) -> None:
    made = model([node("Relu", ["x"], ["y"])], {"x": ["N", 4]}, ["y"])
    made.graph.input[0].CopyFrom(helper.make_tensor_value_info("x", TensorProto.FLOAT, shape))
    path = tmp_path / "model.onnx"
    path.write_bytes(made.SerializeToString())
    sentence = _outcome(path)
    assert not sentence or "claims" in sentence or "numbers" in sentence


def test_gigantic_results_are_not_computed(tmp_path: Path) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    made = model(
        [
            node("ConstantOfShape", ["s"], ["a"]),
            node("Expand", ["one", "t"], ["b"]),
            node("Range", ["zero", "end", "step"], ["c"]),
            node("Tile", ["one", "times"], ["d"]),
            node("Add", ["x", "one"], ["y"]),
            node("Concat", ["x", "a"], ["z"], axis=1),
            node("Sum", ["x", "b", "c", "d"], ["u"]),
        ],
        {"x": ["N", 4]},
        ["y", "z", "u"],
        {
            "s": np.array([1 << 40]),
            "t": np.array([1 << 20, 1 << 20]),
            "zero": np.array(0.0, np.float32),
            "end": np.array(1e15, np.float32),
            "step": np.array(1.0, np.float32),
            "times": np.array([1 << 40]),
            "one": np.ones(1, np.float32),
        },
    )
    imported = read(made, tmp_path)
    assert any(isinstance(n.layer, UnknownLayer) for n in imported.graph.nodes.values())
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 1 << 20  # kilobytes


def test_subgraphs_are_red_and_named(tmp_path: Path) -> None:
    branch = helper.make_graph(
        [node("Constant", [], ["o"], value=numpy_helper.from_array(np.ones((1, 4), np.float32)))],
        "branch",
        [],
        [helper.make_tensor_value_info("o", TensorProto.FLOAT, [1, 4])],
    )
    made = model(
        [
            node("If", ["c"], ["i"], then_branch=branch, else_branch=branch, name="choice"),
            node("Add", ["x", "i"], ["y"], name="sum"),
            node("MatMul", ["x", "w"], ["z"], name="dense"),
        ],
        {"x": ["N", 4]},
        ["y", "z"],
        {"c": np.array(True), "w": random(4, 2)},
    )
    imported = read(made, tmp_path)
    red = imported.graph.named("choice")
    assert red is not None
    assert isinstance(red.layer, UnknownLayer)
    assert "runs a graph of its own" in red.layer.reason
    assert "Dense" in titles(imported)
    assert any("red" in note and "If" in note for note in imported.notes)


def _field(number: int, content: bytes) -> bytes:
    length, size = len(content), bytearray()
    while length > 127:
        size.append(length & 127 | 128)
        length >>= 7
    return bytes([number << 3 | 2, *size, length]) + content


@pytest.mark.parametrize("depth", [10, 5000])
def test_deeply_nested_subgraphs(tmp_path: Path, depth: int) -> None:
    inner = b""
    for _ in range(depth):  # a node with an attribute with a graph
        inner = _field(1, _field(5, _field(6, inner)))
    path = tmp_path / "model.onnx"
    path.write_bytes(_dense().SerializeToString() + _field(7, inner))
    sentence = _outcome(path)
    assert "damaged" in sentence if sentence else titles(read_onnx(path)) == ["Dense"]


def test_an_operator_of_another_world_is_red_and_the_rest_works(tmp_path: Path) -> None:
    made = model(
        [
            node("MatMul", ["x", "w"], ["a"], name="before"),
            node("Mystery", ["a"], ["b"], name="strange", domain="com.example", alpha=0.5),
            node("MatMul", ["b", "v"], ["y"], name="behind"),
            node("Relu", ["a"], ["z"], name="beside"),
        ],
        {"x": ["N", 4]},
        ["y", "z"],
        {"w": random(4, 3), "v": random(3, 2)},
    )
    made.opset_import.append(helper.make_opsetid("com.example", 1))
    imported = read(made, tmp_path)
    red = imported.graph.named("strange")
    assert red is not None
    assert isinstance(red.layer, UnknownLayer)
    assert red.layer.type_name == "com.example.Mystery"
    assert red.layer.settings == {"alpha": 0.5}
    assert titles(imported) == ["Dense", "com.example.Mystery", "Dense", "ReLU"]
    behind = imported.graph.named("behind")
    assert behind is not None
    assert imported.weights[f"{behind.id}/weight"].shape == (3, 2)  # ready for when the red one is replaced


def test_functions_of_the_file_are_named(tmp_path: Path) -> None:
    made = model([node("Twice", ["x"], ["y"], name="twice", domain="own")], {"x": ["N", 4]}, ["y"])
    made.opset_import.append(helper.make_opsetid("own", 1))
    made.functions.append(
        helper.make_function(
            "own", "Twice", ["a"], ["b"], [node("Add", ["a", "a"], ["b"])], [helper.make_opsetid("", 17)]
        )
    )
    imported = read(made, tmp_path)
    red = imported.graph.named("twice")
    assert red is not None
    assert isinstance(red.layer, UnknownLayer)
    assert "a function that the file defines" in red.layer.reason


def test_old_and_future_opsets(tmp_path: Path) -> None:
    old = _dense()
    old.opset_import[0].version = 3
    old.graph.node[0].CopyFrom(node("Gemm", ["x", "w", "b"], ["y"]))
    old.graph.initializer.append(numpy_helper.from_array(random(3), "b"))
    assert "from opset 7 on, received opset 3" in _refusal(old, tmp_path)
    future = _dense()
    future.opset_import[0].version = 99
    path = tmp_path / "future.onnx"
    path.write_bytes(future.SerializeToString())
    imported = read_onnx(path)
    assert titles(imported) == ["Dense"]
    assert any("opset 99" in note for note in imported.notes)


def test_weights_that_are_no_numbers_are_told(tmp_path: Path) -> None:
    weight = random(4, 3)
    weight[0, 0] = np.nan
    made = model([node("MatMul", ["x", "w"], ["y"])], {"x": ["N", 4]}, ["y"], {"w": weight})
    assert any("not finite" in note for note in read(made, tmp_path).notes)


@pytest.mark.parametrize("share", ["float16", "float64"])
def test_other_floats_become_float32(tmp_path: Path, share: str) -> None:
    made = _dense()
    weight = numpy_helper.to_array(made.graph.initializer[0])
    made.graph.initializer[0].CopyFrom(numpy_helper.from_array(weight.astype(share), "w"))
    path = tmp_path / "model.onnx"
    path.write_bytes(made.SerializeToString())
    imported = read_onnx(path)
    assert np.allclose(next(iter(imported.weights.values())), weight, atol=1e-2)


# -- files beside the model ----------------------------------------------------------------------------------------
def _external(folder: Path, location: str, **more: object) -> onnx.ModelProto:
    made = _dense()
    tensor = made.graph.initializer[0]
    raw = numpy_helper.to_array(tensor).tobytes()
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    for key, value in {"location": location, "offset": 0, "length": len(raw), **more}.items():
        tensor.external_data.add(key=key, value=str(value))
    (folder / "weights.bin").write_bytes(raw)
    return made


def test_weights_in_a_file_beside_the_model(tmp_path: Path) -> None:
    made = _external(tmp_path, "weights.bin")
    x = random(3, 4)
    assert np.allclose(ours(read(made, tmp_path), x)[0], theirs(_dense(), x)[0], atol=1e-6)


@pytest.mark.parametrize(
    "location",
    [
        "../weights.bin",
        "/etc/passwd",
        "a/../../weights.bin",
        "C:\\weights.bin",
        "..\\weights.bin",
        "http://x/w.bin",
        "",
        "nothing.bin",
        ".",
    ],
)
def test_weights_elsewhere_are_not_opened(tmp_path: Path, location: str) -> None:
    folder = tmp_path / "inner"
    folder.mkdir()
    made = _external(tmp_path, location)
    _refusal(made, folder)


def test_links_are_not_followed(tmp_path: Path) -> None:
    folder = tmp_path / "inner"
    folder.mkdir()
    made = _external(tmp_path, "link.bin")
    (folder / "link.bin").symlink_to(tmp_path / "weights.bin")
    assert "symbolic link" in _refusal(made, folder)


@pytest.mark.parametrize(
    "more", [{"length": 1 << 50}, {"offset": 40}, {"offset": -1}, {"length": "x"}, {"length": 4}]
)
def test_weights_beside_that_are_too_short(tmp_path: Path, more: dict[str, object]) -> None:
    assert "weights.bin" in _refusal(_external(tmp_path, "weights.bin", **more), tmp_path)


def test_a_network_with_damaged_wires_can_still_be_looked_at(tmp_path: Path) -> None:
    made = model(
        [node("MatMul", ["x", "w"], ["a"]), node("MatMul", ["a", "v"], ["y"])],
        {"x": ["N", 4]},
        ["y"],
        {"w": random(4, 3), "v": random(7, 2)},
    )
    imported = read(made, tmp_path)
    kinds = [type(n.layer) for n in imported.graph.nodes.values()]
    assert UnknownLayer in kinds


def test_archives_are_no_models(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("x", b"y")
    _refusal(buffer.getvalue(), tmp_path)


@pytest.mark.parametrize(
    ("op", "attributes", "constants"),
    [
        ("MaxPool", {"kernel_shape": [1 << 40, 2], "ceil_mode": 1}, {}),
        ("AveragePool", {"kernel_shape": [2, 2], "pads": [1 << 40, 0, 0, 0]}, {}),
        ("MaxPool", {"kernel_shape": [2, 2], "strides": [0, 0]}, {}),
        ("Conv", {"pads": [1 << 40] * 4}, {"b": random(2, 3, 3, 3)}),
        ("Conv", {"dilations": [1 << 40, 1]}, {"b": random(2, 3, 3, 3)}),
        ("Conv", {"group": 0}, {"b": random(2, 3, 3, 3)}),
        ("Pad", {}, {"b": np.array([0, 0, 1 << 40, 0, 0, 0, 0, 0])}),
        ("Tile", {}, {"b": np.array([1, 1 << 40, 1, 1])}),
        ("Expand", {}, {"b": np.array([1, 1 << 40, 1, 1, 1])}),
        ("Upsample", {}, {"b": np.array([1, 1, 1e12, 1], np.float32)}),
        ("DepthToSpace", {"blocksize": 1 << 40}, {}),
        ("Split", {"axis": 1, "num_outputs": 1 << 40}, {}),
        ("TopK", {}, {"b": np.array([1 << 40])}),
        ("Slice", {}, {"b": np.array([0]), "c": np.array([1 << 62]), "d": np.array([9])}),
        ("Transpose", {"perm": [0, 0, 1, 7]}, {}),
        ("Gather", {"axis": 99}, {"b": np.array([0])}),
        ("LRN", {"size": 1 << 40}, {}),
        ("LpPool", {"kernel_shape": [2, 2], "p": 0}, {}),
    ],
)
def test_attributes_that_no_program_writes(
    tmp_path: Path, op: str, attributes: dict[str, object], constants: dict[str, np.ndarray]
) -> None:
    """A sentence, or a node that is red or says what is wrong with it; never more memory than there is."""
    opset = 9 if op == "Upsample" else 18
    nodes = [node(op, ["x", *constants], ["y"], **attributes)]
    graph = helper.make_graph(
        nodes,
        "graph",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", 3, 8, 8])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(a, n) for n, a in constants.items()],
    )
    path = tmp_path / "model.onnx"
    path.write_bytes(
        helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)]).SerializeToString()
    )
    assert "fault" not in _outcome(path)


def test_work_out_of_nothing_is_not_done(tmp_path: Path) -> None:
    made = model(
        [
            node("ConstantOfShape", ["s"], ["a"]),
            node("ConstantOfShape", ["k"], ["b"]),
            node("Conv", ["a", "b"], ["c"]),
            node("ReduceSum", ["c"], ["d"], keepdims=0),
            node("Add", ["x", "d"], ["y"]),
        ],
        {"x": ["N", 4]},
        ["y"],
        {"s": np.array([1, 1, 4000, 4000]), "k": np.array([1, 1, 2000, 2000])},
    )
    imported = read(made, tmp_path)
    red = imported.graph.named("c")
    assert red is not None
    assert isinstance(red.layer, UnknownLayer)
    assert "out of nothing" in red.layer.reason


@pytest.mark.parametrize("count", [2_000, 20_001])
def test_long_chains(tmp_path: Path, count: int) -> None:
    nodes = [node("Relu", [f"v{k}"], [f"v{k + 1}"]) for k in range(count)]
    graph = helper.make_graph(
        nodes,
        "graph",
        [helper.make_tensor_value_info("v0", TensorProto.FLOAT, ["N", 4])],
        [helper.make_tensor_value_info(f"v{count}", TensorProto.FLOAT, ["N", 4])],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    path = tmp_path / "model.onnx"
    path.write_bytes(made.SerializeToString())
    if count > 20_000:
        assert "up to 20,000 nodes are read, received 20,001" in _outcome(path)
    else:
        assert len(titles(read_onnx(path))) == count
