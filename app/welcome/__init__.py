"""The page that greets: examples with their pictures, recent projects, templates, own data."""
