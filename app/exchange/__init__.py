"""Files of other programs in the window: networks come in and go out."""
