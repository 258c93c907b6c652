"""Networks in use: rows of a file go in, answers in the units of the data come out, block by block."""
