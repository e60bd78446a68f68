"""What all families share: the processes, their timing, tables, data and figures."""
