"""The training of a network as a script for PyTorch, for one process or, under torchrun, for many; and for Ray Train."""

from __future__ import annotations

import pprint
from pathlib import Path
from string import Template

from engine.exchange.outgoing import Outgoing
from engine.exchange.scripts.aims import Aim, aims_of, function, penalties, projections, rates
from engine.exchange.scripts.notes import comment
from engine.exchange.scripts.optimizers import Making, making
from engine.exchange.scripts.rows import rows_text
from engine.exchange.scripts.sources import schedule_lines
from engine.exchange.torch.text import docstring, plain, quoted
from engine.exchange.torch.writing import Module
from engine.exchange.use import facts_of
from engine.training.settings import TrainingSettings

TEXTS = Path(__file__).parents[3] / "resources" / "scripts"
_WIDTH = 96


def training_script(out: Outgoing, module: Module, stem: str) -> str:
    """The script that trains the module of a file `stem`.py.

    Raises:
        FormatError: a loss can't be said in PyTorch.
    """
    aims = aims_of(out, module)
    notes = [note for aim in aims for note in aim.notes]
    how = making(out.training.optimizer)
    punished, punished_notes = penalties(module)
    ruled, ruled_notes = projections(module)
    settings, settings_notes = _settings(out.training)
    settings.append(f"EPSILON = {how.epsilon!r}  # of Adam, as Keras has it")
    notes += [*how.notes, *punished_notes, *ruled_notes, *settings_notes]
    blocks = [
        *_losses(aims),
        [
            *function(
                "penalty",
                "model",
                "What is added to the loss for large weights and outputs.",
                _penalty(punished),
            )
        ],
        [
            "@torch.no_grad()",
            *function(
                "constrain", "model", "What weights obey after every step.", _named(ruled) or ["return"]
            ),
        ],
        *([list(how.classes)] if how.classes else []),
        _optimizer(how),
        *schedule_lines(out.training.schedule),
    ]
    recipe = rows_text(out, [aim.name for aim in aims])
    inlets = facts_of(out)[0].net.inlets  # of the module, in front of which texts become numbers
    return _text("train_torch.txt").substitute(
        title=docstring(out.meaning.title) or stem,
        stem=docstring(stem),
        module=quoted(stem),
        classname=module.made.name,
        notes="\n".join(comment(notes)),
        settings="\n".join(settings),
        inputs=repr(tuple(module.inputs)),
        targets=repr(tuple(aim.name for aim in aims)),
        classes=repr({aim.name: aim.classes for aim in aims if aim.classes}),
        integers=repr(
            tuple(n for n, i in zip(module.inputs, inlets, strict=True) if i.dtype.value == "int32")
        ),
        scores=", scores=True" if any(aim.scores for aim in aims) else "",
        losses=", ".join(f"{aim.name!r}: loss_of_{k}" for k, aim in enumerate(aims)),
        rates=pprint.pformat(rates(module), width=_WIDTH),
        blocks="\n\n\n".join("\n".join(block) for block in blocks),
        recipe=recipe,
        monitors=repr(out.training.schedule.monitoring() is not None),
    )


def ray_script(out: Outgoing, stem: str) -> str:
    """The same under Ray Train, on one machine or many."""
    return _text("train_ray.txt").substitute(
        title=docstring(out.meaning.title) or stem, stem=docstring(stem), script=quoted(f"train_{stem}")
    )


def _text(name: str) -> Template:
    return Template((TEXTS / name).read_text(encoding="utf-8"))


def _losses(aims: list[Aim]) -> list[list[str]]:
    found = []
    for k, aim in enumerate(aims):
        about = f"{plain(aim.loss.label) if hasattr(aim.loss, 'label') else aim.loss.title()} of {docstring(aim.name)}"
        found.append(
            function(f"loss_of_{k}", "given, answer", f"{about}, the mean over the batch.", list(aim.lines))
        )
    return found


def _named(lines: list[str]) -> list[str]:
    return ["p = dict(model.named_parameters())", *lines] if lines else []


def _penalty(lines: list[str]) -> list[str]:
    own = 'total = sum((m.penalty for m in model.modules() if hasattr(m, "penalty")), torch.tensor(0.0))'
    return [own, *_named(lines), "return total"]


def _optimizer(how: Making) -> list[str]:
    """The function that makes it."""
    lines = [
        "groups = {}",
        "for name, p in model.named_parameters():",
        "    if p.requires_grad:",
        '        factor = RATES.get(name.removeprefix("module."), 1.0)',
        "        groups.setdefault(factor, []).append(p)",
        'groups = [{"params": p, "factor": factor} for factor, p in groups.items()]',
        f"return {how.call}",
    ]
    return function(
        "make_optimizer", "model", "The optimizer; layers may learn at rates of their own.", lines
    )


def _settings(training: TrainingSettings) -> tuple[list[str], list[str]]:
    optimizer, watched = training.optimizer, training.monitoring
    notes = []
    if watched.monitor not in ("val_loss", "loss"):
        notes.append(f"the best epoch is that of the lowest val_loss, not by {plain(watched.monitor)}")
    values = {
        "EPOCHS": training.epochs,
        "BATCH_SIZE": training.batch_size,
        "LEARNING_RATE": optimizer.learning_rate,
        "SEED": training.seed,
        "PATIENCE": training.early_stopping_patience,
        "MIN_DELTA": watched.min_delta,
        "KEEP_BEST": training.keep_best,
        "WEIGHT_DECAY": optimizer.weight_decay or 0.0,
        "DECAY_MATRICES_ONLY": optimizer.exclude_biases_from_weight_decay,
        "CLIP_EACH": optimizer.clipnorm,
        "CLIP_ALL": optimizer.global_clipnorm,
        "CLIP_VALUE": optimizer.clipvalue,
        "BATCHES_PER_STEP": optimizer.gradient_accumulation_steps or 1,
    }
    return [f"{name} = {value!r}" for name, value in values.items()], notes
