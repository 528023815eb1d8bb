"""The commands of ``python -m conversion``, in the order of its help."""

from conversion.commands.minimise import MINIMISE
from conversion.commands.reproduce import REPRODUCE
from conversion.commands.results import CLASSIFY, EXPORT, STATUS
from conversion.commands.run import PLAN, RUN
from conversion.commands.sequences import SEQUENCES

COMMANDS = (PLAN, RUN, STATUS, CLASSIFY, EXPORT, REPRODUCE, SEQUENCES, MINIMISE)
