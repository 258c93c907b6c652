"""The layers, one declaration a file, from which palette, form, checks, file format and help are derived."""
