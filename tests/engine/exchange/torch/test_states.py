"""Weights that PyTorch saved come in; what a pickle would do besides is not done."""

from __future__ import annotations

import collections
import json
import os
import pickle
import struct
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import layers
from engine.exchange.matching import matched
from engine.exchange.torch import pickles, states
from engine.exchange.torch.pickles import Storage, StoredTensor, read_pickle
from engine.exchange.torch.states import read_safetensors, read_state
from engine.formats.errors import FormatError
from engine.graph.features import FeatureSpec
from engine.models import Input, Model
from engine.tensor.spec import Array

ARCHIVE = Path(__file__).parents[3] / "golden" / "torch_states.zip"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("states")
    with zipfile.ZipFile(ARCHIVE) as archive:
        archive.extractall(path)
    return path


def mlp() -> Model:
    x = Input((4,), name="x")
    y = layers.Dense(units=6, activation="tanh")(x)
    return Model(x, layers.Dense(units=3)(layers.Dense(units=6, activation="relu")(y)))


def pictures() -> Model:
    x = Input((5, 5, 2), name="x")
    y = layers.Conv2D(filters=4, padding="same")(x)
    y = layers.ReLU()(layers.BatchNormalization()(y))
    y = layers.Conv2D(filters=8, padding="same", groups=4, use_bias=False)(y)
    y = layers.Conv2DTranspose(filters=3, kernel_size=2, strides=2)(y)
    y = layers.GroupNormalization(groups=3)(y)
    return Model(x, layers.Dense(units=5)(layers.GlobalAveragePooling2D()(y)))


def reader() -> Model:
    x = Input((6,), dtype="int32", name="x")
    y = layers.LSTM(units=3, return_sequences=True)(layers.Embedding(input_dim=9, output_dim=4)(x))
    y = layers.Bidirectional(layer={"name": "GRU", "units": 2, "return_sequences": True})(y)
    y = layers.LayerNormalization()(layers.GlobalAveragePooling1D()(y))
    return Model(x, layers.Dense(units=2)(y))


NETWORKS = {"mlp": mlp, "pictures": pictures, "reader": reader}


def read(path: Path) -> dict[str, Array]:
    return read_state(path) if path.suffix == ".pt" else read_safetensors(path)


@pytest.mark.parametrize("suffix", [".pt", ".safetensors"])
@pytest.mark.parametrize("name", NETWORKS)
def test_weights_of_pytorch_predict_the_same_here(folder: Path, name: str, suffix: str) -> None:
    model = NETWORKS[name]()
    spec = model.inputs[0].spec
    found = matched(read(folder / f"{name}{suffix}"), model.graph, {"x": FeatureSpec(spec.shape, spec.dtype)})
    assert found.unmatched == found.misfits == found.ignored == ()
    model.set_weights(found.weights)
    with np.load(folder / f"{name}.npz") as arrays:
        x = arrays["x"].astype(spec.dtype.numpy)
        np.testing.assert_allclose(model.predict(x), arrays["y"], rtol=1e-5, atol=1e-5)


def test_numbers_of_any_kind_become_float32(folder: Path) -> None:
    for path in (folder / "kinds.pt", folder / "kinds.safetensors"):
        found = read(path)
        assert {a.dtype.name for a in found.values()} == {"float32"}
        np.testing.assert_allclose(found["half.weight"], found["double.weight"], atol=2e-3)
        np.testing.assert_allclose(found["bf16.weight"], found["double.weight"], atol=2e-2)
        np.testing.assert_array_equal(found["bf16.bias"], [0, 1, 2])


def test_a_view_is_what_is_seen_through_it(folder: Path) -> None:
    whole = np.arange(12, dtype=np.float32).reshape(3, 4)
    np.testing.assert_array_equal(read_state(folder / "view.pt")["w"], whole.T[1:, ::2])


def test_names_in_safetensors_are_in_peoples_order(folder: Path) -> None:
    assert list(read_safetensors(folder / "mlp.safetensors"))[:3] == ["0.bias", "0.weight", "2.bias"]


def test_a_whole_module_is_named_and_not_made(folder: Path) -> None:
    with pytest.raises(FormatError, match=r"wants torch\.nn\.modules\.linear\.Linear to be imported"):
        read_state(folder / "whole.pt")


# -- pickles that do something -----------------------------------------------------------------------------
class Does:
    """Pickled, it calls a function when Python reads it."""

    def __init__(self, function: Any, *arguments: Any) -> None:
        self.call = function, arguments

    def __reduce__(self) -> Any:
        return self.call


def archive(path: Path, data: bytes, **members: bytes) -> Path:
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("archive/data.pkl", data)
        for name, content in members.items():
            file.writestr(f"archive/{name}", content)
    return path


@pytest.mark.parametrize("protocol", [0, 1, 2, 3, 4, 5])
@pytest.mark.parametrize(
    ("function", "named"),
    [
        (os.system, r"system"),
        (eval, r"builtins\.eval|__builtin__\.eval"),
        (exec, "exec"),
        (getattr, "getattr"),
    ],
)
def test_a_pickle_that_calls_is_refused_by_name(
    tmp_path: Path, function: Any, named: str, protocol: int
) -> None:
    touched = tmp_path / "touched"
    told = f"touch {touched}" if function is os.system else f"open({str(touched)!r}, 'w')"
    bad = pickle.dumps({"w": Does(function, told)}, protocol)
    with pytest.raises(FormatError, match=named) as caught:
        read_state(archive(tmp_path / "bad.pt", bad))
    assert "\n" not in str(caught.value)
    assert not touched.exists()


def test_a_call_deep_inside_is_refused_too(tmp_path: Path) -> None:
    bad = pickle.dumps({"a": [{"b": (1, {"c": Does(os.system, "true")})}]}, 2)
    with pytest.raises(FormatError, match="system"):
        read_state(archive(tmp_path / "bad.pt", bad))


def test_a_call_whose_result_is_thrown_away_is_refused_too() -> None:
    with pytest.raises(FormatError, match=r"os\.system"):
        read_pickle(b"\x80\x02cos\nsystem\nX\x04\x00\x00\x00true\x85R0}.")


@pytest.mark.parametrize(
    "data",
    [
        b"\x80\x02(cos\nsystem\nX\x04\x00\x00\x00trueo.",  # OBJ
        b"(S'true'\nios\nsystem\n.",  # INST
        b"\x80\x02ccollections\nOrderedDict\n)\x81.",  # NEWOBJ
        b"\x80\x02\x82\x01.",  # EXT1
        b"Pname\n.",  # PERSID
        b"\x80\x04\x8c\x02os\x8c\x06system\x93.",  # STACK_GLOBAL
        b"\x80\x02cposix\nsystem\n.",
        b"\x80\x02cnumpy.core.multiarray\n_reconstruct\n.",
    ],
)
def test_instructions_that_make_objects_are_refused(data: bytes) -> None:
    with pytest.raises(FormatError):
        read_pickle(data)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x80",
        b"\x80\x02}",
        b"\x80\x02h\x05.",
        b".",
        b"\x80\x02u.",
        b"\x80\x02}e.",
        b"\x80\x02NNs.",
        b"\xff" * 50,
    ],
)
def test_damaged_pickles_are_one_sentence(data: bytes) -> None:
    with pytest.raises(FormatError) as caught:
        read_pickle(data)
    assert str(caught.value).endswith(".")


@given(st.binary(max_size=200))
def test_no_bytes_do_anything_but_be_read_or_refused(data: bytes) -> None:
    with suppress(FormatError):
        read_pickle(b"\x80\x02" + data + b".")


def test_a_list_that_holds_itself_ends() -> None:
    items: list[Any] = []
    items.append(items)
    assert isinstance(read_pickle(pickle.dumps(items, 2)), list)


def test_a_dict_that_holds_itself_has_no_tensors(tmp_path: Path) -> None:
    whole: dict[str, Any] = {}
    whole["state_dict"] = whole
    with pytest.raises(FormatError, match="no tensors"):
        read_state(archive(tmp_path / "bad.pt", pickle.dumps(whole, 2)))


def test_a_list_of_lists_of_lists_is_not_unfolded() -> None:
    value: list[Any] = ["x"] * 10
    for _ in range(60):
        value = [value] * 10  # 10 to the 60th items, if anybody followed them
    assert len(read_pickle(pickle.dumps({"a": value}, 4))["a"]) == 10


def test_a_tower_of_lists_ends() -> None:
    data = b"\x80\x02" + b"]" * 50_000 + b"a" * 49_999 + b"."
    assert isinstance(read_pickle(data), list)


def test_more_instructions_than_a_model_needs_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pickles, "MOST_STEPS", 1000)
    with pytest.raises(FormatError, match=r"instructions|far too long"):
        read_pickle(b"\x80\x02" + b"N0" * 600 + b".")


def test_a_number_of_a_million_digits_is_refused() -> None:
    with pytest.raises(FormatError, match="too large"):
        read_pickle(b"\x80\x02\x8b" + struct.pack("<i", 100_000) + b"\x7f" * 100_000 + b".")


def ordered(entries: dict[str, Any]) -> bytes:
    return pickle.dumps(collections.OrderedDict(entries), 2)


def test_an_ordered_dict_keeps_its_order() -> None:
    assert list(read_pickle(ordered({"b": 1, "a": 2}))) == ["b", "a"]


def tensor(offset: int, shape: str, strides: str, count: int = 4, kind: str = "FloatStorage") -> bytes:
    """A state dict with one tensor `w`, written by hand."""
    store = f"ctorch\n{kind}\n".encode()
    inner = b"(X\x07\x00\x00\x00storage" + store + b"X\x01\x00\x00\x000X\x03\x00\x00\x00cpu"
    inner += b"J" + struct.pack("<i", count) + b"tQ"
    sizes = f"({shape}t({strides}t".encode()
    rebuilt = b"ctorch._utils\n_rebuild_tensor_v2\n(" + inner + b"J" + struct.pack("<i", offset)
    return b"\x80\x02}X\x01\x00\x00\x00w" + rebuilt + sizes + b"tRs."


def four(**changes: Any) -> tuple[bytes, dict[str, bytes]]:
    settings: dict[str, Any] = {"offset": 0, "shape": "K\x02K\x02", "strides": "K\x02K\x01", **changes}
    return tensor(**settings), {"data/0": np.arange(4, dtype="<f4").tobytes()}


def test_a_tensor_written_by_hand_is_read(tmp_path: Path) -> None:
    data, members = four()
    assert read_pickle(data)["w"] == StoredTensor(Storage("torch.FloatStorage", "0", 4), 0, (2, 2), (2, 1))
    found = read_state(archive(tmp_path / "x.pt", data, **members))
    np.testing.assert_array_equal(found["w"], [[0, 1], [2, 3]])


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"offset": 3}, "reaches beyond"),
        ({"shape": "K\x7fK\x7f", "strides": "K\x00K\x00"}, "reaches beyond"),
        ({"strides": "K\x7fK\x01"}, "reaches beyond"),
        ({"offset": -1}, "no sensible shape"),
        ({"count": 5}, "not complete"),
        ({"kind": "QInt8Storage"}, "QInt8Storage"),
    ],
)
def test_tensors_stay_within_their_numbers(tmp_path: Path, changes: dict[str, Any], words: str) -> None:
    data, members = four(**changes)
    with pytest.raises(FormatError, match=words):
        read_state(archive(tmp_path / "x.pt", data, **members))


def test_numbers_that_are_not_there_are_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="data/0"):
        read_state(archive(tmp_path / "x.pt", four()[0]))


def test_a_program_of_torchscript_is_named(tmp_path: Path) -> None:
    path = archive(tmp_path / "x.pt", pickle.dumps({}, 2), **{"code/__torch__.py": b"import os"})
    with pytest.raises(FormatError, match="TorchScript"):
        read_state(path)


def test_an_old_or_other_file_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "old.pt").write_bytes(pickle.dumps(0x1950A86A20F9469CFC6C, 2))
    with pytest.raises(FormatError, match=r"PyTorch 1\.6"):
        read_state(tmp_path / "old.pt")


def test_a_bomb_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(states, "LARGEST_LIST", 1 << 16)
    with zipfile.ZipFile(tmp_path / "bomb.pt", "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("archive/data.pkl", b"\0" * (1 << 20))
    with pytest.raises(FormatError):
        read_state(tmp_path / "bomb.pt")


def test_a_name_that_leads_out_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "out.pt", "w") as file:
        file.writestr("../data.pkl", b"\x80\x02}.")
    with pytest.raises(FormatError, match="lead out"):
        read_state(tmp_path / "out.pt")


# -- safetensors -------------------------------------------------------------------------------------------
def safetensors(path: Path, header: Any, data: bytes = b"", length: int | None = None) -> Path:
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text) if length is None else length) + text + data)
    return path


@pytest.mark.parametrize(
    "entry",
    [
        {"dtype": "F32", "shape": [2], "data_offsets": [0, 4]},
        {"dtype": "F32", "shape": [1], "data_offsets": [0, 400]},
        {"dtype": "F32", "shape": [-1], "data_offsets": [0, 4]},
        {"dtype": "F32", "shape": [2**40, 2**40], "data_offsets": [0, 4]},
        {"dtype": "F8_E4M3", "shape": [4], "data_offsets": [0, 4]},
        {"dtype": ["F32"], "shape": [1], "data_offsets": [0, 4]},
        {"dtype": "F32"},
        [],
        None,
        3,
    ],
)
def test_safetensors_with_nonsense_in_them_are_one_sentence(tmp_path: Path, entry: Any) -> None:
    with pytest.raises(FormatError, match=r'The tensor "w" in it is'):
        read_safetensors(safetensors(tmp_path / "x.safetensors", {"w": entry}, b"\0" * 4))


@pytest.mark.parametrize("length", [0, 3, 2**62, 10_000])
def test_a_header_of_the_wrong_length_is_one_sentence(tmp_path: Path, length: int) -> None:
    with pytest.raises(FormatError):
        read_safetensors(safetensors(tmp_path / "x.safetensors", {"w": 1}, b"", length))


def test_an_empty_file_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "x.safetensors").write_bytes(b"")
    with pytest.raises(FormatError):
        read_safetensors(tmp_path / "x.safetensors")
