"""Reusable widgets in the look of the theme: buttons, chips, tabs, switches, search, fields of forms."""

from app.widgets.buttons import Button, ButtonKind, IconButton
from app.widgets.chip import Chip
from app.widgets.choice import ChoiceBox
from app.widgets.codecs import Bounds, GroupsCodec, NumberCodec, TupleCodec, ValueRefused, format_number
from app.widgets.collapsible import CollapsibleHeading, CollapsibleSection
from app.widgets.command_field import CommandField
from app.widgets.fields import (
    ChoiceField,
    Field,
    FieldRow,
    NumberField,
    RangeField,
    SwitchField,
    TextField,
    TupleField,
)
from app.widgets.progress import ProgressStrip
from app.widgets.range_slider import RangeSlider
from app.widgets.remedy import RemedyButton
from app.widgets.search import SearchField
from app.widgets.spin import CommitSpin
from app.widgets.switch import ToggleSwitch
from app.widgets.tabs import DockTabs
from app.widgets.text import ElidedLabel, Heading, TextLabel, Tone
from app.widgets.value_slider import SliderField, ValueSlider

__all__ = [
    "Bounds",
    "Button",
    "ButtonKind",
    "Chip",
    "ChoiceBox",
    "ChoiceField",
    "CollapsibleHeading",
    "CollapsibleSection",
    "CommandField",
    "CommitSpin",
    "DockTabs",
    "ElidedLabel",
    "Field",
    "FieldRow",
    "GroupsCodec",
    "Heading",
    "IconButton",
    "NumberCodec",
    "NumberField",
    "ProgressStrip",
    "RangeField",
    "RangeSlider",
    "RemedyButton",
    "SearchField",
    "SliderField",
    "SwitchField",
    "TextField",
    "TextLabel",
    "ToggleSwitch",
    "Tone",
    "TupleCodec",
    "TupleField",
    "ValueRefused",
    "ValueSlider",
    "format_number",
]
