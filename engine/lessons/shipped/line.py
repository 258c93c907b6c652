"""Linear regression by gradient descent: two numbers, a valley, and the length of a step."""

from __future__ import annotations

from engine.data.settings import DataSettings
from engine.formats.example import chain
from engine.layers.dense import Dense
from engine.lessons.checks import (
    Did,
    Figure,
    RunEnded,
    Trained,
    TrainingSetting,
    WeightIs,
    both,
    either,
)
from engine.lessons.lesson import Lesson, Level, Step, ask, begin_with
from engine.optimizers.sgd import SGD
from engine.training.settings import TrainingSettings

RATE = "optimizer.learning_rate"

LINE = Lesson(
    name="line",
    number=2,
    title="A line by gradient descent",
    summary="Slope and intercept roll down the loss surface, if the learning rate is right.",
    learn=(
        "The loss is a surface over the weights; training walks downhill on it.",
        "The gradient points uphill; one step goes against it, times the learning rate.",
        "Too small a learning rate is slow, too large a one overshoots and diverges.",
    ),
    minutes=10,
    level=Level.FIRST,
    panels=("inspector", "learning", "runs", "problems", "surface"),
    start=begin_with(
        chain(Dense(units=1)),
        DataSettings(dataset="line", normalize=False),
        TrainingSettings(optimizer=SGD(learning_rate=0.001), batch_size=32, epochs=60),
    ),
    steps=(
        Step(
            title="Two numbers",
            text="""The points below lie along a line, with some noise. The network shall find that line:

> y = weight · x + bias

One unit without an activation is enough. Its weight is the slope, its bias the intercept. The points were made with
the slope 2 and the intercept -1; the network does not know that.""",
            task="Click the Dense node and find out how many parameters it has.",
            check=Did(deed="layer/Dense"),
            hint="Click the node in the middle. The inspector lists its parameters: 2.",
            point_at="node/dense",
        ),
        Step(
            title="How wrong is a line?",
            text="""For each point, take the distance between the line and the point, up or down, and square it. The
mean of all these squares is the *loss*.

No line gets to 0, because the noise is in the points: it was drawn with a standard deviation of 0.3.""",
            question=ask(
                "Which loss can the best line hope for?",
                ("0", False, "Only if all points lay exactly on one line."),
                ("About 0.09", True, "The mean square of the noise is its variance: 0.3 · 0.3 = 0.09."),
                ("About 0.3", False, "0.3 is the deviation. The loss is a mean of squares."),
            ),
            task="Answer the question.",
            hint="The loss squares the distances, so square the 0.3, too.",
        ),
        Step(
            title="One step",
            text="""The *gradient* says how the loss changes when weight and bias grow a little. It points uphill.
So a step goes the other way:

> weight ← weight - rate · gradient

The *learning rate* says how far. It is 0.001 now, which is careful.

Press **Step** a few times: each press looks at one batch of 32 points and moves both numbers once.""",
            task="Make at least three single steps.",
            check=Trained(steps=3),
            hint="The Step button is beside Train. Its key is F10.",
            point_at="button/step",
        ),
        Step(
            title="A slow walk",
            text="""Now let it walk: 60 times through all points. The line turns into place, but watch the loss at
the end: about 0.15, not 0.09. The slope has arrived near 2, the intercept has come only to about -0.76. With so
small a step, 60 epochs are not enough.""",
            task="Train to the end.",
            check=RunEnded(reason="done"),
            hint="Press Train and wait until the bar at the top is full. After single steps the button says Resume.",
            point_at="button/train",
        ),
        Step(
            title="Larger steps",
            text="""Click the empty canvas: the inspector shows the training settings. Set the learning rate to
**0.1** and train again.

The loss falls to about 0.09 within the first epochs. Slope and intercept end close to 2 and -1.""",
            task="Reach the valley with a learning rate between 0.05 and 0.3.",
            check=both(
                TrainingSetting(path=RATE, at_least=0.05, at_most=0.3),
                Trained(epochs=5),
                Figure(figure="val_loss", below=0.12),
            ),
            hint="The learning rate belongs to the optimizer, SGD. Type 0.1 and press Enter, then Train.",
            point_at="training/optimizer",
        ),
        Step(
            title="The right numbers",
            text="""Click the Dense node. Near the end of the inspector are the numbers that it has learned. They
are not exactly 2 and -1: noise moves the best line a little, too.""",
            task="Have a slope between 1.9 and 2.1.",
            check=WeightIs(node="dense", weight="weight", at_least=1.9, at_most=2.1),
            hint="If the slope is elsewhere, train once more with the learning rate 0.1.",
        ),
        Step(
            title="Too large",
            text="""Set the learning rate to **0.5** and train.

Each step goes so far that it lands on the other side of the valley, higher than before. The next gradient is
larger, the next step goes even further. The loss *diverges*. Layerloom holds the run before the first step that
would make it no number, and says why.

How far is too far depends on how steep the valley is. Here the limit lies near 0.33: 0.3 still arrives, 0.4 does
not.""",
            task="Let the training diverge.",
            check=either(
                both(Trained(steps=1), Figure(figure="loss", above=100.0)), RunEnded(reason="diverged")
            ),
            hint="Set the learning rate to 0.5 on the empty canvas' settings, then press Train.",
            point_at="training/optimizer",
        ),
        Step(
            title="The surface",
            text="""Two numbers and their loss are a landscape: slope to the right, intercept to the back, loss
upwards. For a line it is a smooth bowl. Open the **loss surface** and train with the learning rate 0.1: the path of
the optimizer runs down into the bowl. With 0.001 it crawls, with 0.5 it jumps out.""",
            task="Open the loss surface.",
            check=either(Did(deed="panel/surface"), Did(deed="command/show_surface")),
            hint="It is a page below the canvas. If the last run is still held, press Stop before you train again.",
            point_at="panel/surface",
        ),
        Step(
            title="What you saw",
            text="""You did what every training does, with two numbers in place of millions.""",
            question=ask(
                "Where does the gradient of the loss point?",
                (
                    "To the lowest point",
                    False,
                    "It knows the slope where we stand, not where the valley ends.",
                ),
                ("Uphill, where the loss grows fastest", True, "That is why a step goes against it."),
                ("Along the valley", False, "In a narrow valley it points across, up the nearer wall."),
            ),
            task="Answer the question.",
        ),
    ),
)
