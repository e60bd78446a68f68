"""What is refused: each check says what was passed, expected and what to do."""
