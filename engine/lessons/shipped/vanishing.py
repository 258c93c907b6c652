"""Vanishing gradients: eight layers of sigmoid learn nothing; ReLU does, if it starts well (Glorot, He)."""

from __future__ import annotations

from engine.data.settings import DataSettings
from engine.formats.example import chain
from engine.layers.dense import Dense
from engine.lessons.checks import Check, Did, Figure, LayerSetting, Trained, both
from engine.lessons.lesson import Lesson, Level, Step, ask, begin_with
from engine.optimizers.sgd import SGD
from engine.training.settings import TrainingSettings

DEPTH, UNITS = 8, 16
HIDDEN = tuple("dense" if k == 0 else f"dense_{k}" for k in range(DEPTH))


def _all_hidden(path: str, value: str) -> Check:
    """A setting of all eight hidden layers."""
    return both(*(LayerSetting(node=name, path=path, value=value) for name in HIDDEN))


VANISHING = Lesson(
    name="vanishing",
    number=6,
    title="Vanishing gradients",
    summary="Eight layers of sigmoid learn nothing. What ReLU, Glorot and He do about it.",
    learn=(
        "On its way back the gradient is multiplied by the slope of every activation.",
        "The slope of the sigmoid is 1/4 at most, so in deep networks the gradient vanishes.",
        "ReLU has the slope 1 where it is active.",
        "First weights decide whether signals keep their size: Glorot for sigmoid and tanh, He for ReLU.",
    ),
    minutes=12,
    level=Level.DEEPER,
    panels=("inspector", "learning", "problems"),
    settings=("kernel_initializer",),
    start=begin_with(
        chain(*(Dense(units=UNITS, activation="sigmoid") for _ in range(DEPTH)), Dense(units=1)),
        DataSettings(dataset="circle"),
        TrainingSettings(optimizer=SGD(learning_rate=0.05), batch_size=32, epochs=30),
    ),
    steps=(
        Step(
            title="Deep, but deaf",
            text="""A disc inside a ring: three hidden units would do. This network has eight hidden layers of 16
units each, all with the activation *sigmoid*. It ought to be easy. Train it.""",
            task="Train for 20 epochs.",
            check=Trained(epochs=20),
            hint="Press Train, and wait until the run is over.",
            point_at="button/train",
        ),
        Step(
            title="Where does the gradient go?",
            text="""The loss stays at 0.69, which is what a coin gets: the natural logarithm of 2. Only about half
of the points are right.

Click the **last** of the eight layers, `dense_7`, and look at its gradient in the inspector. Then click the
**first** one, `dense`. Compare the numbers below the two histograms. The gradient of the first layer is thousands
of times smaller.""",
            task="Look at the last hidden layer and at the first one.",
            check=both(Did(deed="node/dense_7"), Did(deed="node/dense")),
            hint="The name is shown in the inspector below the title. Click one node after the other.",
            point_at="node/dense_7",
        ),
        Step(
            title="One quarter, eight times",
            text="""The sigmoid squeezes any number between 0 and 1. Where it is steepest its slope is exactly 1/4.
The gradient passes backwards through every layer and is multiplied by that slope each time (and by the weights).""",
            question=ask(
                "What is left after eight layers at best, from the slopes alone?",
                ("1/32", False, "The quarters are multiplied, not added."),
                ("1/256", False, "That is (1/4) to the power of 4."),
                ("1/65,536", True, "(1/4) to the power of 8. The first layers hear next to nothing."),
            ),
            task="Answer the question.",
            hint="Multiply 1/4 by itself eight times.",
        ),
        Step(
            title="ReLU",
            text="""*ReLU* passes positive numbers on as they are and makes negative ones 0. Its slope is 1 or 0:
where it is active, nothing fades.

Change all eight layers at once: click the first one, then Shift+click the others, and choose **relu** as the
activation. The last Dense, with one unit, stays as it is.""",
            task="Give all eight hidden layers the activation ReLU.",
            check=_all_hidden("activation", "relu"),
            hint="With several layers selected the inspector changes all of them together.",
            point_at="setting/activation",
        ),
        Step(
            title="It hears",
            text="""Train again, with the same optimizer and the same learning rate. The same network that learned
nothing now gets more than 95 of 100 right.""",
            task="Train until 95 of 100 are right.",
            check=both(Trained(epochs=1), Figure(figure="val_accuracy", above=0.95)),
            hint="Press Train.",
            point_at="button/train",
        ),
        Step(
            title="A bad start",
            text="""The activation is half of the story; the other half is where the weights start. Select the eight
layers again and choose **RandomNormal** as *Weight starts* (its deviation is 0.05). Train.

It is stuck again, now with ReLU. Each layer makes the signal about seven times smaller; after eight layers nothing
is left of it.""",
            task="Start the eight layers from RandomNormal and train for 20 epochs.",
            check=both(_all_hidden("kernel_initializer", "random_normal"), Trained(epochs=20)),
            hint="The setting Weight starts is among More settings, below the activation.",
            point_at="setting/kernel_initializer",
        ),
        Step(
            title="Glorot and He",
            text="""How large must first weights be so that a signal keeps its size? With n inputs and m outputs:

- *Glorot* (2010), made for sigmoid and tanh: the variance 2 / (n + m).
- *He* (2015), made for ReLU, which throws half of the signal away: the variance 2 / n.

Choose **HeNormal** for the eight layers and train.""",
            task="Start from HeNormal, and get 95 of 100 right.",
            check=both(
                _all_hidden("kernel_initializer", "he_normal"),
                Trained(epochs=1),
                Figure(figure="val_accuracy", above=0.95),
            ),
            hint="Select all eight layers, choose HeNormal as Weight starts, press Train.",
            point_at="setting/kernel_initializer",
        ),
        Step(
            title="How large?",
            text="""The hidden layers have 16 inputs and 16 outputs.""",
            question=ask(
                "Which variance does He take for them?",
                ("1/16", False, "That is what Glorot takes: 2 / (16 + 16)."),
                ("1/8", True, "2 / 16. Twice that of Glorot, since ReLU lets about half of the units pass."),
                ("2", False, "The 2 is divided by the number of inputs."),
            ),
            task="Answer the question.",
        ),
    ),
)
