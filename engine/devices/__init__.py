"""What compiles and runs a program; the engine knows a device by this interface alone."""
