"""The time machine: what of a run is kept, looking at it, going back to it, and changing a network while it trains."""
