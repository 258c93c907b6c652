"""Training against inference: what changes, what stays, and why some layers behave differently."""

from __future__ import annotations

from engine.data.settings import DataSettings
from engine.formats.example import adam, chain
from engine.layers.dense import Dense
from engine.layers.dropout import Dropout
from engine.layers.flatten import Flatten
from engine.lessons.checks import Did, Figure, HasLayers, LayerSetting, Trained, both, either
from engine.lessons.lesson import Lesson, Level, Step, ask, begin_with

INFERENCE = Lesson(
    name="inference",
    number=10,
    title="Training against inference",
    summary="Learning changes the weights, using them does not. Why Dropout acts in one only.",
    learn=(
        "Training: forwards, loss, backwards, update. Inference: forwards only; no weight changes.",
        "Dropout mutes units while the network learns, and does nothing when it is used.",
        "A network is judged, saved and used with the weights that training has left.",
    ),
    minutes=8,
    level=Level.BASIC,
    panels=("inspector", "learning", "predictions"),
    start=begin_with(
        chain(Flatten(), Dense(units=64, activation="relu"), Dropout(rate=0.5), Dense(units=10)),
        DataSettings(dataset="digits"),
        adam(0.003, 32, 20),
    ),
    steps=(
        Step(
            title="Two lives of a network",
            text="""A network is first *trained*, then *used*. Using it is called **inference**. Both begin with the
same computation, from the data to the answer.""",
            question=ask(
                "Which of these happens in training only?",
                (
                    "Values run from the input to the output",
                    False,
                    "Both do that; it is how an answer is made.",
                ),
                (
                    "The loss is followed backwards and weights are changed",
                    True,
                    "Inference ends at the answer.",
                ),
                ("The weights are used", False, "Inference uses them, too. It leaves them as they are."),
            ),
            task="Answer the question.",
        ),
        Step(
            title="A puzzle",
            text="""The data are digits of 8 by 8 pixels. Train the network for its 20 epochs and watch both losses.
Usually a network does worse on what it has not seen. Here it is the other way round: the *validation* loss is about
half of the training loss.""",
            task="Train for 20 epochs.",
            check=both(Trained(epochs=19), Figure(figure="val_accuracy", above=0.9)),
            hint="Press Train and wait for the end.",
            point_at="button/train",
        ),
        Step(
            title="Dropout is why",
            text="""Click **Dropout**. While the network learns, it sets half of the 64 numbers to 0, other ones at
every step, and doubles the rest. So no unit can rely on a single other one.

When the network is used, Dropout does nothing at all. Validation is use: nothing is learned there.""",
            question=ask(
                "Why is the training loss the higher one here?",
                (
                    "It is measured with half of the units muted",
                    True,
                    "The validation loss is measured with all of them.",
                ),
                ("The validation digits are easier", False, "They are drawn at random from the same digits."),
                (
                    "The network has learned the validation part by heart",
                    False,
                    "It never learns from that part.",
                ),
            ),
            task="Answer the question.",
            hint="Which of the two is measured while units are muted?",
        ),
        Step(
            title="Without it",
            text="""Set the rate of Dropout to **0** (or delete it and close the gap) and train again. Now both
losses are measured with the same network, and the usual order is back: training loss 0.03, validation loss 0.07.""",
            task="Train without dropout, until the training loss is below 0.1.",
            check=both(
                either(
                    LayerSetting(layer="Dropout", path="rate", at_most=0.0),
                    HasLayers(layer="Dropout", at_least=0, at_most=0),
                ),
                Trained(epochs=10),
                Figure(figure="loss", below=0.1),
            ),
            hint="Click Dropout and type 0 as its rate. Then press Train.",
            point_at="node/dropout",
        ),
        Step(
            title="Use it",
            text="""Training is over, and the weights stay as they are. Open the page **Predictions** below the
canvas: each answer there is inference, and you may give it an example of your own. Look at what it finds difficult.""",
            task="Open the predictions.",
            check=Did(deed="panel/predictions"),
            hint="It is a page below the canvas.",
            point_at="panel/predictions",
        ),
        Step(
            title="What is left of training",
            text="""To use a network somewhere else, one takes the layers and the weights along. The loss, the
optimizer and the training data stay behind.""",
            question=ask(
                "You give the trained network a million new digits. How many weights change?",
                ("None", True, "However often it is used: without an update nothing changes."),
                ("Those of the last layer", False, "No weight changes without an update."),
                ("All, a little", False, "That would be training; it would need the right answers, too."),
            ),
            task="Answer the question.",
        ),
    ),
)
