"""The inside of layers in the window: small pictures on nodes, large ones in the inspector."""
