"""The inspector: the settings of what is selected, and forms made from any pydantic model."""

from app.inspector.form import ModelForm, OptionSource
from app.inspector.inspector import Inspector
from app.inspector.section import SectionForm

__all__ = ["Inspector", "ModelForm", "OptionSource", "SectionForm"]
