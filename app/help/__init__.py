"""The reference in the window: pages, search over them, and which page belongs to what has the keyboard."""
