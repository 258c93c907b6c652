"""The inspector: the settings of what is selected, and forms made from any pydantic model."""

from app.inspector.form import ModelForm

__all__ = ["ModelForm"]
