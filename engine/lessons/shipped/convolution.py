"""How a convolution sees: small filters that slide over handwritten digits."""

from __future__ import annotations

from engine.data.settings import DataSettings
from engine.formats.example import adam, chain
from engine.layers.conv2d import Conv2D
from engine.layers.dense import Dense
from engine.layers.flatten import Flatten
from engine.layers.max_pooling2d import MaxPooling2D
from engine.lessons.checks import Did, Figure, LayerSetting, Trained, both
from engine.lessons.lesson import Lesson, Level, Step, ask, begin_with

CONVOLUTION = Lesson(
    name="convolution",
    number=8,
    title="How a convolution sees",
    summary="Eight small filters slide over handwritten digits. Watch what each finds.",
    learn=(
        "A filter is a small picture of weights; it answers strongly where the image looks like it.",
        "The same filter is used everywhere, so it needs few weights and finds a pattern wherever it is.",
        "Pooling keeps the strongest answer of a neighbourhood and makes the maps smaller.",
    ),
    minutes=12,
    level=Level.BASIC,
    panels=("inspector", "learning", "predictions"),
    start=begin_with(
        chain(
            Conv2D(filters=8, kernel_size=(5, 5), activation="relu"),
            MaxPooling2D(),
            Flatten(),
            Dense(units=10),
        ),
        DataSettings(dataset="mnist"),
        adam(0.001, 64, 1),
    ),
    steps=(
        Step(
            title="A small window",
            text="""The data are handwritten digits, 28 by 28 pixels each. A **Conv2D** layer does not look at all
of a picture at once. It has filters of 5 by 5 weights. Each one is laid on a place of the picture; pixels and
weights are multiplied and added up. Then it moves on by one pixel.""",
            task="Click the Conv2D node.",
            check=Did(deed="layer/Conv2D"),
            hint="It is the second node from the left.",
            point_at="node/conv2d",
        ),
        Step(
            title="Few weights",
            text="""There are eight filters. Each has 5 · 5 weights and one bias, and the same ones are used at
every place.""",
            question=ask(
                "How many parameters has the layer?",
                ("40", False, "That is 8 · 5. A filter has two sides."),
                ("208", True, "8 · (5 · 5 + 1). The inspector says the same."),
                (
                    "6,272",
                    False,
                    "That is 8 · 28 · 28: it would be so if every pixel had weights of its own.",
                ),
            ),
            task="Answer the question.",
            hint="Count one filter with its bias, then take it eight times.",
        ),
        Step(
            title="How large is what comes out?",
            text="""A window of 5 pixels fits 24 times into a row of 28: 28 - 5 + 1 = 24. So each filter makes a
*map* of 24 by 24 answers. **MaxPooling2D** then keeps the largest of each 2 by 2 answers.""",
            question=ask(
                "How large are the maps after pooling?",
                (
                    "12 by 12",
                    True,
                    "Half of 24 in each direction. The shape on the wire says so: 12 × 12 × 8.",
                ),
                ("24 by 24", False, "Pooling keeps one of every four numbers."),
                ("14 by 14", False, "That would be half of 28; but the convolution has made it 24 first."),
            ),
            task="Answer the question.",
            hint="Look at the shapes on the wires.",
        ),
        Step(
            title="Let it learn",
            text="""At first the filters are noise. Press **Train**. After a few hundred steps, which takes seconds
to a minute, most digits are recognized. Keep an eye on the pictures on the nodes: filters and maps change while it
learns.""",
            task="Train for at least 100 steps, until 70 of 100 are right.",
            check=both(Trained(steps=100), Figure(figure="accuracy", above=0.7)),
            hint="Press Train. The run has 938 steps; you need not wait for all of them.",
            point_at="button/train",
        ),
        Step(
            title="What the filters found",
            text="""Click **Conv2D** again. The inspector shows its maps for one digit, and below them the filters.

Some filters answer to edges from one side, others to strokes of one direction. Nobody drew them: they came out of
the training.""",
            task="Look at the filters, then go to another digit with the arrows above the pictures.",
            check=both(Did(deed="layer/Conv2D"), Did(deed="example/next")),
            hint="The two small arrows are beside the heading What it sees now.",
            point_at="part/inside",
        ),
        Step(
            title="Anywhere",
            text="""A *Dense* layer on the pixels would have to learn each pattern anew for every place in the
picture.""",
            question=ask(
                "A digit is moved two pixels to the right. What do the maps of the convolution do?",
                (
                    "They move two pixels to the right, too",
                    True,
                    "Same filter, same answer, at the new place.",
                ),
                ("They change completely", False, "A filter gives the same answer wherever the pattern is."),
                ("They stay as they are", False, "A map says what was found and also where."),
            ),
            task="Answer the question.",
        ),
        Step(
            title="More or fewer",
            text="""Eight filters are few. Change **Filters**, or their **Window**, and train again: how few
filters still do?

After a whole epoch this network gets about 96 of 100 right with eight filters. A single Dense layer on the pixels
gets about 91.""",
            task="Change the number of filters or their size, and train for 100 steps.",
            check=both(
                LayerSetting(layer="Conv2D", path="filters", at_least=1, at_most=64),
                Trained(steps=100, runs=1),
            ),
            hint="Select Conv2D; Filters is its first setting. Then press Train.",
            point_at="setting/filters",
        ),
    ),
)
