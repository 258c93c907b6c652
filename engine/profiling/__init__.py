"""Where the time of a training step goes: by layer and phase, against what the device can do."""
