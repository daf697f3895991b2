"""Measurements: what the project claims about its speed, in a form anybody can run again."""
