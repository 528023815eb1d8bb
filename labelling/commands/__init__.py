"""The commands of ``python -m labelling``, in the order of its help."""

from labelling.commands.sheets import READ, SHEETS

COMMANDS = (SHEETS, READ)
