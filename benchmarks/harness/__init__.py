"""Shared by all families: the processes, their timing, tables, data and figures."""
