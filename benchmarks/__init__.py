"""Measurements, each run as a module; see README.md."""
