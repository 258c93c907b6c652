"""What the network predicts, live: one declaration for each kind of view, a panel to choose among those that apply."""
