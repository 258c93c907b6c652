"""Studies of a network beside its run: a learning rate that suits it, variants side by side."""
