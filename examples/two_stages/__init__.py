"""Two stages: a first model makes codes, and a second one learns how they lie."""
