"""Learning-rate schedules: how far a step goes at which time of a run, one declaration a file."""
