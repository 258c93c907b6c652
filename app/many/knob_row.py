"""One setting to vary: which, from where to where, in how many values; or which of its choices."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QStackedWidget, QVBoxLayout, QWidget

from app.i18n import declared
from app.theme import CONTROL_HEIGHT, SPACE, FontRole, Theme
from app.widgets import ChoiceBox, TextLabel
from engine.training.many.knobs import Knob, RangeError, Value, values_of

USUAL_COUNT = 8
USUAL_CHOICES = 4


class KnobRow(QWidget):
    """`changed` says that another setting or another range was chosen."""

    changed = Signal()

    def __init__(self, theme: Theme, title: str, *, optional: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._knobs: Sequence[Knob] = ()
        self._optional = optional
        self.what = ChoiceBox(theme)
        self.what.setAccessibleName(title)
        self.low = self._field(theme, self.tr("{setting}: from").format(setting=title))
        self.high = self._field(theme, self.tr("{setting}: to").format(setting=title))
        self.count = self._field(theme, self.tr("{setting}: how many values").format(setting=title))
        self.names = self._field(theme, self.tr("{setting}: which").format(setting=title))
        numbers = QWidget()
        line = QHBoxLayout(numbers)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(SPACE)
        for part in (
            self.low,
            TextLabel(theme, self.tr("to"), role=FontRole.SMALL, tone="dim"),
            self.high,
            TextLabel(theme, self.tr("values"), role=FontRole.SMALL, tone="dim"),
            self.count,
        ):
            line.addWidget(part, 1 if isinstance(part, QLineEdit) else 0)
        self._fields = QStackedWidget()
        self._fields.addWidget(numbers)
        self._fields.addWidget(self.names)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE)
        column.addWidget(self.what)
        column.addWidget(self._fields)
        self.what.activated.connect(self._on_what_activated)

    def _field(self, theme: Theme, name: str) -> QLineEdit:
        field = QLineEdit()
        field.setAccessibleName(name)
        field.setFont(theme.font(FontRole.MONO_SMALL))
        field.setMinimumHeight(CONTROL_HEIGHT)
        field.textEdited.connect(self.changed)
        return field

    def offer(self, knobs: Sequence[Knob]) -> None:
        """Offer these settings; the one that is chosen stays with its range, if it is still among them."""
        before = self.knob
        self._knobs = knobs
        self.what.clear()
        if self._optional:
            self.what.addItem(self.tr("nothing else"))
        self.what.addItems([declared(knob.title) for knob in knobs])
        keys = [knob.key for knob in knobs]
        if before is not None and before.key in keys:
            self.what.setCurrentIndex(keys.index(before.key) + self._optional)
        else:
            self.what.setCurrentIndex(0)
            self._fill()

    @property
    def knob(self) -> Knob | None:
        """The setting that is chosen; None: nothing."""
        place = self.what.currentIndex() - self._optional
        return self._knobs[place] if 0 <= place < len(self._knobs) else None

    def choose(self, key: str) -> None:
        """Choose a setting by its key."""
        place = [knob.key for knob in self._knobs].index(key)
        self.what.setCurrentIndex(place + self._optional)
        self._on_what_activated()

    @property
    def fields(self) -> tuple[str, ...]:
        """What stands in the fields of the setting that is chosen."""
        return tuple(field.text() for field in self._fields_of(self.knob))

    def restore(self, key: str, fields: Sequence[str]) -> None:
        """Choose a setting with what `fields` was; nothing where it is not among those that are offered."""
        if key not in [knob.key for knob in self._knobs]:
            return
        self.choose(key)
        for field, text in zip(self._fields_of(self.knob), fields, strict=False):
            field.setText(text)

    def _fields_of(self, knob: Knob | None) -> tuple[QLineEdit, ...]:
        if knob is None:
            return ()
        return (self.names,) if knob.kind == "choice" else (self.low, self.high, self.count)

    def values(self) -> tuple[Value, ...]:
        """The values that are chosen.

        Raises:
            RangeError: they are none, in a sentence.
        """
        knob = self.knob
        assert knob is not None
        if knob.kind == "choice":
            names = [name.strip() for name in self.names.text().split(",") if name.strip()]
            unknown = [name for name in names if name not in knob.choices]
            if unknown:
                known = ", ".join(knob.choices[:8])
                raise RangeError(f"{knob.title} is one of {known} .., received {unknown[0]}.")
            return tuple(dict.fromkeys(names))
        return values_of(
            knob,
            _number(self.low, knob),
            _number(self.high, knob),
            int(_number(self.count, knob, whole=True)),
        )

    def _on_what_activated(self, _place: int = 0) -> None:
        self._fill()
        self.changed.emit()

    def _fill(self) -> None:
        knob = self.knob
        self._fields.setVisible(knob is not None)
        if knob is None:
            return
        self._fields.setCurrentIndex(knob.kind == "choice")
        self.low.setText(f"{knob.low:g}")
        self.high.setText(f"{knob.high:g}")
        self.count.setText(str(USUAL_COUNT))
        self.names.setText(", ".join(knob.choices[:USUAL_CHOICES]))


def _number(field: QLineEdit, knob: Knob, *, whole: bool = False) -> float:
    text = field.text().strip().replace(",", ".")
    try:
        return int(text) if whole else float(text)
    except ValueError:
        kind = "a whole number of values" if whole else "numbers"
        raise RangeError(
            f"A range of {knob.title} is made of {kind}, received {text or 'nothing'}."
        ) from None
