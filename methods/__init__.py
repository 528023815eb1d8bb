"""Statistical methods: pure functions of counts and frames; each names its source and its assumptions."""
