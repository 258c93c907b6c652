"""What happens when something goes wrong by a fault of ours: a page that can be read and copied, never a bare traceback."""
