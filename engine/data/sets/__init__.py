"""The data sets, one file each or one a family; `engine.data.registry` finds them."""
