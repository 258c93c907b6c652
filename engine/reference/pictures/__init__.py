"""The pictures on the pages; each is drawn from what running the declaration gave, never from numbers made up."""
