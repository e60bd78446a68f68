"""Checks of arguments: each error says what was passed, expected and what to do."""
