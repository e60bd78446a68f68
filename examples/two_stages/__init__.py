"""Two stages: a first model makes codes, and a second learns their distribution."""
