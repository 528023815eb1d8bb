"""Faults reduced to their smallest models: run in a framework's environment, as workers are, and judged by the attribution."""
