"""The Data view: what the open project learns from, as a table that can be read, understood and prepared."""
