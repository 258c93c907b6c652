"""Optimizers racing: plain descent, momentum and Adam from the same start."""

from __future__ import annotations

from engine.data.settings import DataSettings
from engine.formats.example import chain, dense
from engine.lessons.checks import Did, Figure, Trained, TrainingSetting, both
from engine.lessons.lesson import Lesson, Level, Step, ask, begin_with
from engine.optimizers.sgd import SGD
from engine.training.settings import TrainingSettings

OPTIMIZERS = Lesson(
    name="optimizers",
    number=7,
    title="Optimizers racing",
    summary="Plain descent, momentum and Adam from the same start: who comes down first?",
    learn=(
        "Momentum keeps a share of the last step and so gains speed along a valley.",
        "Adam gives each weight a step of its own length.",
        "Compare optimizers from the same start only: the same seed draws the same first weights.",
    ),
    minutes=10,
    level=Level.BASIC,
    panels=("inspector", "learning", "runs", "surface"),
    start=begin_with(
        chain(*dense(8, 8, activation="tanh")),
        DataSettings(dataset="moons"),
        TrainingSettings(optimizer=SGD(learning_rate=0.01), batch_size=32, epochs=40),
    ),
    steps=(
        Step(
            title="The track",
            text="""Two half moons, and a network with two hidden layers of eight units. The first runner is
**SGD**, plain gradient descent, with the learning rate 0.01:

> weight ← weight - rate · gradient

Train. After 40 epochs the validation loss is about 0.28, and 175 of 200 points are right. The border is nearly
straight.""",
            task="Train 40 epochs with SGD.",
            check=both(TrainingSetting(path="optimizer", value="sgd"), Trained(epochs=39)),
            hint="Press Train and wait until the run is over.",
            point_at="button/train",
        ),
        Step(
            title="The same start",
            text="""A race is fair only if everybody starts at the same place. The first weights are drawn with the
**seed** of the training settings. As long as it stays 0, every run starts from the very same weights and sees the
points in the same order.""",
            question=ask(
                "You train again with the same optimizer and the same seed. What do you get?",
                (
                    "A somewhat different curve",
                    False,
                    "Nothing is left to chance: all of it comes from the seed.",
                ),
                (
                    "Exactly the same curve",
                    True,
                    "On the same device it is the same to the last bit. Try it.",
                ),
            ),
            task="Answer the question.",
        ),
        Step(
            title="Momentum",
            text="""A ball does not stop after each step; it keeps rolling. *Momentum* keeps a share of the last
step:

> v ← 0.9 · v - rate · gradient
> weight ← weight + v

On a long slope the steps add up, to ten times the length at most (1 / (1 - 0.9) = 10). Set the **Momentum** of SGD
to 0.9 and train.""",
            task="Train 40 epochs with momentum, and get below a validation loss of 0.1.",
            check=both(
                TrainingSetting(path="optimizer.momentum", at_least=0.8, at_most=0.95),
                Trained(epochs=20),
                Figure(figure="val_loss", below=0.1),
            ),
            hint="Click the empty canvas; Momentum belongs to the optimizer. Then press Train.",
            point_at="training/optimizer",
        ),
        Step(
            title="Adam",
            text="""*Adam* remembers for each weight how large its gradients usually are, and divides by that. Steep
directions get short steps, flat ones long steps.

Choose **Adam** with the learning rate 0.01 and train. Within about ten epochs it is where momentum ends.""",
            task="Train with Adam, and get below a validation loss of 0.02.",
            check=both(
                TrainingSetting(path="optimizer", value="adam"),
                Trained(epochs=5),
                Figure(figure="val_loss", below=0.02),
            ),
            hint="Choose Adam as the optimizer, set its learning rate to 0.01 (it begins with 0.001), press Train.",
            point_at="training/optimizer",
        ),
        Step(
            title="Side by side",
            text="""Open **Runs**: your three runs are listed with their figures. Tick them to see their curves in
one picture.

0.28 with plain descent, 0.03 with momentum, 0.002 with Adam, after the same 40 epochs.""",
            task="Open Runs and compare.",
            check=Did(deed="panel/runs"),
            hint="It is a page below the canvas.",
            point_at="panel/runs",
        ),
        Step(
            title="On the surface",
            text="""The **loss surface** shows the ground that they run on, and can let several optimizers race
there from one start. Go back to the first weights (Ctrl+F5, or the arrow beside Stop), open the page and press
**Race**.

After 200 steps plain descent is still near the start, momentum has come further, and Adam and RMSprop are on their
way to the bottom. RMSprop trembles: it has no momentum.""",
            task="Go back to the first weights and let them race on the loss surface.",
            check=both(Did(deed="command/rewind"), Did(deed="command/race")),
            hint="Loss surface is a page below the canvas. Once it is drawn, the button Race starts the race.",
            point_at="panel/surface",
        ),
        Step(
            title="Who wins?",
            text="""Adam won this race. That is no law: with another learning rate the order changes, and on large
networks well-tuned SGD with momentum often ends at a better place, only later.""",
            question=ask(
                "Plain SGD was slow here. What else would have helped it?",
                (
                    "A learning rate of 0.1",
                    True,
                    "Ten times the step: it ends near 0.03 here, like momentum.",
                ),
                ("Another seed", False, "Another start changes little; the steps stay too short."),
                ("A smaller learning rate", False, "Then it would be slower still."),
            ),
            task="Answer the question.",
        ),
    ),
)
