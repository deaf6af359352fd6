"""Tests of the rules and of the engine that runs them."""
