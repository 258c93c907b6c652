"""The lessons that come with the application, one file each; `engine.lessons.registry` finds them."""
