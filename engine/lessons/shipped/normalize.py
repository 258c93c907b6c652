"""Why normalize: columns of very different size break gradient descent, shown on the Boston house prices."""

from __future__ import annotations

from engine.data.settings import DataSettings
from engine.formats.example import chain, dense
from engine.lessons.checks import (
    DataSetting,
    Did,
    Figure,
    RunEnded,
    Trained,
    TrainingSetting,
    both,
    either,
)
from engine.lessons.lesson import Lesson, Level, Step, ask, begin_with
from engine.optimizers.sgd import SGD
from engine.training.settings import TrainingSettings

RATE = "optimizer.learning_rate"

NORMALIZE = Lesson(
    name="normalize",
    number=4,
    title="Why normalize",
    summary="House prices from twelve columns: raw, the training explodes; normalized, it works.",
    learn=(
        "Columns of different size make a steep, narrow valley, which no single learning rate suits.",
        "Normalizing brings each column to mean 0 and deviation 1.",
        "Mean and deviation are measured on the training part alone.",
        "Data has a history: look at what its columns mean before you use them.",
    ),
    minutes=12,
    level=Level.BASIC,
    panels=("inspector", "learning", "problems"),
    start=begin_with(
        chain(*dense(64, 32, activation="relu")),
        DataSettings(dataset="boston", normalize=False),
        TrainingSettings(optimizer=SGD(learning_rate=0.01), batch_size=16, epochs=40),
    ),
    steps=(
        Step(
            title="Twelve columns",
            text="""The table has 506 districts of Boston in 1970. Twelve numbers describe each; to be predicted is
the median price of a home, in 1,000 dollars.

Open the **Data** view and look at the ranges. `NOX` lies between 0.385 and 0.871. `TAX` lies between 187 and 711.
That is a thousand times as much.""",
            task="Look at the data.",
            check=Did(deed="view/data"),
            hint="The switch above the canvas leads to the Data view, as does Ctrl+1. Ctrl+2 leads back.",
            point_at="part/views",
        ),
        Step(
            title="A column that is missing",
            text="""The original table has a thirteenth column, `B`. It is computed from the share of Black
residents, on the assumption that segregation itself raises prices. That assumption is racist, and a model that uses
the column learns to price homes by the skin colour of the neighbours. Layerloom leaves it out.

Leaving it out does not make the table fair: other columns stand for the same neighbourhoods. Use this table to
learn about numbers, never to judge people or places.""",
            question=ask(
                "Is a model without column B free of that bias?",
                (
                    "Yes, what it doesn't see it can't learn",
                    False,
                    "Other columns go along with it, and carry it in.",
                ),
                ("No, other columns may stand for the same", True, "Such columns are called proxies."),
            ),
            task="Answer the question.",
        ),
        Step(
            title="Train on raw numbers",
            text="""Back on the canvas (Ctrl+2): two hidden layers of 64 and 32 units, trained by plain gradient
descent with the learning rate 0.01. That is not a large rate. Press Train.""",
            task="Train, and see what happens.",
            check=either(
                both(Trained(steps=1), Figure(figure="loss", above=1000.0)), RunEnded(reason="diverged")
            ),
            hint="Press Train. The run is held after a few steps, because the loss would be no number any more.",
            point_at="button/train",
        ),
        Step(
            title="Why it explodes",
            text="""The gradient of a weight is as large as the input that it multiplies. A weight of `TAX` gets a
gradient that is hundreds of times that of a weight of `NOX`. The valley is steep in one direction and flat in
another.""",
            question=ask(
                "What would a much smaller learning rate do?",
                (
                    "It would not explode, but the flat directions would hardly be learned",
                    True,
                    "The steepest direction dictates the rate for all of them. You will see.",
                ),
                (
                    "It would solve the problem",
                    False,
                    "Try: the steep direction holds, the flat ones wait forever.",
                ),
                ("Nothing", False, "Small enough steps do not overshoot."),
            ),
            task="Answer the question.",
            hint="One learning rate serves all weights.",
        ),
        Step(
            title="A tiny rate",
            text="""Click the empty canvas and set the learning rate to **0.000001**. Train again.

Now it does not explode. But look at `r2`, the share of the differences in price that the network explains: after 40
epochs it is still below 0. Guessing the mean price for every district would be better.""",
            task="Train with a learning rate of at most 0.00001.",
            check=both(TrainingSetting(path=RATE, at_most=1e-5), Trained(epochs=30)),
            hint="Press Stop if the last run is still held. Type 0.000001 as the learning rate of SGD, then press Train.",
            point_at="training/optimizer",
        ),
        Step(
            title="Normalize",
            text="""Click the data node and switch **Normalize** on. Each column is now brought to mean 0 and
deviation 1:

> z = (value - mean) / deviation

All columns speak equally loud. Set the learning rate back to **0.01** and train. With the same network and the same
rate that exploded, `r2` on districts that were not learned from reaches more than 0.8.""",
            task="Normalize, set the rate to 0.01, and explain at least 80 % of the differences.",
            check=both(
                DataSetting(path="normalize", value="true"),
                TrainingSetting(path=RATE, at_least=0.005),
                Trained(epochs=5),
                Figure(figure="val_r2", above=0.8),
            ),
            hint="Normalize is a switch among the settings of the data node. The rate is on the empty canvas.",
            point_at="data/normalize",
        ),
        Step(
            title="Measured where?",
            text="""Mean and deviation must come from somewhere. Layerloom measures them on the training part, and
uses the same two numbers for validation, for the test, and for every prediction later.""",
            question=ask(
                "Why not measure them on all rows?",
                ("It would take longer", False, "It would not matter: there are 506 rows."),
                (
                    "Then the training would know something of the rows it is judged by",
                    True,
                    "That is called leakage. The result would look better than it is.",
                ),
                (
                    "The mean would be wrong",
                    False,
                    "It would even be a little more exact; that is not the point.",
                ),
            ),
            task="Answer the question.",
        ),
    ),
)
