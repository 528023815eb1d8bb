"""Talking to GitHub: tokens, queries, faults and waits, the raw archive, and the loop that fills it."""
