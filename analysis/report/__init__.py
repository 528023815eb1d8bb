"""What readers get: chapters of text, tables and figures, as one HTML file, as LaTeX, and on the terminal."""
