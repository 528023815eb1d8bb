"""Which data types each of NNSmith's operators takes and gives under a framework: measured once, frozen here.

NNSmith measures this itself at first use and keeps it in a cache below the user's home, in the order of a set: the models
that a seed yields would hang on the machine. The files here are sorted and part of the project; `measure` makes them again:
``PYTHONHASHSEED=0 python -m conversion.workers.operator_sets torch`` (or ``tensorflow``), in the framework's environment.
"""
