"""`train` in this process: events, summaries, changes of settings, saving and going on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.cli.main import main
from engine.cli.progress import ForPeople
from engine.formats.project import LoadedProject, load_project
from engine.formats.sections import TRAINING
from engine.layers.regularizers import L1L2
from engine.optimizers.sgd import SGD
from engine.schedules.cosine_decay import CosineDecay
from engine.training.reports import Ended, Started
from engine.training.settings import TrainingSettings, Watched
from engine.training.standards import Scaled, Standards, Usual

FAST = ["--device", "cpu", "--epochs", "3"]


def run_json(capsys: pytest.CaptureFixture[str], *argv: str) -> list[dict[str, Any]]:
    assert main(["train", *argv, "--json"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    return [json.loads(line) for line in out.splitlines()]


def failure(capsys: pytest.CaptureFixture[str], *argv: str) -> str:
    """The error of a command that must fail for the user's fault; nothing else is said."""
    capsys.readouterr()
    assert main(list(argv)) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("error: ")
    assert err.count("\n") == 1
    return err.removeprefix("error: ").strip()


def test_events(capsys: pytest.CaptureFixture[str]) -> None:
    start, *epochs, end = run_json(capsys, "xor", *FAST)
    assert (start["event"], start["project"], start["device"], start["step"]) == ("start", "xor", "cpu", 0)
    assert start["parameters"] == 105
    assert [e["event"] for e in epochs] == ["epoch"] * 3
    assert [e["epoch"] for e in epochs] == [1, 2, 3]
    assert end["event"] == "end"
    assert end["reason"] == "done"
    wanted = {"loss", "val_loss", "accuracy", "val_accuracy", "steps_per_s", "device", "seconds"}
    assert wanted <= end.keys()
    assert end["device"] == "cpu"
    assert {k: end[k] for k in ("loss", "val_loss")} == {k: epochs[-1][k] for k in ("loss", "val_loss")}


def test_summary_on_stdout_progress_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "xor", *FAST]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("xor: trained for 3 epochs on cpu (75 steps in ")
    assert "val_accuracy 0." in out
    assert "105 parameters on " in err
    assert "epoch 3/3  loss " in err


@pytest.mark.parametrize(
    ("reason", "epoch", "said"),
    [
        ("done", 15.0222, "iris: trained for 15 epochs on cpu"),
        ("stopped", 7.5, "iris: stopped after 7.5 epochs on cpu"),
        ("early", 1.0, "iris: stopped early after 1 epoch on cpu"),
    ],
)
def test_epochs_are_told_as_people_count_them(
    capsys: pytest.CaptureFixture[str], reason: str, epoch: float, said: str
) -> None:
    with ForPeople() as listener:
        listener.started("iris", Started("CPU", "cpu", "", 9, 36, 7.5, 15), 0)
        listener.ended(Ended(reason, 113, epoch, {}, 113.0, 1.0))
    assert capsys.readouterr().out.startswith(said)


def test_figures_stand_beside_what_they_are_held_against(capsys: pytest.CaptureFixture[str]) -> None:
    known = Standards(
        (Usual("accuracy", "no", 0.91), Usual("other_accuracy", "b", 0.5)),
        (Scaled("mae", "protein", 2.0, 2.0), Scaled("mse", "protein", 2.0, 4.0), Scaled("rmse", "salt")),
    )
    with ForPeople() as listener:
        listener.started("churn", Started("CPU", "cpu", "", 9, 36, 7.5, 15, standards=known), 0)
        values = {"mae": 0.25, "mse": 0.5, "val_accuracy": 0.9, "val_mae": 0.5, "val_rmse": 1.0}
        listener.ended(Ended("done", 113, 15.0, values, 113.0, 1.0))
    assert capsys.readouterr().out.splitlines()[2:] == [
        "  always 'no': val_accuracy 0.91",
        "  in units of protein: mae 0.5  val_mae 1",
        "  in squared units of protein: mse 2",
        "  rmse is measured in the scaled values of salt",
    ]


def test_a_run_says_how_often_the_usual_answer_is_right(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "xor", *FAST]) == 0
    assert "\n  always '" in capsys.readouterr().out
    assert main(["train", "boston", *FAST]) == 0
    assert "\n  in units of MEDV: mean_absolute_error " in capsys.readouterr().out


def test_same_seed_same_run(capsys: pytest.CaptureFixture[str]) -> None:
    ends = [run_json(capsys, "xor", *FAST, "--seed", str(seed))[-1] for seed in (4, 4, 5)]
    losses = [end["loss"] for end in ends]
    assert losses[0] == losses[1] != losses[2]


def test_losses_and_metrics_by_name_or_with_settings(capsys: pytest.CaptureFixture[str]) -> None:
    focal = '{"name": "binary_focal_crossentropy", "gamma": 1.5}'
    chosen = ["--set", f"target.loss={focal}", "--set", 'target.metrics=["auc", "f1", "confusion_matrix"]']
    end = run_json(capsys, "xor", *FAST, *chosen, "--set", "target.class_weight=[1, 2]")[-1]
    assert {"auc", "val_auc", "f1_score", "val_f1_score"} <= end.keys()
    assert np.shape(end["val_confusion_matrix"]) == (2, 2)
    assert (
        main(["train", "line", *FAST, "--set", "target.loss=huber", "--set", 'target.metrics=["mape"]']) == 0
    )
    assert "val_mean_absolute_percentage_error " in capsys.readouterr().out
    assert main(["train", "xor", *FAST, "--set", 'target.metrics=["confusion_matrix"]']) == 0
    assert "  val_confusion_matrix\n    [[" in capsys.readouterr().out
    assert main(["train", "xor", *FAST, "--set", "target.loss=foo"]) == 2
    assert "There is no loss named 'foo'; take one of auto, binary_" in capsys.readouterr().err


def test_regression_has_its_own_metrics(capsys: pytest.CaptureFixture[str]) -> None:
    end = run_json(capsys, "line", *FAST)[-1]
    assert {"mean_absolute_error", "val_mean_absolute_error", "r2", "val_r2"} <= end.keys()


def test_set_changes_layers_training_optimizer_and_data(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "out.loom"
    changes = [
        "dense.units=3",
        "dense.activation=relu",
        "training.batch_size=64",
        "training.early_stopping_patience=null",
        "training.optimizer=SGD",
        "optimizer.learning_rate=0.25",
        "training.schedule=cosine",
        "schedule.alpha=0.5",
        "training.monitoring.monitor=val_accuracy",
        "data.validation_fraction=0.5",
        "data.options.samples=400",
    ]
    argv = [word for change in changes for word in ("--set", change)]
    start, *_, epoch, _ = run_json(capsys, "xor", *FAST, *argv, "--out", str(path))
    assert start["parameters"] == 2 * 3 + 3 + 3 * 8 + 8 + 8 + 1
    assert start["steps_per_epoch"] == 200 / 64
    training = load_project(path).graph.sections[TRAINING]
    assert isinstance(training, TrainingSettings)
    assert training.optimizer == SGD(learning_rate=0.25)
    assert training.schedule == CosineDecay(alpha=0.5)
    assert training.monitoring == Watched(monitor="val_accuracy")
    assert epoch["learning_rate"] == pytest.approx(0.125, rel=0.1)


def test_set_reaches_what_settings_hold(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "out.loom"
    changes = [
        "dense.kernel_regularizer=l1_l2",
        "dense.kernel_regularizer.l1=0.5",
        "dense.kernel_regularizer.l2=0.25",
        "optimizer.name=SGD",
        "optimizer.momentum=0.5",
        "training.schedule=CosineDecay",
        "schedule.warmup_target=0.5",  # neither is right without the other
        "schedule.warmup_steps=5",
    ]
    argv = [word for change in changes for word in ("--set", change)]
    run_json(capsys, "xor", *FAST, *argv, "--out", str(path))
    graph = load_project(path).graph
    dense, training = graph.named("dense"), graph.sections[TRAINING]
    assert dense is not None
    assert getattr(dense.layer, "kernel_regularizer", None) == L1L2(l1=0.5, l2=0.25)
    assert isinstance(training, TrainingSettings)
    assert training.optimizer == SGD(momentum=0.5)
    assert training.schedule == CosineDecay(warmup_target=0.5, warmup_steps=5)


@pytest.mark.parametrize(
    ("argv", "sentence"),
    [
        (
            ["xor", "--set", "dense.kernel_regularizer.l2=1"],
            "'kernel_regularizer' has no settings of its own",
        ),
        (["xor", "--set", "dense.kernel_initializer.x=1"], "There is no setting 'x' here"),
        (["nothing"], "there is no file and no example 'nothing'; the examples are circle, "),
        (["xor", "--epochs", "0"], "--epochs must be at least 1, received 0."),
        (["xor", "--epochs", "9" * 20], "--epochs must be at most 1000000, received 9"),
        (["xor", "--epochs", "many"], "--epochs must be a whole number, received 'many'"),
        (["xor", "--device", "abacus"], "--device must be one of auto, cpu, gl, received 'abacus'"),
        (["xor", "--frobnicate"], "there is no option or argument '--frobnicate'"),
        (["xor", "--seed", "-1"], "--seed must be at least 0, received -1."),
        (["xor", "--data", "missing.csv"], "--data: there is no file 'missing.csv'."),
        (["xor", "--out", "model.txt"], "--out takes a name that ends in .loom, received 'model.txt'."),
        (["xor", "--out", "no/such/folder/a.loom"], "--out: there is no folder 'no/such/folder'."),
        (["xor", "--set", "dense"], "--set takes LAYER.FIELD=VALUE, received 'dense'."),
        (["xor", "--set", "dense.units"], "--set takes LAYER.FIELD=VALUE"),
        (["xor", "--set", "dense.units=0"], "--set dense.units: Units must be at least 1, received 0."),
        (
            ["xor", "--set", "dense.colour=red"],
            "--set dense.colour: there is no setting 'colour'; there are ",
        ),
        (
            ["xor", "--set", "tower.units=3"],
            "--set tower.units: there is no layer 'tower'; there are input, ",
        ),
        (["xor", "--set", "optimizer.name=Foo"], "There is no optimizer named 'Foo'; take one of "),
        (["xor", "--set", "optimizer.learning_rate=-1"], "must be above 0"),
        (
            ["xor", "--set", "training.schedule=Sawtooth"],
            "There is no schedule named 'Sawtooth'; take one of ",
        ),
        (["xor", "--set", "schedule.alpha=0.5"], "There is no setting 'alpha' here; remove it."),
        (["xor", "--set", "training.epochs.x=3"], "--set training.epochs.x: 'epochs' has no settings of its"),
        (
            ["xor", "--set", "training.keep_best=1", "--set", "training.monitoring.monitor=f2"],
            "received 'f2'",
        ),
        (
            ["xor", "--set", "training.batch=3"],
            "--set training.batch: there is no setting 'batch'; there are ",
        ),
        (["xor", "--set"], "--set needs a value behind it, received none"),
        (
            ["xor", "--set", "data.recipe.columns.a.role=target"],
            "a recipe is of a file of your own, and xor comes prepared",
        ),
        (["xor", "--set", "data.dataset=nope"], "There is no data set named 'nope'."),
        (["xor", "--set", "data.options.noise=9"], "Noise must be at most 0.5, received 9."),
        (["iris", "--set", "dense_1.units=2"], "3"),
        (["line", "--set", "optimizer.name=SGD", "--set", "optimizer.learning_rate=100"], "smaller"),
    ],
)
def test_bad_input_is_one_line(capsys: pytest.CaptureFixture[str], argv: list[str], sentence: str) -> None:
    if "optimizer.learning_rate=100" in argv:  # it trains, until it is told that this cannot go on
        assert main(["train", *argv, "--json", "--device", "cpu"]) == 2
        assert sentence in capsys.readouterr().err
        return
    assert sentence in failure(capsys, "train", *argv)


def test_diverged_runs_are_not_saved(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "never.loom"
    argv = ["--set", "optimizer.name=SGD", "--set", "optimizer.learning_rate=100", "--out", str(path)]
    assert main(["train", "line", *argv, "--json", "--device", "cpu"]) == 2
    out, err = capsys.readouterr()
    end = json.loads(out.splitlines()[-1])
    assert (end["reason"], end["loss"]) == ("diverged", None)
    assert err.startswith("error: The loss is no longer a number")
    assert not path.exists()


def test_a_project_file_and_a_csv(capsys: pytest.CaptureFixture[str], tmp_path: Path, trained: Path) -> None:
    rng = np.random.default_rng(0)
    points = rng.normal(size=(200, 2))
    rows = [f"{a:.5f},{b:.5f},{'up' if a + b > 0 else 'down'}" for a, b in points]
    table = tmp_path / "mine.csv"
    table.write_text("\n".join(["left,right,answer", *rows]) + "\n", encoding="utf-8")
    capsys.readouterr()
    start, *_, end = run_json(
        capsys, str(trained), "--data", str(table), "--epochs", "60", "--device", "cpu", "--out", str(trained)
    )
    assert (start["project"], start["step"]) == ("trained", 0)
    assert end["val_accuracy"] > 0.9


def test_a_network_that_fits_is_taken_where_the_own_one_does_not(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    table = tmp_path / "three.csv"
    table.write_text(
        "a,b,kind\n" + "".join(f"{k},{-k},{'pqr'[k % 3]}\n" for k in range(60)), encoding="utf-8"
    )
    assert "--network proposed" in failure(capsys, "train", "spiral", "--data", str(table))
    given = ("spiral", "--data", str(table), "--network", "proposed", "--epochs", "2", "--device", "cpu")
    start, *_, end = run_json(capsys, *given)
    assert (end["reason"], end["epoch"]) == ("done", 2)
    assert start["project"] == "three", "nothing of the example is left"


# -- going on ------------------------------------------------------------------------------------------


def _states(path: Path) -> LoadedProject:
    project = load_project(path)
    assert project.warnings == ()
    return project


def test_a_saved_run_goes_on_to_the_very_same_end(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    half, resumed, whole = (tmp_path / f"{n}.loom" for n in ("half", "resumed", "whole"))
    run_json(capsys, "xor", "--device", "cpu", "--epochs", "4", "--out", str(half))
    start, *epochs, end = run_json(
        capsys, str(half), "--device", "cpu", "--epochs", "9", "--out", str(resumed)
    )
    run_json(capsys, "xor", "--device", "cpu", "--epochs", "9", "--out", str(whole))
    assert start["step"] == 100
    assert [e["epoch"] for e in epochs] == [5, 6, 7, 8, 9]
    assert end["step"] == 225
    one, other = _states(resumed), _states(whole)
    for before, after in ((one.weights, other.weights), (one.optimizer, other.optimizer)):
        assert before.keys() == after.keys()
        for name in before:
            assert np.array_equal(before[name], after[name]), name


def test_a_run_that_is_through_begins_anew(capsys: pytest.CaptureFixture[str], trained: Path) -> None:
    capsys.readouterr()
    assert run_json(capsys, str(trained))[0]["step"] == 0
    assert run_json(capsys, str(trained), "--epochs", "11", "--set", "dense.units=4")[0]["step"] == 0
    assert run_json(capsys, str(trained), "--epochs", "11", "--seed", "3")[0]["step"] == 0
