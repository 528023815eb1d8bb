# %% [markdown]
# # Lab 2: How sure are we?
#
# The study says that three quarters of all converter failures sit in node conversion. It looked at 200 issues. In this lab you
# predict, then compute: how far could that share be off because only some issues were looked at, and how far because people who
# label issues err?
#
# **You need** shares, and Python with pandas. **You will** compute an interval in three ways, correct a share for errors of
# labelling, and find what would have to be true for the finding to fall.
#
# Replace every `...` by your answer, run the cell, read what the check says. Checks may be asked as often as you like.

# %%
import matplotlib.pyplot as plt
import pandas as pd
import seaborn as sns

from analysis.dataset import Study
from methods.intervals import wilson, wilson_finite
from teaching.checks import open_lab

lab = open_lab("how_sure_are_we")
study = Study()
failures = study.failures
failures[["issue", "converter", "symptom", "cause", "location"]].head()

# %% [markdown]
# ## 1. Predict
#
# Before you compute anything: what share of the failures do you expect in node conversion, and by how much could a sample of 200
# be off? (`0.10` stands for ten points.)

# %%
my_share = 0.5  # SOLUTION
my_margin = 0.1  # SOLUTION
lab.check("prediction", my_share, my_margin)

# %% [markdown]
# ## 2. The share
#
# `failures["location"]` holds the stage in which each defect sat. What share is `"node_conversion"`?

# %%
share = (failures["location"] == "node_conversion").mean()  # SOLUTION
lab.check("share", share)

# %% [markdown]
# ## 3. The interval of the textbooks
#
# $p \pm 1.96 \cdot \sqrt{p(1-p)/n}$. Compute both ends.

# %%
n = len(failures)
# BEGIN SOLUTION
reach = 1.96 * (share * (1 - share) / n) ** 0.5
textbook = (share - reach, share + reach)
# END SOLUTION: textbook
lab.check("textbook interval", textbook)

# %% [markdown]
# ## 4. Nobody hung
#
# None of the 200 failures is a hang. What does the textbook's formula say of hangs, and what does Wilson's (`wilson(count, n)` gives
# share, low and high)? Which of the two would you put into a paper?

# %%
textbook_of_none = (0.0, 0.0)  # SOLUTION
wilson_of_none = wilson(0, 200)[1:]  # SOLUTION
lab.check("nobody hung", textbook_of_none, wilson_of_none)

# %% [markdown]
# ## 5. We saw a third of them
#
# torch.onnx's 100 issues were drawn from 327. About *these* 327 we know more than about failures in general: a hundred of them have
# been looked at. Use `wilson_finite(count, n, population)`.

# %%
torch = failures[failures["converter"] == "torch.onnx"]
# BEGIN SOLUTION
count = (torch["location"] == "node_conversion").sum()
of_the_327 = wilson_finite(int(count), len(torch), 327)[1:]
# END SOLUTION: of_the_327
lab.check("finite population", of_the_327)

# %%
shares = []
for converter, part in failures.groupby("converter", observed=True):
    hits, size = int((part["location"] == "node_conversion").sum()), len(part)
    population = int(study.samples.set_index("converter").loc[converter, "population"])
    for name, (value, low, high) in {
        "failures to come": wilson(hits, size),
        "these issues": wilson_finite(hits, size, population),
    }.items():
        shares.append((converter, name, value, low, high))
table = pd.DataFrame(shares, columns=["converter", "about", "share", "low", "high"])
figure, axes = plt.subplots(figsize=(6, 2.4), layout="constrained")
sns.pointplot(table, x="share", y="converter", hue="about", dodge=0.3, linestyle="none", errorbar=None, ax=axes)
for position, (_, row) in enumerate(table.iterrows()):
    height = position // 2 + (-0.15 if position % 2 == 0 else 0.15)
    axes.plot([row["low"], row["high"]], [height, height], color="0.4", linewidth=1, zorder=0)
axes.set(xlabel="share in node conversion", ylabel="", xlim=(0.5, 1))
sns.despine()

# %% [markdown]
# ## 6. A hundred each
#
# The study drew 100 issues for each converter, from 327 and from 242. Counting all 200 alike answers for a population in which both
# converters fail equally often. Weight each converter's share with its population.

# %%
# BEGIN SOLUTION
populations = study.samples.set_index("converter")["population"]
by_converter = (failures["location"] == "node_conversion").groupby(failures["converter"], observed=True).mean()
weighted = (by_converter * populations).sum() / populations.sum()
# END SOLUTION: weighted
lab.check("weighted share", weighted)

# %% [markdown]
# ## 7. Labels are read with error
#
# Suppose a rater finds a true "node conversion" with probability *sensitivity*, and calls something else by its right name with
# probability *specificity*. Of a true share $t$ one then observes $p = t \cdot \text{sens} + (1 - t)(1 - \text{spec})$. Write the function that
# gives $t$ from $p$ (Rogan and Gladen, 1978).


# %%
def corrected(observed, sensitivity, specificity):
    # BEGIN SOLUTION
    return (observed + specificity - 1) / (sensitivity + specificity - 1)
    # END SOLUTION


lab.check("corrected share", corrected)

# %% [markdown]
# ## 8. What would have to be true for the finding to fall?
#
# Let us say the finding falls when the true share is below two thirds. Suppose that raters miss no node conversion, but call some other
# failures by that name. At which *false-positive rate* is the corrected 74 % exactly two thirds?

# %%
false_positive_rate = 3 * share - 2  # SOLUTION
lab.check("tipping point", false_positive_rate)

# %% [markdown]
# ## To discuss
#
# - Your prediction of the margin: too small or too large? Most people's are too small.
# - Which interval belongs into an abstract: about these 569 issues, or about failures to come?
# - The study's raters agreed on locations in all 18 issues of a check. What false-positive rate can 18 of 18 exclude?

# %%
lab.progress()
