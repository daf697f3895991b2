"""Requests by which somebody uses a right over their data."""
