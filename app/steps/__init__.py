"""Step mode: one batch as forward, loss, backward and update, seen on the canvas and gone through by keys."""
