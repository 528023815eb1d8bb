"""Campaigns of generated damage: each run is judged by a program, and none may end in a way that would mislead a user."""
