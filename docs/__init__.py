"""Pages about the project, and the code that generates what is generated in them."""
