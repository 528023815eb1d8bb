"""Samples beside the study's: do they differ, are they practically alike, and which findings hold in each."""
