"""Listening campaigns: people are heard, those who heard them group what was said, and institutions decide on it.

`planning` makes a campaign and takes it along its course; `hearing` records sessions and issues; `grouping` puts issues
to themes; `voting` records the one voice of each institution; `results` counts, and `closing` keeps what was decided.
"""
