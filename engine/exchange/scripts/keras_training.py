"""A script for Keras: the network as functional code, its weights beside it, and the training with the same settings."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from string import Template
from typing import Any

from engine.exchange.keras.compiled import compile_config, has_schedule
from engine.exchange.keras.writing import write_keras, written_model
from engine.exchange.outgoing import Outgoing
from engine.exchange.scripts.aims import resolved
from engine.exchange.scripts.data import write_data
from engine.exchange.scripts.keras_code import Code, value_text
from engine.exchange.scripts.notes import comment
from engine.exchange.scripts.rows import rows_text
from engine.exchange.torch.options import TorchOptions
from engine.exchange.torch.text import docstring, quoted, wrapped
from engine.exchange.torch.writing import write_text
from engine.exchange.use import facts_of

TEXTS = Path(__file__).parents[3] / "resources" / "scripts"
ENDING = "_keras"


def write_script(out: Outgoing, path: Path, options: TorchOptions | None = None) -> None:
    """Write the script and `NAME.keras` with the weights beside it; what was there stays if that fails.

    Raises:
        FormatError: Keras can't hold the network, or the operating system refused.
    """
    stem = path.stem.removesuffix(ENDING) or "network"
    network, _ = facts_of(out)
    text = keras_script(out, stem)
    if options is not None and options.data:
        write_data(out, path.with_name(f"{stem}.npz"))
    write_keras(network, path.with_name(f"{stem}.keras"))
    write_text(path, text)


def keras_script(out: Outgoing, stem: str) -> str:
    """The text, for weights in `stem`.keras; texts become numbers before the network.

    Raises:
        FormatError: Keras can't hold the network.
    """
    net = facts_of(out)[0].net
    code = Code()
    code.function(written_model(net, out.weights, old=False).config["config"], "build", out.meaning.title)
    notes: list[str] = []
    compiled = _compiled(out, notes)
    inputs = tuple(net.names.get(i.id, i.id) for i in net.inlets)
    return Template((TEXTS / "train_keras.txt").read_text(encoding="utf-8")).substitute(
        title=docstring(out.meaning.title) or stem,
        stem=docstring(stem),
        weights=quoted(f"{stem}.keras"),
        trained=quoted(f"{stem}.trained.keras"),
        data=quoted(f"{stem}.npz"),
        inputs=repr(inputs),
        targets=repr(tuple(out.targets)),
        whole=repr(tuple(n for n, i in zip(inputs, net.inlets, strict=True) if i.dtype.value == "int32")),
        epochs=out.training.epochs,
        batch=out.training.batch_size,
        seed=out.training.seed,
        blocks="\n\n\n".join("\n".join(block) for block in code.blocks),
        compiled="\n".join(compiled),
        callbacks="\n".join(_callbacks(out, notes)),
        class_weight=_class_weight(out, notes),
        notes="\n".join(comment(notes)),
        recipe=rows_text(out, list(out.targets)),
    )


def _compiled(out: Outgoing, notes: list[str]) -> list[str]:
    """The call of `compile`."""
    config = compile_config(replace(out, losses=resolved(out)))
    if config is None:
        loss, optimizer = (
            ", ".join(type(loss).__name__ for loss in resolved(out)),
            type(out.optimizer).__name__,
        )
        notes.append(
            f"Keras lacks one of these: loss {loss}, optimizer {optimizer}; Adam and squares stand in for them"
        )
        config = {"optimizer": "adam", "loss": "mean_squared_error"}
    elif not has_schedule(out.training) and type(out.training.schedule).__name__ not in (
        "Constant",
        "ReduceLROnPlateau",
    ):
        notes.append(
            f"the schedule {type(out.training.schedule).__name__} of the learning rate, which Keras lacks"
        )
    given: dict[str, Any] = {k: config.get(k) for k in ("optimizer", "loss", "loss_weights", "metrics")}
    lines = ["    model.compile("]
    for key, value in given.items():
        if value:
            text = f"[{', '.join(map(value_text, value))}]" if isinstance(value, list) else value_text(value)
            lines += wrapped(f"        {key}={text},")
    return [*lines, "    )"]


def _callbacks(out: Outgoing, notes: list[str]) -> list[str]:
    training, watched = out.training, out.training.monitoring
    lines: list[str] = []
    if training.early_stopping_patience is not None or training.keep_best:
        patience = training.early_stopping_patience or training.epochs
        lines += wrapped(
            f"        keras.callbacks.EarlyStopping({quoted(watched.monitor)}, min_delta={watched.min_delta}, "
            f"patience={patience}, mode={quoted(watched.mode)}, restore_best_weights={training.keep_best}),"
        )
    plateau = training.schedule
    if plateau.monitoring() is not None:
        fields = ("monitor", "factor", "patience", "mode", "min_delta", "cooldown", "min_lr")
        listed = ", ".join(f"{n}={value_text(getattr(plateau, n))}" for n in fields)
        lines += wrapped(f"        keras.callbacks.ReduceLROnPlateau({listed}),")
    return lines


def _class_weight(out: Outgoing, notes: list[str]) -> str:
    chosen = [aim.class_weight for aim in out.aims]
    if all(c == "none" for c in chosen):
        return "None"
    if len(chosen) > 1 or isinstance(chosen[0], str):
        notes.append("weights of classes that are balanced, or of several targets")
        return "None"
    return repr(dict(enumerate(chosen[0])))
