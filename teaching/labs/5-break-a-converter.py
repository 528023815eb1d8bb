# %% [markdown]
# # Lab 5: Break a converter
#
# A model is exported without a word of warning, and the exported one gives other numbers. Is it the converter, the runtime, its optimiser, or
# rounding that nobody can help? The failures that you labelled in lab 1 were reported by people who had to answer this. In this lab you find
# such a difference, say who is at fault, and trace it to one operator.
#
# **You need** NumPy and the feeling for rounding that `0.1 + 0.2` gives. **You will** compare outputs so that NaN cannot hide, judge by who
# agrees with whom, bisect a model, and find a wrong conversion of your own.
#
# Models run in an environment of their own, which `make conversion-env` makes once (PyTorch: 1.4 GB). Without it the models of this lab are
# shown as they were recorded, and all but the last exercise work; `CONVERSION_TORCH_PYTHON` names another Python that has what is needed.

# %%
import numpy as np
import pandas as pd
from IPython.display import display

from teaching.checks import in_full, open_lab
from teaching.converter_bench import EXECUTORS, Model, examine, is_live
from teaching.exercises_break_a_converter import CASES, FAULTS, STAGES, beginning

lab = open_lab("break_a_converter")
print(
    "Models are run here."
    if is_live()
    else "PyTorch's environment is not here: the lab's own models are shown as recorded."
)
in_full(pd.Series(EXECUTORS, name="is"))

# %% [markdown]
# ## 1. A model, exported and run
#
# A model is a function's source text (it runs in another Python). `examine` exports it and runs it on every executor.

# %%
pooling = CASES["pooling"]
print(pooling.source)
examine(pooling)

# %% [markdown]
# Average pooling divides each window's sum by the number of its elements, or, in PyTorch, by a divisor of one's choice. Compare the numbers:
# what did the exporter do with the option?
#
# ## 2. When do outputs differ?
#
# Never to the bit: two correct programs may add in another order. Write `differs(expected, actual)` for two arrays: true if any element is
# further from its expected value than `1e-5 + 1e-3 * |expected|`. Mind shapes, infinities, and NaN, which equals NaN and nothing else.


# %%
def differs(expected, actual):
    # BEGIN SOLUTION
    if expected.shape != actual.shape:
        return True
    return not np.allclose(actual.astype(float), expected.astype(float), rtol=1e-3, atol=1e-5, equal_nan=True)
    # END SOLUTION


lab.check("a difference", differs)

# %% [markdown]
# ## 3. Six cases
#
# None is invented; each was found by trying operators at their edges. For each, which executors differ from PyTorch (`framework`)?

# %%
for name, model in CASES.items():
    print(f"{name}: {model.source.splitlines()[-1].strip()}")

# %%
examine(CASES["largest"])

# %%
# BEGIN SOLUTION
who_differs = {}
for name, model in CASES.items():
    outputs = examine(model).outputs
    who_differs[name] = [other for other, output in outputs.items() if differs(outputs["framework"], output)]
# END SOLUTION: who_differs
lab.check("who differs", who_differs)

# %%
if who_differs is not ...:
    table = pd.DataFrame({name: {other: other in found for other in EXECUTORS} for name, found in who_differs.items()})
    display(table.T.replace({True: "differs", False: "·"}))

# %% [markdown]
# ## 4. Who is at fault?
#
# Write a rule from outputs (a dictionary by executor; one that did not run is not in it) to a word of `FAULTS`. Take PyTorch in float64 for
# the truth, and think of what each party alone can spoil. What if PyTorch in float32 is far from the truth as well? What if the reference
# evaluator could not run the graph?
#
# The check plants faults of every party, also such as none of the six cases shows: no guilty optimiser turned up.

# %%
FAULTS


# %%
def verdict(outputs):
    # BEGIN SOLUTION
    wrong = {name for name, output in outputs.items() if differs(outputs["float64"], output)}
    if "framework" in wrong:
        return "undecided" if "ort_all" in wrong else "framework"
    if "ort_all" not in wrong:
        return "reference evaluator" if "onnx_reference" in wrong else "nobody"
    if "ort_off" not in wrong:
        return "optimiser"
    if "onnx_reference" not in outputs:
        return "undecided"
    return "converter" if "onnx_reference" in wrong else "runtime"
    # END SOLUTION


lab.check("who is at fault", verdict)

# %% [markdown]
# ### Wrong, or unstable?
#
# Of the graphs that your rule blames, one computes the right function: in exact numbers nothing is wrong with it, in float32 it gives −∞.
# Which case is it? (An executor tells.)

# %%
unstable = "log-sigmoid"  # SOLUTION
lab.check("right but unstable", unstable)

# %% [markdown]
# ### A suspect is not a culprit
#
# Your rule knows who disagrees, not what was promised. For one of the cases that it blames the converter for, PyTorch's documentation
# promises nothing about which result comes out. Which one?

# %%
acquitted = "top three"  # SOLUTION
lab.check("acquitted", acquitted)

# %% [markdown]
# ## 5. Bisect a pipeline
#
# Twelve stages, exported by PyTorch's older exporter (TorchScript):

# %%
in_full(pd.Series(STAGES, index=range(1, len(STAGES) + 1), name="stage"))

# %%
examine(beginning(len(STAGES)))

# %% [markdown]
# `beginning(k)` is the model of the first `k` stages. Looking at all twelve beginnings is easy and slow; a model of a thousand operators
# needs better. Write a search: `look(k)` tells whether the first `k` stages give a difference, the whole one does; return the first `k`
# for which it does, with as few looks as halving needs.


# %%
def first_guilty(look, count):
    # BEGIN SOLUTION
    right, wrong = 0, count  # the first `right` stages agree, the first `wrong` differ
    while wrong - right > 1:
        middle = (right + wrong) // 2
        if look(middle):
            wrong = middle
        else:
            right = middle
    return wrong
    # END SOLUTION


lab.check("bisection", first_guilty)


# %%
def look(length):
    outputs = examine(beginning(length)).outputs
    return differs(outputs["framework"], outputs["ort_all"])


stage = first_guilty(look, len(STAGES))  # SOLUTION
stage

# %% [markdown]
# Which operator of ONNX has this stage become? Compare the graphs of two beginnings.

# %%
# BEGIN SOLUTION
before, after = examine(beginning(stage - 1)).operators, examine(beginning(stage)).operators
operator = after[len(before)]
# END SOLUTION: operator
lab.check("the guilty stage", stage, operator)

# %% [markdown]
# −1 // 4 is −1 in Python and PyTorch, and 0 where whole numbers are divided towards zero. How would the exporter have to write it?
#
# ## 6. Your own
#
# Find a model that converts in silence and gives other numbers (this needs PyTorch's environment). Where to look: options that ONNX's operator
# does not have, equal elements, NaN and infinities, negative whole numbers, reductions of nothing; both exporters. Then say who is at fault.

# %%
rounding = Model("def model(x):\n    return torch.round(x)", (np.float32([[-0.5, 0.5, 1.5, 2.5]]),), "dynamo")
if is_live():
    display(examine(rounding))

# %%
# BEGIN SOLUTION
from teaching.exercises_break_a_converter import EXAMPLE  # cross entropy, whose label smoothing is lost

mine = examine(EXAMPLE)
# END SOLUTION: mine
who = verdict(mine.outputs)  # SOLUTION
lab.check("your own", mine, who)

# %% [markdown]
# ## To discuss
#
# - Bisection assumes that a difference, once there, stays. Write a stage that hides it from all later ones (`x > 0`?). What would you do then?
# - Which of the six would a test with random inputs from a normal distribution have found? Which would the study's criterion,
#   |difference| > 1e-7, have missed?
# - Who should mend "log-sigmoid": the converter, the specification, or the runtime? What would you write into the issue so that its readers
#   need five minutes and not five hours?
# - How would you label your own find with the codebook: symptom, root cause, location?

# %%
lab.progress()
