"""Retention: what is kept for how long, and what happens when the time is over.

`rules` names each rule and says how its people or cases are found; `periods` how long; `runs` is the course of a run,
as two people decide it; `candidates` counts; `aside` takes away and puts back; `duties` is the worker's part.
"""
