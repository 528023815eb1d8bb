# %% [markdown]
# # Lab 3: Many analysts, one question
#
# *Do releases of ONNX that change more operators bring more converter failures?* The study answered with one test. Behind it stand
# choices that somebody else would have made otherwise: which failures, counted how, which releases, whose list of operators.
#
# **You need** rank correlation. **You will** choose first, on paper; then run your own test; then see all tests that could have been run,
# and where yours falls.

# %%
import matplotlib.pyplot as plt
import seaborn as sns
from scipy import stats

from analysis.dataset import Study
from analysis.evolution.pipeline import Options, per_release
from teaching.checks import open_lab
from teaching.exercises_many_analysts import curve

lab = open_lab("many_analysts")
study = Study()

# %% [markdown]
# ## 1. Choose, and don't look
#
# - `outcome`: `"all"` failures, or those by `"incompatibility_or_type"` problems
# - `normalisation`: their `"count"`, number `"per_day"` until the next release, or `"share"` of all failures
# - `change`: size of a release by `"changes"`, by operators `"added"` or `"updated"`
# - `source`: sizes from the study's reading of the `"release_notes"`, or from ONNX's `"schema_registry"`
# - `merged`: are operator sets 2 to 7, which came within months, one release?
# - `drop_first`, `drop_last`: leave out the first release, which changed nothing that existed, and the last, which was not observed to its end?
#
# Write a reason beside each choice. That is what a preregistration is.

# %%
# BEGIN SOLUTION
mine = {
    "outcome": "all",
    "normalisation": "per_day",
    "change": "changes",
    "source": "schema_registry",
    "merged": True,
    "drop_first": True,
    "drop_last": True,
}
# END SOLUTION: mine
lab.check("my choices", mine)

# %% [markdown]
# ## 2. Your releases
#
# `per_release` gives a row per release; `used` tells whether your test takes it. How many does it take?

# %%
table = per_release(study.failures, study.opsets, Options(**mine)) if mine is not ... else ...
releases = table["used"].sum()  # SOLUTION
lab.check("my releases", mine, releases)

# %% [markdown]
# ## 3. Your test
#
# Correlate `size` with your outcome by rank, over the used releases (`stats.spearmanr`). Counts per day are
# `table["all"] / table["days"]`; the share is `table["incompatibility_or_type"] / table["all"]`.

# %%
# BEGIN SOLUTION
used = table[table["used"]]
rho = stats.spearmanr(used["size"], used["all"] / used["days"]).statistic
# END SOLUTION: rho
lab.check("my correlation", mine, rho)

# %% [markdown]
# ## 4. All of them
#
# `curve().specifications` has a row for every defensible combination of these and some more choices: `r` is its correlation, `p` its p-value.
# Which share of them lies below yours?

# %%
specifications = curve().specifications
below = (specifications["r"] < rho).mean()  # SOLUTION
lab.check("my place", rho, below)

# %%
if rho is not ...:
    figure, axes = plt.subplots(figsize=(6, 2.6), layout="constrained")
    sns.histplot(x=specifications["r"], bins=60, color="0.75", ax=axes)
    axes.axvline(rho, color="#D55E00")
    axes.annotate(
        "mine", (rho, 1), (4, -10), xycoords=("data", "axes fraction"), textcoords="offset points", color="#D55E00"
    )
    axes.set(xlabel="correlation of a specification", ylabel="specifications")
    sns.despine()

# %% [markdown]
# ## 5. What would a reader be told?
#
# Which share of the specifications is positive, and which is positive *and* significant (p < 0.05)? Whoever looks for a significant result
# among them finds one.

# %%
positive = (specifications["r"] > 0).mean()  # SOLUTION
positive_significant = ((specifications["r"] > 0) & (specifications["p"] < 0.05)).mean()  # SOLUTION
lab.check("shares", positive, positive_significant)

# %% [markdown]
# ## 6. Which choice decides?
#
# For each choice, take the median correlation of each of its values. Whose medians lie farthest apart?

# %%
# BEGIN SOLUTION
names = [
    "outcome",
    "normalisation",
    "merged",
    "complete_only",
    "converter",
    "lag",
    "dates",
    "first",
    "source",
    "change",
    "scale",
]
spread = {}
for name in names:
    medians = specifications.groupby(name, observed=True)["r"].median()
    spread[name] = medians.max() - medians.min()
most = max(spread, key=spread.get)
# END SOLUTION: most
lab.check("what drives it", most)

# %% [markdown]
# ## 7. Against chance
#
# Thousands of tests on one data set are not thousands of findings. `curve().summary` compares the whole curve with curves of permuted sizes:
# how often would chance alone give so large a median correlation? Read the p-value of `median_r` over `all` specifications, with sizes
# `exchanged` among all releases. The table has other ideas of chance as well: which of them would you defend?

# %%
curve().summary.xs("all", level="part").round(3)

# %%
p = curve().summary.loc[("exchanged", "all", "median_r"), "p"]  # SOLUTION
lab.check("against chance", p)

# %% [markdown]
# ## To discuss
#
# - Collect the class's correlations. Who chose what the study chose? Who would have published?
# - Are all specifications equally defensible? Strike out one, with a reason that does not name its result.
# - Eleven releases reach 80 % power only from a true correlation of 0.78. What can "not significant" then mean?

# %%
lab.progress()
