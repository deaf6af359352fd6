"""The invented company: its numbers, its story, its files."""
