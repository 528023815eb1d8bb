"""A sample to raters, agreed labels, a larger dataset; three doors (sheets, terminal, Label Studio) to one room."""
