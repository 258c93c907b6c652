"""What a neuron is: a weighted sum, a straight line, and what it takes to bend it."""

from __future__ import annotations

from engine.data.settings import DataSettings
from engine.formats.example import adam, chain, dense
from engine.lessons.checks import DataSetting, Did, Figure, HasLayers, Trained, both, setting_is
from engine.lessons.lesson import Lesson, Level, Step, ask, begin_with

NEURON = Lesson(
    name="neuron",
    number=1,
    title="What a neuron is",
    summary="One neuron parts two clouds of points, and fails at a puzzle until it gets company.",
    learn=(
        "A neuron multiplies its inputs by weights, adds them up and adds a bias.",
        "Training changes these numbers, a little with each step, so that the loss falls.",
        "The border of one neuron is a straight line; a hidden layer joins several lines to a bent one.",
    ),
    minutes=8,
    level=Level.FIRST,
    panels=("palette", "inspector", "learning"),
    layers=("Dense",),
    start=begin_with(chain(*dense(activation="linear")), DataSettings(dataset="gauss"), adam(0.03, 32, 60)),
    steps=(
        Step(
            title="A network of one neuron",
            text="""The canvas shows a whole network. Read it from left to right.

- The first node is the data: points in a plane. Each point gives two numbers, `x1` (how far right) and `x2` (how
  far up).
- **Dense** holds one neuron. It turns the two numbers into one, the *score*.
- The last node compares the score with what is true.

The picture below on the right shows the points. They form two clouds.""",
            task="Click the Dense node.",
            check=Did(deed="layer/Dense"),
            hint="It is the node in the middle of the canvas. A click on it shows its settings on the right.",
            point_at="node/dense",
        ),
        Step(
            title="What it computes",
            text="""The neuron multiplies each input by a *weight*, adds the results up, and adds one more number,
the *bias*:

> score = w1 · x1 + w2 · x2 + b

A score above 0 means "upper right", a score below 0 means "lower left". That is all there is to it.""",
            question=ask(
                "How many numbers does this neuron have to learn?",
                ("1", False, "There is more than one number in the formula that is not an input."),
                ("2", False, "Two weights, yes; but the bias is learned, too."),
                ("3", True, "Two weights and a bias. The inspector says so, too: 3 parameters."),
            ),
            task="Answer the question.",
            hint="Count the letters in the formula that do not come from the data.",
        ),
        Step(
            title="Let it learn",
            text="""At first the weights are drawn by chance. The neuron knows nothing.

A training step looks at 32 points and asks: how must each weight change so that the *loss* gets smaller? The loss
is one number that says how wrong the answers are. Then every weight moves a little in that direction.

Press **Train** and watch: below on the left the loss falls, on the right the colours find their places.""",
            task="Train until 95 of 100 points that it has not learned from are right.",
            check=both(Trained(epochs=1), Figure(figure="val_accuracy", above=0.95)),
            hint="Press Train in the bar at the top, or F5.",
            point_at="button/train",
        ),
        Step(
            title="A straight line",
            text="""Look at the border between the two colours. It lies where the score is exactly 0:

> w1 · x1 + w2 · x2 + b = 0

For a line that is enough: the weights turn it, the bias shifts it.""",
            question=ask(
                "Which border can a single neuron draw?",
                ("Only a straight line", True, "Whatever the weights are, this equation is that of a line."),
                (
                    "A circle, if it is trained for long",
                    False,
                    "More steps find a better line, but a line it stays.",
                ),
                (
                    "Any curve",
                    False,
                    "The formula has no squares or products of x1 and x2: nothing bends it.",
                ),
            ),
            task="Answer the question.",
        ),
        Step(
            title="A puzzle for one neuron",
            text="""Now another set of points: **XOR**. Four squares like those of a chess board; two that lie
across from each other belong together.

Click the data node, choose the data set *xor* in the inspector, and train again.

However long it trains, about half of the points stay wrong: no straight line parts these squares.""",
            task="Choose the data set XOR and train for 20 epochs.",
            check=both(DataSetting(path="dataset", value="xor"), Trained(epochs=20)),
            hint="The data node is the first one on the left. The data set is its first setting. Then press Train.",
            point_at="data/dataset",
        ),
        Step(
            title="More neurons",
            text="""One line is not enough, but several might be. Put a layer of neurons between the data and the
last neuron: a *hidden layer*.

Drag **Dense** from the palette on the wire behind the data. Then set its *Units* to 8 and its *Activation* to tanh.

The activation is important: it bends each score before it is passed on. Without one, sums of sums are only another
sum, and the border stays a line.""",
            task="Add a Dense layer of 8 units with the activation tanh before the last one.",
            check=both(
                HasLayers(layer="Dense", at_least=2),
                setting_is("activation", "tanh", layer="Dense"),
                setting_is("units", "8", layer="Dense"),
            ),
            hint="Drop Dense on the wire between the data and the neuron: the wire then leads through it.",
            point_at="part/palette",
        ),
        Step(
            title="Solved",
            text="""Train the new network. Now eight neurons draw a line each, and the last one weighs them against
each other.""",
            task="Train until 95 of 100 are right.",
            check=both(Trained(epochs=1), Figure(figure="val_accuracy", above=0.95)),
            hint="Press Train. If it stays below 95, train once more.",
            point_at="button/train",
        ),
        Step(
            title="Look inside",
            text="""Click the new layer. The inspector shows what each of its eight neurons says over the whole
plane: each has found a line of its own. Together they enclose the squares.

That is the idea behind every network, however large: simple units, and weights that are learned.""",
            task="Click the hidden layer and look at what its units see.",
            check=Did(deed="layer/Dense"),
            hint="It is the one that you added: the second node from the left.",
            point_at="part/inside",
        ),
    ),
)
