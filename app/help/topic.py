"""What help is asked about: a declaration and perhaps one of its settings."""

from dataclasses import dataclass

from pydantic import BaseModel
from PySide6.QtWidgets import QWidget

from engine.reference.subjects import find
from engine.settings import Settings


@dataclass(frozen=True, slots=True)
class Topic:
    """A declaration that may have a page; `setting` is the name of one of its settings."""

    declaration: type[BaseModel]
    setting: str = ""

    def address(self) -> str | None:
        """Its page, with the place of the setting on it; None if it has none."""
        subject = find(self.declaration) if issubclass(self.declaration, Settings) else None
        if subject is None:
            return None
        return f"{subject.path}#{self.setting}" if self.setting else subject.path


def topic_at(widget: QWidget | None) -> Topic | None:
    """What the widget with the keyboard, or what it lies in, is about.

    Widgets that know have a method `help_topic(focus)`; the innermost one with an answer that has a page is asked.
    """
    focus, asked = widget, widget
    while asked is not None:
        knows = getattr(asked, "help_topic", None)
        topic = knows(focus) if callable(knows) else None
        if isinstance(topic, Topic) and topic.address() is not None:
            return topic
        asked = asked.parentWidget()
    return None
