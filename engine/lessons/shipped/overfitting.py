"""Overfitting: a network that is large enough learns thirty points by heart, and what helps."""

from __future__ import annotations

from engine.data.settings import DataSettings
from engine.formats.example import adam, chain, dense
from engine.lessons.checks import (
    DataSetting,
    Did,
    Figure,
    Gap,
    LayerSetting,
    RunEnded,
    Trained,
    TrainingSetting,
    both,
)
from engine.lessons.lesson import Lesson, Level, Step, ask, begin_with

OVERFITTING = Lesson(
    name="overfitting",
    number=5,
    title="Overfitting",
    summary="Thirty points and thousands of weights: learning by heart, and what helps.",
    learn=(
        "Overfitting: the training loss falls on, the validation loss rises.",
        "Only rows that were not learned from say how good a network is.",
        "Stopping early, a smaller network and more data help; training longer does not.",
    ),
    minutes=12,
    level=Level.BASIC,
    panels=("inspector", "learning", "runs", "problems"),
    start=begin_with(
        chain(*dense(64, 64, activation="relu")),
        DataSettings(dataset="moons", options={"samples": 60, "noise": 0.3}, validation_fraction=0.5),
        adam(0.01, 16, 150),
    ),
    steps=(
        Step(
            title="Thirty points to learn from",
            text="""There are 60 points in two half moons, with much noise. The network learns from half of them,
the filled ones. The other 30, drawn hollow, are kept back: the *validation* part.

The network has two hidden layers of 64 units: 4,417 numbers to learn.""",
            question=ask(
                "How many numbers are there for each point that is learned from?",
                ("About 1", False, "Divide 4,417 by 30."),
                ("About 15", False, "Divide 4,417 by 30."),
                ("About 150", True, "4,417 / 30 is 147. There is room to learn every point by heart."),
            ),
            task="Answer the question.",
        ),
        Step(
            title="By heart",
            text="""Train. Watch both curves: the training loss and, in the other colour, the validation loss. Watch
the border, too: it winds around single points.""",
            task="Train until the validation loss is at least five times the training loss.",
            check=both(Trained(epochs=10), Gap(times=5.0)),
            hint="Press Train and let it run to the end.",
            point_at="button/train",
        ),
        Step(
            title="Read the curves",
            text="""At the end the training loss is nearly 0, and all 30 points are right. On the points that it has
not seen, the loss is above 2: five of 30 are wrong, and the network is *very sure* of its wrong answers.""",
            question=ask(
                "When was the network at its best?",
                ("At the end", False, "At the end it was best on points that it knew already."),
                (
                    "Where the validation loss was lowest, long before the end",
                    True,
                    "The curve marks that epoch with a ring.",
                ),
                ("At the start", False, "At the start it knew nothing: look at the loss of the first epoch."),
            ),
            task="Answer the question.",
            hint="Look for the lowest point of the validation curve.",
        ),
        Step(
            title="Stop early",
            text="""If the best moment is early, stop there. Click the empty canvas, set **Stop early after** to 10
and switch **Keep best epoch** on. Train again: it ends by itself once ten epochs have brought nothing better, and
takes the weights of the best one.""",
            task="Train with early stopping, and keep the best epoch.",
            check=both(
                TrainingSetting(path="early_stopping_patience", at_least=1, at_most=50),
                TrainingSetting(path="keep_best", value="true"),
                RunEnded(reason="early"),
            ),
            hint="Both settings are on the empty canvas. Then press Train and wait for the end.",
            point_at="training/early_stopping_patience",
        ),
        Step(
            title="A smaller network",
            text="""A network that has no room to learn by heart must find the rule. Set the **Units** of both
hidden layers to 2. Switch early stopping off again (empty the field), so that the comparison is fair, and train.

The training loss stays higher now, and the validation loss is a fraction of what it was. That is the better
network, though its training looks worse.""",
            task="Train 150 epochs with at most 4 units in each hidden layer, with a validation loss below 0.6.",
            check=both(
                LayerSetting(layer="Dense", path="units", at_most=4, every=True),
                Trained(epochs=100),
                Figure(figure="val_loss", below=0.6),
            ),
            hint="Click each of the two hidden layers and type 2 as its units. Empty Stop early after, then train.",
        ),
        Step(
            title="More data",
            text="""The best remedy, where it can be had. Set the units back to **64**, click the data node and set
**Samples** to 2000. Train.

The same large network hardly overfits now: winding around a thousand points is much harder than finding the two
moons.""",
            task="Train 64 units on at least 1,000 points, with a validation loss below 0.6.",
            check=both(
                LayerSetting(layer="Dense", path="units", at_least=32),
                DataSetting(path="options.samples", at_least=1000),
                Trained(epochs=10),
                Figure(figure="val_loss", below=0.6),
            ),
            hint="Samples is among the settings of the data node.",
            point_at="data/samples",
        ),
        Step(
            title="Compare",
            text="""Open **Runs**: every run is there with its figures. Compare the losses on validation.""",
            task="Open Runs.",
            check=Did(deed="panel/runs"),
            hint="It is a page below the canvas.",
            point_at="panel/runs",
        ),
        Step(
            title="Which one does not help?",
            text="""One more remedy was not tried here: *Dropout*, a layer that mutes units at random while it
learns.""",
            question=ask(
                "Which of these does not help against overfitting?",
                ("Stopping early", False, "It did help."),
                ("A smaller network", False, "It did help."),
                ("More examples", False, "It helps most."),
                ("Training longer", True, "It is the cause, not the cure: the gap grew with every epoch."),
            ),
            task="Answer the question.",
        ),
    ),
)
