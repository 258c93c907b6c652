"""Settings that layers of several kinds have in common, so that they can be changed in all of them at once."""

from collections.abc import Sequence

from engine.layers.base import Layer


def shared_settings(layers: Sequence[Layer]) -> list[str]:
    """The settings that all of these layers have, of one type and with the same bounds; in the order of the first."""
    first, *others = (type(layer).model_fields for layer in layers)
    return [
        name
        for name, info in first.items()
        if all(
            name in fields
            and (fields[name].annotation, fields[name].metadata) == (info.annotation, info.metadata)
            for fields in others
        )
    ]
