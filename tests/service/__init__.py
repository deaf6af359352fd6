"""The way in for people and machines, tried through the real command line."""
