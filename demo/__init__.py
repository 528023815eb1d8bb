"""An invented GitHub, invented raters, and the worked example of an extension that they make possible."""
