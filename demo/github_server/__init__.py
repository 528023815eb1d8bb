"""A stand-in for GitHub on 127.0.0.1: GitHub's own GraphQL schema over a made-up population, with faults on demand.

A query that the real schema refuses is refused here; that is necessary, not sufficient. What the real service does
beyond its
schema (time limits, ordering ties, what it hides, how it counts points) is imitated from its documentation only.
"""
