"""What is unwise about a network that can be trained: found from what its layers do, said with a change that helps.

Nothing here is an error. The rules look at ops and shapes, not at names, so they hold for layers to come.
"""

from engine.graph.advice.network import advise
from engine.graph.advice.oddities import unusual

__all__ = ["advise", "unusual"]
