"""A network that fits the data at hand, with the reason for each choice; `engine.proposals.propose` is the way in."""
