"""Back-propagation by hand: one weight, one example, loss = (v · x - y)²."""

from __future__ import annotations

from engine.data.settings import DataSettings
from engine.formats.example import chain
from engine.layers.dense import Dense
from engine.lessons.checks import Did, Trained, WeightIs, both, either
from engine.lessons.lesson import Lesson, Level, Step, ask, begin_with
from engine.optimizers.sgd import SGD
from engine.training.settings import TrainingSettings

BACKPROPAGATION = Lesson(
    name="backpropagation",
    number=9,
    title="Back-propagation by hand",
    summary="loss = (v · x - y)², forwards and backwards with pencil and paper.",
    learn=(
        "Forwards: values are computed from left to right, up to the loss.",
        "Backwards: each step multiplies what comes from the right by its own slope. That is the chain rule.",
        "The update goes a little against the gradient, and the same example then has a smaller loss.",
    ),
    minutes=12,
    level=Level.DEEPER,
    panels=("inspector", "learning", "steps", "formula"),
    start=begin_with(
        chain(Dense(units=1, use_bias=False, kernel_initializer="ones")),
        DataSettings(dataset="line", options={"slope": 2.0, "intercept": 0.0, "noise": 0.0}, normalize=False),
        TrainingSettings(optimizer=SGD(learning_rate=0.05), batch_size=1, epochs=2),
    ),
    steps=(
        Step(
            title="One weight",
            text="""This network has one weight, v, and no bias. It starts at 1. The data follow y = 2 · x exactly,
so the right weight is 2. A step looks at one example only (batch size 1).

> p = v · x
> d = p - y
> loss = d · d

Take a pencil: you will do what the computer does.""",
            task="Click the Dense node.",
            check=Did(deed="layer/Dense"),
            hint="It is the node in the middle.",
            point_at="node/dense",
        ),
        Step(
            title="Forwards",
            text="""Say the example is x = 1.5, so y = 3. The weight is v = 1.

- p = v · x = 1 · 1.5 = 1.5
- d = p - y = 1.5 - 3 = -1.5""",
            question=ask(
                "How large is the loss?",
                ("-1.5", False, "That is d. The loss is its square."),
                ("2.25", True, "(-1.5) · (-1.5) = 2.25."),
                ("3", False, "That is d twice; the loss is d times d."),
            ),
            task="Answer the question.",
            hint="loss = d · d.",
        ),
        Step(
            title="Backwards, first half",
            text="""Now from the right to the left. How does the loss change when d grows a little? The slope of d ·
d is 2 · d:

> dloss/dd = 2 · d = 2 · (-1.5) = -3

d = p - y, so if p grows by a little, d grows by the same: the slope is 1. What comes from the right is multiplied
by it:

> dloss/dp = -3 · 1 = -3""",
            question=ask(
                "What does the minus say?",
                ("If p grows, the loss falls", True, "p is 1.5 and should be 3: larger is better."),
                ("The loss is negative", False, "The loss is 2.25. Its slope is negative."),
                ("Something went wrong", False, "Slopes may be negative; this one says which way is better."),
            ),
            task="Answer the question.",
        ),
        Step(
            title="Backwards, second half",
            text="""p = v · x. If v grows by a little, p grows by x times as much: the slope is x = 1.5. Multiply
again:

> dloss/dv = dloss/dp · x""",
            question=ask(
                "How large is the gradient of the loss with respect to v?",
                ("-3", False, "That is dloss/dp. One more slope is to be multiplied."),
                ("-4.5", True, "-3 · 1.5 = -4.5. In letters: 2 · (v · x - y) · x."),
                ("-1.5", False, "Slopes along a path are multiplied, not added."),
            ),
            task="Answer the question.",
            hint="dloss/dp is -3, and x is 1.5.",
        ),
        Step(
            title="The update",
            text="""The learning rate is 0.05. Go against the gradient:

> v ← v - 0.05 · (-4.5) = 1 + 0.225 = 1.225

And the same example now: p = 1.225 · 1.5 = 1.8375, d = -1.1625, loss = 1.35. It was 2.25.""",
            question=ask(
                "Why not go all the way to v = 2 at once?",
                (
                    "The gradient knows the slope here, not where the bottom is",
                    True,
                    "And other examples would like to have a say.",
                ),
                ("The computer is too slow", False, "A long step costs no more than a short one."),
                ("v must stay small", False, "There is no such rule; the right v is 2."),
            ),
            task="Answer the question.",
        ),
        Step(
            title="Let the computer do it",
            text="""Press **Step**. The computer takes the first example of its order and does exactly this:
forwards, loss, backwards, update. The page **Step by step** below the canvas shows these four parts one after the
other, with today's numbers on nodes and wires; **Formula** shows the chain rule for one number.""",
            task="Make a step and open Step by step or Formula.",
            check=both(
                Trained(steps=1),
                either(
                    Did(deed="panel/steps"),
                    Did(deed="panel/formula"),
                    Did(deed="command/step_through"),
                ),
            ),
            hint="Press F10 for a step. The pages are below the canvas.",
            point_at="button/step",
        ),
        Step(
            title="Check it",
            text="""In letters, for any example with y = 2 · x and the weight v:

> dloss/dv = 2 · (v · x - 2 · x) · x = 2 · (v - 2) · x²

It is 0 only for v = 2 (or where x is 0). So every step moves v towards 2, in large steps where x is far from 0.""",
            question=ask(
                "x = 2 and v = 1.5: how large is the gradient?",
                ("-4", True, "2 · (1.5 - 2) · 4 = -4."),
                ("-2", False, "x is squared: 2 · (-0.5) · 4."),
                ("4", False, "v is too small, so the slope is negative."),
            ),
            task="Answer the question.",
            hint="2 · (v - 2) · x · x.",
        ),
        Step(
            title="To the end",
            text="""Train. Without noise the weight ends at 2, and the loss at 0.""",
            task="Train until the weight is 2, to within 0.01.",
            check=WeightIs(node="dense", weight="weight", at_least=1.99, at_most=2.01),
            hint="Press Train (or Resume) and wait for the end.",
            point_at="button/train",
        ),
    ),
)
