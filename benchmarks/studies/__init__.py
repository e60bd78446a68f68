"""Tables of figures, not of times: results of models over many seeds."""
