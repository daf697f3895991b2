"""Breaches of personal data: the register of all of them, their clock of 72 hours, and who is told."""
