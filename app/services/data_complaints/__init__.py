"""Complaints about how the organisation handles somebody's data (DPA 2018 s.164A)."""
