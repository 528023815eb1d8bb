"""The commands of ``python -m labelling``, in the order of its help."""

from labelling.commands.adjudicate import ADJUDICATE
from labelling.commands.agreement import AGREEMENT
from labelling.commands.classroom import CLASSROOM
from labelling.commands.code import CODE
from labelling.commands.codebook import CODEBOOK
from labelling.commands.dataset import DEPRECATE, HISTORY, MERGE, RECOVER, RELABEL
from labelling.commands.label_studio import LABEL_STUDIO
from labelling.commands.machine import MACHINE
from labelling.commands.read import READ
from labelling.commands.sheets import SHEETS

COMMANDS = (
    SHEETS,
    CODE,
    READ,
    AGREEMENT,
    ADJUDICATE,
    MERGE,
    DEPRECATE,
    RELABEL,
    RECOVER,
    HISTORY,
    CODEBOOK,
    MACHINE,
    LABEL_STUDIO,
    CLASSROOM,
)
