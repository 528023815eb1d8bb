# %% [markdown]
# # Lab 1: Label it yourself, continued
#
# You have labelled invented failure reports on the page *Label it yourself* and saved your labels as a file. In this lab the class's
# files come together: how far do two people agree who read the same rules, how much of that would chance give, and which rule of the
# codebook should change?
#
# **You need** the page's files, and Python with pandas. **You will** compute Cohen's κ by hand, compare all pairs of raters, and find out
# where the codebook, not the rater, is the problem.
#
# Put the files into one folder and name it below. An invented class is there already, so that the lab works at home.

# %%
from itertools import combinations
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd
import seaborn as sns

from datapackage.codebook import load_codebook
from datapackage.commandline import DATA
from methods.agreement import agreement
from teaching.checks import in_full, open_lab
from teaching.example_class import FOLDER as EXAMPLE_CLASS
from teaching.vignettes import load_vignettes

folder = EXAMPLE_CLASS
lab = open_lab("label_it_yourself")
files = sorted(Path(folder).glob("labels-*.csv"))
[file.name for file in files]

# %% [markdown]
# ## 1. One frame for the class
#
# Read all files and put them below each other: one row per rater and report.

# %%
labels = pd.concat([pd.read_csv(file) for file in files], ignore_index=True)  # SOLUTION
lab.check("labels of the class", labels)

# %% [markdown]
# ## 2. Two raters
#
# Take two of them. On what share of the reports do their symptoms agree? (`pivot` puts the raters side by side.)

# %%
first, second = "avocet", "bittern"
# BEGIN SOLUTION
pair = labels.pivot(index="vignette", columns="rater", values="symptom")[[first, second]].dropna()
alike = (pair[first] == pair[second]).mean()
# END SOLUTION: alike
lab.check("alike", labels, first, second, alike)

# %% [markdown]
# ## 3. What chance would give
#
# Two raters who draw their codes blindly, each with their own favourites, agree on a code with the product of their shares of it. Sum over
# the codes.

# %%
# BEGIN SOLUTION
shares = pd.DataFrame({name: pair[name].value_counts(normalize=True) for name in (first, second)}).fillna(0)
by_chance = (shares[first] * shares[second]).sum()
# END SOLUTION: by_chance
lab.check("by chance", labels, first, second, by_chance)

# %% [markdown]
# ## 4. Cohen's κ
#
# Agreement beyond chance, as a part of what was left to gain: $\kappa = (a - c) / (1 - c)$.

# %%
kappa = (alike - by_chance) / (1 - by_chance)  # SOLUTION
lab.check("kappa", labels, first, second, kappa)

# %% [markdown]
# The package gives it with an interval. With 24 reports it is wide: what would you need to halve it?

# %%
codes = labels.pivot(index="vignette", columns="rater", values="symptom")
agreement(list(codes["avocet"]), list(codes["bittern"])).round(2)

# %% [markdown]
# ## 5. All pairs
#
# κ of every pair of raters, for each dimension. On which dimension does the class agree least?

# %%
rows = []
for dimension in ("symptom", "cause", "location"):
    wide = labels.pivot(index="vignette", columns="rater", values=dimension)
    for one, other in combinations(wide.columns, 2):
        value = agreement(list(wide[one]), list(wide[other])).loc["kappa", "value"]
        rows.append((dimension, f"{one} and {other}", value))
pairs = pd.DataFrame(rows, columns=["dimension", "pair", "kappa"])
figure, axes = plt.subplots(figsize=(6, 2.2), layout="constrained")
sns.stripplot(pairs, x="kappa", y="dimension", color="#0072B2", alpha=0.6, ax=axes)
sns.pointplot(pairs, x="kappa", y="dimension", linestyle="none", errorbar=None, color="#D55E00", marker="D", ax=axes)
axes.set(xlim=(0, 1), ylabel="", xlabel="κ of a pair of raters (diamond: mean)")
sns.despine()

# %%
least = "location"
least = pairs.groupby("dimension")["kappa"].mean().idxmin()  # SOLUTION
lab.check("least agreed", labels, least)

# %% [markdown]
# ## 6. Which causes are taken for each other?
#
# Go through all pairs of raters and count which two causes they gave to the same report. Name the two that were confused most often.

# %%
# BEGIN SOLUTION
wide = labels.pivot(index="vignette", columns="rater", values="cause")
confused = pd.Series(
    [
        tuple(sorted(codes))
        for one, other in combinations(wide.columns, 2)
        for codes in zip(wide[one], wide[other])
        if codes[0] != codes[1]
    ]
).value_counts()
most_confused = confused.index[0]
# END SOLUTION: most_confused
lab.check("most confused", labels, most_confused)

# %% [markdown]
# The decision rules that should separate causes stand in the codebook. Read those of your two. Would another wording have helped?

# %%
codebook = load_codebook(DATA)
causes = [(code.name, code.definition, code.rule) for code in codebook["cause"].codes]
in_full(pd.DataFrame(causes, columns=["cause", "definition", "decision rule"]).set_index("cause"))

# %% [markdown]
# ## 7. The codebook's fault
#
# For six reports the reference itself says that another code can be defended (`also`). Which ones? Compare: how does the class agree on
# them, and on the others?

# %%
vignettes = load_vignettes(codebook)
open_reports = [vignette.id for vignette in vignettes if vignette.also]  # SOLUTION
lab.check("open reports", open_reports)

# %%
if open_reports is not ...:
    for dimension in ("symptom", "cause", "location"):
        wide = labels.pivot(index="vignette", columns="rater", values=dimension)
        same = wide.apply(lambda row: row.value_counts(normalize=True).max(), axis=1)
        opened = same.index.isin(open_reports)
        print(
            f"{dimension}: {same[opened].mean():.0%} gave the commonest code of an open report, {same[~opened].mean():.0%} of the others"
        )

# %% [markdown]
# ## To discuss
#
# - Write one decision rule anew, so that your two most confused causes part. How would you find out whether it is better?
# - The study's raters reached κ 0.90 on causes in a pilot; the labels of the same issues, given again later, agreed with κ 0.70.
#   Which of the two numbers tells more about the labels?
# - Would you rather have two careful raters, or ten quick ones?

# %%
lab.progress()
