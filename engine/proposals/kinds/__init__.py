"""The kinds of data a network is proposed for, one file each; `engine.proposals.registry` finds them."""
