"""Mutation testing: small slips are planted in the code, one at a time, and the tests must notice.

mutmut plants them; here stands which tests hold which modules (`areas.toml`), which slips may stay unnoticed and why
(`survivors.csv`), and what was found when (`results.csv`).
"""
