"""What is written for PyTorch, looked at without PyTorch: valid Python, readable, with the right arrays beside it."""

from __future__ import annotations

import ast
import keyword
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import load_file

from engine import layers
from engine.exchange.formats import format_of, write_network
from engine.exchange.meaning import Meaning
from engine.exchange.outgoing import Outgoing, outgoing
from engine.exchange.torch.text import WIDTH, docstring, identifier, plain, wrapped
from engine.exchange.torch.writing import Module, module_of, weights_of
from engine.formats.errors import FormatError
from engine.graph.features import FeatureSpec
from engine.models import Input, Model
from engine.tensor.spec import DType
from tests.engine.exchange.torch.drawn import out_of, shaken

GOLDEN = Path(__file__).parents[3] / "golden" / "torch"
NASTY = (
    '"""\nimport os\nos.system("true")',
    "a\\",
    "class",
    "None",
    "x'; import os #",
    "层一",
    "ﬁrst",
    "42",
    "",
    "\ud800",
    "forward",
    "torch",
    "a\u2028b",
    "{0}",
    "print",
    "__class__",
)


def digits() -> Model:
    x = Input((8, 8, 1), name="image")
    y = layers.Conv2D(filters=4, padding="same", activation="relu")(x)
    y = layers.BatchNormalization()(y)
    shortcut = y
    y = layers.Conv2D(filters=4, padding="same")(y)
    y = layers.ReLU()(layers.Add()([y, shortcut]))
    y = layers.MaxPooling2D()(y)
    y = layers.Flatten()(layers.Dropout(rate=0.25)(y))
    return shaken(Model(x, layers.Dense(units=3, activation="softmax")(y)))


def written(model: Model, title: str = "Digits") -> Module:
    return module_of(out_of(model, title), "digits")


def class_of(text: str, name: str) -> ast.ClassDef:
    tree = ast.parse(text)
    return next(n for n in tree.body if isinstance(n, ast.ClassDef) and n.name == name)


def attributes(text: str, name: str) -> dict[str, str]:
    """What a class keeps, by attribute, as text."""
    return {
        n.targets[0].attr: ast.unparse(n.value)
        for n in ast.walk(class_of(text, name))
        if isinstance(n, ast.Assign) and isinstance(n.targets[0], ast.Attribute)
    }


def test_the_text_is_as_it_was_agreed_on() -> None:
    assert written(digits()).text == (GOLDEN / "digits.py.txt").read_text(encoding="utf-8")


def test_a_class_is_named_after_the_project_and_attributes_after_the_nodes() -> None:
    found = attributes(written(digits(), "my digit reader").text, "MyDigitReader")
    assert found["conv2d"] == "nn.Conv2d(1, 4, 3, padding=1)"
    assert found["max_pooling2d"] == "nn.MaxPool2d(2)"
    assert found["dense"] == "nn.Linear(64, 3)"


def test_weights_lie_as_pytorch_has_them(tmp_path: Path) -> None:
    model = digits()
    write_network(out_of(model, "Digits"), tmp_path / "digits.py")
    state = load_file(tmp_path / "digits.safetensors")
    ours = {n.split("/", 1)[1]: a for n, a in model.weights.items() if "conv" in n or a.ndim == 4}
    kernel = next(a for n, a in model.weights.items() if a.shape == (3, 3, 1, 4))
    np.testing.assert_array_equal(state["conv2d.weight"], kernel.transpose(3, 2, 0, 1))
    assert state["conv2d.weight"].shape == (4, 1, 3, 3)
    assert state["batch_normalization.num_batches_tracked"].dtype == np.int64
    assert {n.split(".")[0] for n in state} == {"conv2d", "conv2d_1", "batch_normalization", "dense"}
    assert ours


def test_channels_are_moved_once_at_each_edge() -> None:
    text = written(digits()).text
    assert text.count("movedim(-1, 1)") == text.count("movedim(1, -1)") == 1


def test_it_imports_torch_and_safetensors_alone() -> None:
    tree = ast.parse(written(digits()).text)
    modules = {n.module for n in tree.body if isinstance(n, ast.ImportFrom)}
    modules |= {a.name for n in tree.body if isinstance(n, ast.Import) for a in n.names}
    assert modules == {"__future__", "pathlib", "torch", "torch.nn.functional", "safetensors.torch"}


def test_a_group_is_a_class_of_its_own_made_once() -> None:
    a = Input((4,))
    inner = Model(a, layers.Dense(units=4, activation="tanh")(layers.Dense(units=6)(a)))
    x = Input((4,), name="x")
    model = shaken(Model(x, layers.Dense(units=2)(inner(inner(x)))))
    module = written(model, "Nested")
    kept = attributes(module.text, "Nested")
    assert sum(v == "Model()" for v in kept.values()) == 1  # used twice, with the same weights
    assert module.text.count("class Model(nn.Module)") == 1
    assert "group.dense.weight" in module.state
    assert module.text.count("self.group(") == 2


def test_a_layer_that_is_used_twice_is_one_module() -> None:
    x, z = Input((3,), name="a"), Input((3,), name="b")
    dense = layers.Dense(units=3)
    module = written(shaken(Model([x, z], layers.Add()([dense(x), dense(z)]))), "Twins")
    assert list(attributes(module.text, "Twins")) == ["dense", "add"] or list(
        attributes(module.text, "Twins")
    ) == ["dense"]
    assert "def forward(self, a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:" in module.text
    assert module.inputs == ("a", "b")


def test_several_outputs_are_a_tuple() -> None:
    x = Input((3,), name="x")
    module = written(shaken(Model(x, [layers.Dense(units=2)(x), layers.Dense(units=1)(x)])), "Both")
    assert "-> tuple[torch.Tensor, ...]:" in module.text
    assert module.outputs == ("y0", "y1")


def test_a_layer_without_a_module_is_computed_op_by_op_in_a_class_of_its_own() -> None:
    x = Input((5, 4), name="x")
    module = written(shaken(Model(x, layers.AdditiveAttention()([x, x]))), "Attend")
    assert "class AdditiveAttention(nn.Module):" in module.text
    assert any(n.startswith("additive_attention.") for n in module.state)


def test_masks_travel_only_as_far_as_somebody_reads_them() -> None:
    x = Input((6,), dtype="int32", name="words")
    embedded = layers.Embedding(input_dim=9, output_dim=3, mask_zero=True)(x)
    read = written(shaken(Model(x, layers.LSTM(units=2)(embedded))), "Read").text
    assert "x, mask = self.embedding(x)" in read
    unread = written(shaken(Model(x, layers.Flatten()(embedded))), "Unread").text
    assert "mask" not in unread
    assert "nn.Embedding(9, 3)" in unread


def test_frozen_layers_do_not_learn_there_either() -> None:
    x = Input((3,), name="x")
    text = written(shaken(Model(x, layers.Dense(units=2, trainable=False)(x))), "Frozen").text
    assert "self.dense.requires_grad_(False)" in text


def test_lines_are_not_too_long() -> None:
    long = [line for line in written(digits()).text.splitlines() if len(line) > WIDTH + 8]
    assert long == []


def test_text_as_input_is_refused_in_one_sentence() -> None:
    x = Input((), dtype="string", name="review")
    model = Model(x, layers.Hashing(num_bins=5)(x))
    out = out_of_text(model)
    with pytest.raises(FormatError, match="The input review is text"):
        module_of(out, "review")


def out_of_text(model: Model) -> Outgoing:
    return outgoing(model.graph, {"review": FeatureSpec((), DType.STRING)}, {})


def test_a_file_that_can_not_be_written_leaves_what_was_there(tmp_path: Path) -> None:
    target = tmp_path / "digits.py"
    target.mkdir()
    with pytest.raises(FormatError, match="could not be written"):
        write_network(out_of(digits()), target)
    assert weights_of(target).name == "digits.safetensors"


def test_a_python_file_is_a_module_of_pytorch() -> None:
    found = format_of(Path("a/b/net.py"))
    assert found is not None
    assert found.name == "torch"
    assert found.read is None


# -- other people's words ----------------------------------------------------------------------------------
def renamed(names: list[str], title: str) -> str:
    x = Input((4,), name="x")
    y = layers.Dense(units=3)(x)
    y = layers.LayerNormalization()(layers.Dense(units=3)(y))
    out = out_of(Model(x, layers.Add()([y, layers.Dense(units=3)(x)])))
    ids = list(out.net.names)
    given_names = dict(zip(ids, (names * len(ids))[: len(ids)], strict=True))
    out = replace(
        out,
        net=replace(out.net, names=given_names),
        targets=(names[0],),
        meaning=Meaning(title),
    )
    return module_of(out, "net").text


def expect_harmless(text: str) -> None:
    """Only imports, one constant, functions and classes stand at the top, and nothing calls what is not ours."""
    text.encode()
    tree = ast.parse(text)
    kinds = {type(n) for n in tree.body}
    assert kinds <= {ast.Expr, ast.Import, ast.ImportFrom, ast.Assign, ast.FunctionDef, ast.ClassDef, ast.If}
    assert sum(isinstance(n, ast.Expr) for n in tree.body) == 1
    imported = {a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
    assert imported <= {"torch", "torch.nn.functional"}
    called = {n.func.id for n in ast.walk(tree) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)}
    classes = {n.name for n in tree.body if isinstance(n, ast.ClassDef)}
    assert (
        called
        <= {"super", "Path", "load", "load_file", "print", "predict", "model", "next", "tuple"} | classes
    )


@pytest.mark.parametrize("name", NASTY)
def test_names_of_any_kind_give_python_that_does_nothing_else(name: str) -> None:
    expect_harmless(renamed([name, name, "ok"], name))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text(max_size=30), min_size=1, max_size=4), st.text(max_size=40))
def test_no_name_breaks_out_of_its_place(names: list[str], title: str) -> None:
    expect_harmless(renamed(names, title))


@given(st.text(max_size=80))
def test_an_identifier_is_one(name: str) -> None:
    taken: set[str] = set()
    found = [identifier(name, "layer", taken), identifier(name, "layer", taken)]
    found += [identifier(name, "Layer", taken, title=True)]
    assert len(set(found)) == 3
    for each in found:
        assert each.isidentifier()
        assert not keyword.iskeyword(each)
        assert each.isprintable()
        compile(f"{each} = 1", "<name>", "exec")


@given(st.text(max_size=120))
def test_words_in_comments_and_docstrings_stay_there(text: str) -> None:
    source = f'"""{docstring(text)}"""\nx = 1  # {plain(text)}\ny = 2\n'
    tree = ast.parse(source)
    assert len(tree.body) == 3
    assert isinstance(tree.body[0], ast.Expr)


@pytest.mark.parametrize(
    "line",
    [
        f"    value = torch.cat([{', '.join(f'self.part_{k}(x)' for k in range(12))}], dim=-1)",
        f"names = {{{', '.join(f'{k}: {k}' for k in range(60))}}}",
        f"x = F.pad({'y' * 50}, (1, 2)) + G({'z' * 50})",
    ],
)
def test_long_lines_are_broken_and_mean_the_same(line: str) -> None:
    broken = wrapped(line)
    assert len(broken) > 1
    assert ast.dump(ast.parse("\n".join(broken).lstrip())) == ast.dump(ast.parse(line.lstrip()))
