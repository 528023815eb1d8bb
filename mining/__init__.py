"""Where the data comes from: the study's published archive, and GitHub."""
