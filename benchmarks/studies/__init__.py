"""Tables of figures, not races: what models find, over many seeds."""
