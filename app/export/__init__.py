"""Pictures of the canvas as files."""
