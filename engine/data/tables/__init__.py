"""Tables larger than memory: what all kinds of tabular files share."""
