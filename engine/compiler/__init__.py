"""From a graph to a program in named passes, each verified, because a canvas is known before it runs."""
