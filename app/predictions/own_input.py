"""What every way to give an example of one's own has in common."""

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QWidget

from app.theme import Theme
from app.widgets import Button
from engine.tensor.spec import Array


class OwnInput(QWidget):
    """Gives the inputs of one example; `changed` says that they are others."""

    changed = Signal()

    def inputs(self) -> dict[str, Array]:
        """By feature, as the network sees them, batch of 1."""
        raise NotImplementedError

    @property
    def place(self) -> int:
        """The position whose answer is meant, where there is one for each."""
        return -1

    @property
    def sentence(self) -> str:
        """What should be known of the example."""
        return ""

    @property
    def is_blank(self) -> bool:
        """Whether nothing was given yet, so that there is nothing to ask."""
        return False


def example_button(theme: Theme) -> Button:
    """The way to an example of the data."""
    button = Button(theme, QCoreApplication.translate("OwnExample", "From the data"), kind="quiet")
    button.setToolTip(QCoreApplication.translate("OwnExample", "An example of the data"))
    return button
