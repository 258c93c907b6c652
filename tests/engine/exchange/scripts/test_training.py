"""What is written to train elsewhere, looked at without PyTorch: settings, schedules, recipes, and that it is Python."""

from __future__ import annotations

import ast
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from engine import layers
from engine.data.load import load
from engine.data.settings import DataSettings
from engine.exchange.meaning import Meaning, meaning_of
from engine.exchange.net import Inlet, Net, Part
from engine.exchange.outgoing import Outgoing
from engine.exchange.scripts.data import ROWS, write_data
from engine.exchange.scripts.optimizers import making
from engine.exchange.scripts.rows import rows_text
from engine.exchange.scripts.sources import schedule_lines
from engine.exchange.scripts.torch_training import ray_script, training_script
from engine.exchange.torch.options import TorchOptions
from engine.exchange.torch.writing import module_of, write_torch
from engine.formats.errors import FormatError
from engine.formats.examples import examples
from engine.layers.embedding import Embedding
from engine.layers.flatten import Flatten
from engine.layers.text_vectorization import TextVectorization
from engine.models import Input, Model
from engine.models.arrays import bundle
from engine.optimizers.base import OPTIMIZERS
from engine.schedules.base import SCHEDULES, Run
from engine.tensor.spec import DType
from engine.training.settings import TrainingSettings
from tests.engine.exchange.torch.drawn import out_of

TORCH = {
    "SGD",
    "Adam",
    "AdamW",
    "Adagrad",
    "Adadelta",
    "Adamax",
    "Nadam",
}
OWN = {"RMSprop", "Lion", "Lamb", "Ftrl", "ScheduleFreeAdamW"}


def classifier(**settings: Any) -> Outgoing:
    x = Input((4,), name="x")
    y = layers.Dense(
        units=5, kernel_regularizer="L2", kernel_constraint="UnitNorm", learning_rate_factor=2.0
    )(x)
    model = Model(x, layers.Dense(units=3, activation="softmax")(y))
    model.compile(loss="sparse_categorical_crossentropy")
    out = out_of(model, "Flowers")
    return replace(out, training=TrainingSettings(**settings))


def script(out: Outgoing, stem: str = "flowers") -> str:
    return training_script(out, module_of(out, stem), stem)


def constants(text: str) -> dict[str, Any]:
    """Names at the top that stand for plain values."""
    found = {}
    for node in ast.parse(text).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            try:
                found[node.targets[0].id] = ast.literal_eval(node.value)
            except ValueError:
                continue
    return found


def test_settings_of_the_run_are_in_the_script() -> None:
    out = classifier(epochs=7, batch_size=5, seed=3, early_stopping_patience=2, keep_best=True)
    found = constants(script(out))
    assert (found["EPOCHS"], found["BATCH_SIZE"], found["SEED"], found["PATIENCE"]) == (7, 5, 3, 2)
    assert found["KEEP_BEST"] is True
    assert found["INPUTS"] == ("x",)
    assert found["TARGETS"] == ("y",)
    assert found["CLASSES"] == {"y": 3}
    assert found["RATES"] == {"dense.weight": 2.0, "dense.bias": 2.0}


def test_losses_take_scores_where_the_network_ends_in_a_softmax() -> None:
    text = script(classifier())
    assert "scores=True" in text
    assert "log_softmax(given" in text


@pytest.mark.parametrize("loss", ["circle", "triplet_hard", "triplet_semi_hard"])
def test_losses_that_compare_the_examples_of_a_batch_hold_for_any_number_of_them(loss: str) -> None:
    x = Input((4,), name="x")
    model = Model(x, layers.Dense(units=3)(x))
    model.compile(loss=loss)
    text = script(out_of(model, "Flowers"))
    assert "1.0 - torch.eye(given.shape[0], device=given.device)" in text
    assert "NotImplementedError" not in text
    ast.parse(text)


def test_penalties_and_rules_of_weights_are_in_the_script() -> None:
    text = script(classifier())
    assert "total = total + w.square().sum() * 0.01" in text
    assert "p['dense.weight'].copy_(" in text


def test_the_script_is_python_that_imports_what_it_needs_alone() -> None:
    for text in (script(classifier()), ray_script(classifier(), "flowers")):
        tree = ast.parse(text)
        modules = {n.module or "" for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
        modules |= {a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
        ours = {m for m in modules if m.split(".")[0] in ("engine", "app", "gl_kernels")}
        assert ours == set()


def test_a_seed_a_batch_and_nothing_else_differs_between_runs() -> None:
    one, other = script(classifier(seed=1)), script(classifier(seed=2))
    differing = [a for a, b in zip(one.splitlines(), other.splitlines(), strict=True) if a != b]
    assert differing == ["SEED = 1"]


@pytest.mark.parametrize("name", sorted(SCHEDULES.members))
def test_schedules_give_the_same_rates_there(name: str) -> None:
    schedule = SCHEDULES.read(name)
    blocks = "\n\n".join("\n".join(block) for block in schedule_lines(schedule))
    found: dict[str, Any] = {"np": np, "SimpleNamespace": SimpleNamespace, "math": __import__("math")}
    exec(blocks, found)
    steps = np.arange(0, 120, 7)
    there = found["SCHEDULE"].rates(steps, SimpleNamespace(learning_rate=0.02, steps=100))
    np.testing.assert_allclose(there, schedule.rates(steps, Run(0.02, 100)))


@pytest.mark.parametrize("name", sorted(OPTIMIZERS.members))
def test_every_optimizer_is_there_or_has_one_that_stands_in(name: str) -> None:
    how = making(OPTIMIZERS.members[name]())
    compile("\n".join(how.classes) or "pass", "<class>", "exec")
    stands_in = any("stands in" in note for note in how.notes)
    assert how.call.startswith("torch.optim.") == (name in TORCH or stands_in)
    assert bool(how.classes) == (name in OWN)
    assert stands_in == (name not in TORCH | OWN)


def test_what_is_not_expressed_is_said_in_a_comment() -> None:
    out = classifier(optimizer={"name": "Adam", "use_ema": True})
    assert "# - the moving average of the weights (use_ema) is left out" in script(out)
    assert "# Everything of the project's training is here." in script(classifier())


def iris() -> tuple[Outgoing, Any]:
    graph = examples()["iris"].graph()
    data = load(DataSettings(dataset="iris"))
    x = Input((4,), name="x")
    out = out_of(Model(x, layers.Dense(units=3)(x)))
    return replace(out, data=data, meaning=meaning_of(graph, "Iris", data)), data


def test_columns_become_the_numbers_that_training_saw() -> None:
    out, data = iris()
    found: dict[str, Any] = {"np": np, "Any": Any, "Array": Any, "math": __import__("math")}
    exec(
        f"from collections.abc import Mapping, Sequence\nfrom datetime import datetime\n{rows_text(out, ['y'])}",
        found,
    )
    names = data.features["x"].column_names
    values = data.scaling["x"].invert(data.inputs["x"][:6])
    classes = data.features["y"].class_names
    rows = [
        {**dict(zip(names, map(str, line), strict=True)), "y": classes[k]}
        for line, k in zip(values, data.targets["y"][:6], strict=True)
    ]
    arrays = found["arrays_of"](rows)
    np.testing.assert_allclose(arrays["x"], data.inputs["x"][:6], atol=1e-5)
    np.testing.assert_array_equal(arrays["y"], data.targets["y"][:6])


def test_data_that_is_no_table_is_to_be_given_as_arrays() -> None:
    x = Input((3, 3, 1), name="x")
    out = out_of(Model(x, layers.Flatten()(x)))
    assert "needs prepared arrays" in rows_text(out, ["y"])


def test_prepared_data_is_written_beside(tmp_path: Path) -> None:
    out, data = iris()
    write_torch(out, tmp_path / "iris.py", TorchOptions(data=True))
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "iris.npz",
        "iris.py",
        "iris.safetensors",
        "train_iris.py",
        "train_iris_ray.py",
    ]
    with np.load(tmp_path / "iris.npz") as arrays:
        np.testing.assert_array_equal(arrays["x"], data.inputs["x"])
        assert arrays[ROWS].tolist() == [data.train.stop, data.validation.stop]


def test_data_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="not at hand"):
        write_data(classifier(), tmp_path / "x.npz")


def test_texts_are_written_as_the_numbers_that_the_module_takes(tmp_path: Path) -> None:
    words = TextVectorization(max_tokens=9, output_sequence_length=3, vocabulary=("good", "bad"))
    net = Net(
        (Inlet("x", (1,), DType.STRING),),
        (
            Part("t", words, (("x", 0),)),
            Part("e", Embedding(input_dim=9, output_dim=2), (("t", 0),)),
            Part("d", Flatten(), (("e", 0),)),
        ),
        (("d", 0),),
    )
    said = {"x": np.array([["good bad good"], ["unheard"]], DType.STRING.numpy)}
    data = bundle(said, {"y": np.zeros((2, 6), np.float32)}, {}, 1)
    out = Outgoing(net, {"e/embeddings": np.zeros((9, 2), np.float32)}, targets=("y",), data=data)
    write_data(out, tmp_path / "net.npz")
    with np.load(tmp_path / "net.npz", allow_pickle=False) as file:
        assert file["x"].tolist() == [[2, 3, 2], [1, 0, 0]]
        assert file["y"].shape == (2, 6)
        assert file[ROWS].tolist() == [1, 2]


def test_classes_that_are_balanced_get_weights_from_the_data() -> None:
    out, _ = iris()
    aims = (out.aims[0].model_copy(update={"class_weight": "balanced", "loss": out.aims[0].loss}),)
    text = script(replace(out, aims=aims), "iris")
    assert "torch.tensor([" in text
    lost = script(replace(out, aims=aims, data=None), "iris")
    assert "classes were balanced by their numbers in the data" in lost


def test_titles_and_names_do_nothing(tmp_path: Path) -> None:
    bad = '"""\nimport os\nos.system("true")\n$stem ${title}'
    out = replace(classifier(), meaning=Meaning(bad), targets=(bad,))
    text = script(out)
    tree = ast.parse(text)
    calls = {ast.unparse(n.func) for n in ast.walk(tree) if isinstance(n, ast.Call)}
    assert "os.system" not in calls
    ast.parse(ray_script(out, "a'b\"c"))
