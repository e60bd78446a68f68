"""kgen against alternative libraries, on the same work."""
