"""A parabola's three coefficients: a unit without bends draws a curve, because it is given one."""

from __future__ import annotations

from engine.formats.examples import examples
from engine.lessons.checks import DataSetting, Did, Trained, WeightIs, both
from engine.lessons.lesson import Lesson, Level, Step, ask, start_of

_UNIT = "dense"

PARABOLA = Lesson(
    name="parabola",
    number=3,
    title="A parabola's coefficients",
    summary="Given x and x · x, one unit recovers a, b and c from noisy points.",
    learn=(
        "A unit is linear in its weights; what it is given may be anything, also x · x.",
        "Weights can mean something: here they are the coefficients a, b and c.",
        "What a network can't make itself, its inputs must bring.",
    ),
    minutes=8,
    level=Level.FIRST,
    panels=("inspector", "learning"),
    start=start_of(examples()["quadratic"].graph()),
    steps=(
        Step(
            title="A curve from a line",
            text="""The points lie along a parabola:

> y = a · x² + b · x + c

One unit on x alone could only draw a line. But look at the canvas: **Multiply** takes x twice and gives x · x, and
**Concatenate** puts x · x and x side by side. The unit behind gets both.""",
            task="Click Multiply and look where its two wires come from.",
            check=Did(deed="layer/Multiply"),
            hint="It is the upper node. Both of its wires come from the data.",
            point_at="node/multiply",
        ),
        Step(
            title="Three numbers again",
            text="""The unit computes what every unit computes: a weighted sum and a bias.

> y = w1 · (x · x) + w2 · x + bias""",
            question=ask(
                "Which of its numbers will become c?",
                ("w1", False, "w1 stands before x · x, as a does."),
                ("w2", False, "w2 stands before x, as b does."),
                ("The bias", True, "c is what remains where x is 0. So is the bias."),
            ),
            task="Answer the question.",
            hint="Lay the two formulas above each other.",
        ),
        Step(
            title="Find them",
            text="""The points were made with a = 1, b = -2 and c = 1.5, and noise of 0.3.

Train. The curve bends into place within a few epochs, and the three numbers come out within about 0.02.""",
            task="Train until all three are found to within 0.1.",
            check=both(
                Trained(epochs=1),
                WeightIs(node=_UNIT, place=0, at_least=0.9, at_most=1.1),
                WeightIs(node=_UNIT, place=1, at_least=-2.1, at_most=-1.9),
                WeightIs(node=_UNIT, weight="bias", at_least=1.4, at_most=1.6),
            ),
            hint="Press Train and wait. The numbers are read every two seconds, and at the end.",
            point_at="button/train",
        ),
        Step(
            title="Read them",
            text="""Click the **Dense** node and scroll down in the inspector: there are the learned numbers,
`weight` with w1 and w2, and `bias`.""",
            task="Click Dense and read its weights.",
            check=Did(deed="layer/Dense"),
            hint="Dense is the node before the last.",
            point_at="node/dense",
        ),
        Step(
            title="Another truth",
            text="""Nobody told the network about a = 1; it found it in the points. Give it other points: click the
data node and set **a** to -0.5. The parabola now opens downwards. Train again.""",
            task="Set a to -0.5 and find it again.",
            check=both(
                DataSetting(path="options.a", at_least=-0.6, at_most=-0.4),
                Trained(epochs=1),
                WeightIs(node=_UNIT, place=0, at_least=-0.6, at_most=-0.4),
            ),
            hint="The data node is the first one; a is among the settings of its data. Then press Train.",
            point_at="data/a",
        ),
        Step(
            title="Why it works",
            text="""The network has no activation and no hidden layer. Still it draws a curve.""",
            question=ask(
                "Why can it?",
                (
                    "A sum of x · x and x is a curve in x, though it is a plain sum in the weights",
                    True,
                    "The bend comes from the input x · x. The weights only mix.",
                ),
                ("Training bends the line", False, "Training changes weights; a weight alone bends nothing."),
                ("Because it has three parameters", False, "Three weights on x alone would still be a line."),
            ),
            task="Answer the question.",
        ),
    ),
)
