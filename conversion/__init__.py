"""Conversion experiments: generate models, convert them, run both, compare; heavy work in environments of their own."""
