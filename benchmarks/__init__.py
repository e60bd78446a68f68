"""kgen against the libraries that one would use instead, on the same work."""
