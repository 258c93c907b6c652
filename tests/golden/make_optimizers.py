"""Writes `optimizers.npz` and `schedules.npz`: what Keras and PyTorch compute, step by step.

Run by hand, outside the project's environment, when cases are added:

    python3 -m venv keras-venv && keras-venv/bin/pip install keras torch
    KERAS_BACKEND=torch keras-venv/bin/python -m tests.golden.make_optimizers

optimizers.npz: two matrices and a vector before and after given gradients, for every optimizer and several settings;
`cases` is the JSON of the settings. schedules.npz: learning rates at given steps; what the callbacks of Keras do on
given figures.
"""

import json
import math
from pathlib import Path
from typing import Any

import keras
import numpy as np
import torch
from keras.optimizers import schedules

Arrays = dict[str, np.ndarray[Any, Any]]
Settings = dict[str, Any]
SHAPES = ((4, 3), (5,), (2, 3, 2))
STEPS = 20
KEPT = (0, 1, 6, STEPS - 1)  # steps after which the variables are written down
HERE = Path(__file__).parent

OPTIMIZERS: list[Settings] = [
    {"name": "SGD"},
    {"name": "SGD", "momentum": 0.9, "clipvalue": 0.5},
    {"name": "SGD", "momentum": 0.9, "nesterov": True, "weight_decay": 0.1},
    {"name": "SGD", "learning_rate": 0.1, "use_ema": True},
    {"name": "SGD", "learning_rate": 0.1, "use_ema": True, "ema_momentum": 0.5, "ema_overwrite_frequency": 3},
    {"name": "SGD", "momentum": 0.9, "gradient_accumulation_steps": 4, "clipnorm": 1.0, "weight_decay": 0.1},
    {"name": "RMSprop", "global_clipnorm": 1.0},
    {"name": "RMSprop", "momentum": 0.8, "centered": True, "epsilon": 1e-3},
    {"name": "RMSprop", "rho": 0.5, "weight_decay": 0.01},
    {"name": "Adagrad"},
    {"name": "Adagrad", "initial_accumulator_value": 0.01, "learning_rate": 0.1, "weight_decay": 0.01},
    {"name": "Adadelta"},
    {"name": "Adadelta", "learning_rate": 1.0, "rho": 0.5, "epsilon": 1e-3},
    {"name": "Adam", "clipnorm": 1.0},
    {"name": "Adam", "beta_1": 0.5, "beta_2": 0.9, "epsilon": 1e-2, "learning_rate": 0.1},
    {"name": "Adam", "beta_2": 0.5, "amsgrad": True},
    {"name": "Adam", "gradient_accumulation_steps": 3},
    {"name": "Adam", "use_ema": True, "gradient_accumulation_steps": 2, "ema_overwrite_frequency": 5},
    {"name": "AdamW"},
    {"name": "AdamW", "weight_decay": 0.5, "learning_rate": 0.01},
    {"name": "Adamax"},
    {"name": "Adamax", "beta_1": 0.5, "beta_2": 0.5, "epsilon": 1e-2, "learning_rate": 0.1},
    {"name": "Nadam"},
    {"name": "Nadam", "beta_1": 0.5, "beta_2": 0.9, "epsilon": 1e-2, "learning_rate": 0.1},
    {"name": "Nadam", "gradient_accumulation_steps": 2},
    {"name": "Lion"},
    {"name": "Lion", "beta_1": 0.5, "beta_2": 0.5, "weight_decay": 0.1, "learning_rate": 0.01},
    {"name": "Adafactor"},
    {
        "name": "Adafactor",
        "learning_rate": 0.5,
        "beta_2_decay": -0.5,
        "clip_threshold": 0.3,
        "epsilon_2": 0.5,
    },
    {"name": "Adafactor", "weight_decay": 0.1, "gradient_accumulation_steps": 2},
    {"name": "Lamb"},
    {"name": "Lamb", "learning_rate": 0.01, "beta_2": 0.9, "weight_decay": 0.1},
    {"name": "Muon"},
    {"name": "Muon", "learning_rate": 0.02, "nesterov": False, "rms_rate": None, "adam_lr_ratio": 0.5},
    {"name": "Muon", "learning_rate": 0.02, "adam_weight_decay": 0.2, "weight_decay": 0.1, "ns_steps": 2},
    {"name": "ScheduleFreeAdamW"},
    {"name": "ScheduleFreeAdamW", "warmup_steps": 7, "weight_decay": 0.1, "gradient_accumulation_steps": 2},
    {"name": "Ftrl"},
    {
        "name": "Ftrl",
        "learning_rate": 0.1,
        "learning_rate_power": -0.3,
        "initial_accumulator_value": 0.5,
        "l1_regularization_strength": 0.2,
        "l2_regularization_strength": 0.1,
        "l2_shrinkage_regularization_strength": 0.05,
        "beta": 0.3,
    },
]

RATE, RUN = 0.1, 100  # the optimizer's learning rate and the steps of the run
STEPS_AT = np.arange(0, 131)
SCHEDULES: list[Settings] = [
    {"name": "ExponentialDecay", "decay_steps": 30, "decay_rate": 0.5},
    {"name": "ExponentialDecay", "decay_steps": 30, "decay_rate": 0.5, "staircase": True},
    {"name": "PiecewiseConstantDecay", "boundaries": [10, 40, 41], "values": [0.3, 0.2, 0.1, 0.05]},
    {"name": "PolynomialDecay", "decay_steps": 70},
    {"name": "PolynomialDecay", "decay_steps": 20, "power": 2.0, "cycle": True, "end_learning_rate": 0.02},
    {"name": "PolynomialDecay", "decay_steps": 50, "power": 0.5, "initial_learning_rate": 0.7},
    {"name": "InverseTimeDecay", "decay_steps": 10, "decay_rate": 0.5},
    {"name": "InverseTimeDecay", "decay_steps": 10, "decay_rate": 0.5, "staircase": True},
    {"name": "CosineDecay", "decay_steps": 80, "alpha": 0.1},
    {
        "name": "CosineDecay",
        "decay_steps": 60,
        "warmup_target": 0.4,
        "warmup_steps": 20,
        "initial_learning_rate": 0.0,
    },
    {"name": "CosineDecayRestarts", "first_decay_steps": 15},
    {"name": "CosineDecayRestarts", "first_decay_steps": 20, "t_mul": 1.0, "m_mul": 0.8, "alpha": 0.1},
    {"name": "CosineDecayRestarts", "first_decay_steps": 10, "t_mul": 1.5, "m_mul": 0.9},
]
TORCH_SCHEDULES: list[Settings] = [  # (ours, PyTorch's class and arguments)
    {"name": "StepDecay", "every": 30, "factor": 0.3, "torch": ("StepLR", {"step_size": 30, "gamma": 0.3})},
    {
        "name": "LinearWarmup",
        "warmup_steps": 20,
        "start_factor": 0.2,
        "torch": ("LinearLR", {"start_factor": 0.2, "total_iters": 20}),
    },
    {"name": "OneCycle", "torch": ("OneCycleLR", {"max_lr": RATE, "total_steps": RUN})},
    {
        "name": "OneCycle",
        "total_steps": 60,
        "pct_start": 0.25,
        "anneal_strategy": "linear",
        "div_factor": 10.0,
        "final_div_factor": 100.0,
        "three_phase": True,
        "torch": (
            "OneCycleLR",
            {
                "max_lr": RATE,
                "total_steps": 60,
                "pct_start": 0.25,
                "anneal_strategy": "linear",
                "div_factor": 10.0,
                "final_div_factor": 100.0,
                "three_phase": True,
            },
        ),
    },
]
STOPPING: list[Settings] = [
    {"patience": 3},
    {"patience": 2, "min_delta": 0.05},
    {"patience": 2, "baseline": 0.3},
    {"patience": 2, "start_from_epoch": 5},
    {"patience": 4, "mode": "max"},
]
PLATEAU: list[Settings] = [
    {"patience": 2},
    {"patience": 1, "factor": 0.5, "cooldown": 2},
    {"patience": 1, "factor": 0.2, "min_lr": 0.01},
    {"patience": 2, "mode": "max", "min_delta": 0.05},
]


class ScheduleFreeAdamW(keras.optimizers.ScheduleFreeAdamW):  # type: ignore[misc]  # Keras has no types
    """On PyTorch, Keras changes the momentum in place although the rule still needs the old one; here it does not."""

    def assign_sub(self, reference: keras.Variable, value: Any) -> None:
        """A new tensor in the variable."""
        reference._value = torch.nn.Parameter((reference.value - value).detach(), requires_grad=False)


def make(settings: Settings) -> keras.optimizers.Optimizer:
    """The optimizer of a case."""
    options = dict(settings)
    name = options.pop("name")
    kind = ScheduleFreeAdamW if name == "ScheduleFreeAdamW" else getattr(keras.optimizers, name)
    return kind(**options)


def optimizer_case(number: int, start: np.ndarray[Any, Any], grads: np.ndarray[Any, Any]) -> Arrays:
    """Variables after some of the given gradients, and their average where there is one."""
    options, optimizer = OPTIMIZERS[number], make(OPTIMIZERS[number])
    variables = [keras.Variable(a) for a in split(start)]
    after = []
    for row in grads:
        optimizer.apply([keras.ops.convert_to_tensor(g) for g in split(row)], variables)
        after.append(flat(variables))
    found = {f"{number}/after": np.stack([after[k] for k in KEPT])}
    if options.get("use_ema"):
        optimizer.finalize_variable_values(variables)
        found[f"{number}/average"] = flat(variables)
    return found


def split(row: np.ndarray[Any, Any]) -> list[np.ndarray[Any, Any]]:
    """The arrays that lie one after the other."""
    ends = np.cumsum([math.prod(s) for s in SHAPES])[:-1]
    return [a.reshape(s) for a, s in zip(np.split(row, ends), SHAPES, strict=True)]


def flat(variables: list[keras.Variable]) -> np.ndarray[Any, Any]:
    """One after the other, in one dimension."""
    return np.concatenate([keras.ops.convert_to_numpy(v.value).reshape(-1) for v in variables])


def keras_schedule(settings: Settings) -> np.ndarray[Any, Any]:
    """Its rates at `STEPS_AT`."""
    options = dict(settings)
    kind = getattr(schedules, options.pop("name"))
    if kind is not schedules.PiecewiseConstantDecay:
        options.setdefault("initial_learning_rate", RATE)
    schedule = kind(**options)
    return np.array([float(keras.ops.convert_to_numpy(schedule(int(step)))) for step in STEPS_AT], np.float32)


def torch_schedule(kind: str, options: Settings) -> np.ndarray[Any, Any]:
    """The rates of the steps that it has."""
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=RATE, momentum=0.9)
    extra = {"cycle_momentum": False} if kind == "OneCycleLR" else {}
    schedule = getattr(torch.optim.lr_scheduler, kind)(optimizer, **options, **extra)
    rates = []
    for _ in range(options.get("total_steps", len(STEPS_AT))):
        rates.append(schedule.get_last_lr()[0])
        optimizer.step()
        if len(rates) < options.get("total_steps", math.inf):
            schedule.step()
    return np.array(rates, np.float64)


class Watched:
    """As much of a model as a callback of Keras looks at."""

    def __init__(self) -> None:
        self.stop_training = False
        self.metrics: list[Any] = []
        self.optimizer = keras.optimizers.SGD(RATE)
        self.epoch = 0
        self.weights = 0

    def get_weights(self) -> int:
        """The weights are the number of the epoch."""
        return self.epoch

    def set_weights(self, epoch: int) -> None:
        """Back to an epoch."""
        self.weights = epoch


def stopping_case(settings: Settings, figures: np.ndarray[Any, Any]) -> list[int]:
    """[epochs that ran, epoch whose weights are kept], counted from 1."""
    model = Watched()
    callback = keras.callbacks.EarlyStopping(
        **{"mode": "min", "monitor": "val_loss", **settings}, restore_best_weights=True
    )
    callback.set_model(model)
    callback.on_train_begin()
    for epoch, figure in enumerate(figures):
        model.epoch = epoch
        callback.on_epoch_end(epoch, {"val_loss": float(figure)})
        if model.stop_training:
            break
    callback.on_train_end()
    return [model.epoch + 1, model.weights + 1]


def plateau_case(settings: Settings, figures: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The learning rate after each epoch."""
    model = Watched()
    callback = keras.callbacks.ReduceLROnPlateau(**{"mode": "min", **settings})
    callback.set_model(model)
    callback.on_train_begin()
    rates = []
    for epoch, figure in enumerate(figures):
        callback.on_epoch_end(epoch, {"val_loss": float(figure)})
        rates.append(float(keras.ops.convert_to_numpy(model.optimizer.learning_rate)))
    return np.array(rates)


def main() -> None:
    """Write both files."""
    generator = np.random.default_rng(20)
    size = sum(math.prod(s) for s in SHAPES)
    start = generator.normal(size=size).astype(np.float32)
    grads = generator.normal(size=(STEPS, size)).astype(np.float32)
    grads[3] = 0.0  # one step stands still
    arrays: Arrays = {"start": start, "grads": grads}
    for number in range(len(OPTIMIZERS)):
        arrays |= optimizer_case(number, start, grads)
    write(HERE / "optimizers.npz", arrays, {"shapes": SHAPES, "kept": KEPT, "optimizers": OPTIMIZERS})
    figures = np.abs(np.cos(np.arange(24) * 0.7)) * 0.5 ** (np.arange(24) / 6) + 0.1
    rates: Arrays = {"figures": figures, "steps": STEPS_AT}
    for number, settings in enumerate(SCHEDULES):
        rates[f"keras/{number}"] = keras_schedule(settings)
    for number, settings in enumerate(TORCH_SCHEDULES):
        rates[f"torch/{number}"] = torch_schedule(*settings["torch"])
    rates["stopping"] = np.array([stopping_case(s, figures) for s in STOPPING])
    rates["plateau"] = np.stack([plateau_case(s, figures) for s in PLATEAU])
    ours = [{k: v for k, v in s.items() if k != "torch"} for s in TORCH_SCHEDULES]
    facts = {
        "rate": RATE,
        "run": RUN,
        "keras_schedules": SCHEDULES,
        "torch_schedules": ours,
        "stopping": STOPPING,
        "plateau": PLATEAU,
    }
    write(HERE / "schedules.npz", rates, facts)


def write(path: Path, arrays: Arrays, facts: Settings) -> None:
    """Arrays and, as JSON, the cases they belong to."""
    cases = {"keras": keras.__version__, "torch": torch.__version__, **facts}
    arrays["cases"] = np.frombuffer(json.dumps(cases).encode(), np.uint8)
    np.savez_compressed(path, allow_pickle=False, **arrays)


if __name__ == "__main__":
    main()
