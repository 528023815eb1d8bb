# %% [markdown]
# # Lab 6: Design your own
#
# You want to study the failures of *your* converter. How many issues must be read, by how many people, and what could such a study find
# at all? Decide before you start: afterwards every number looks sufficient.
#
# **You need** labs 1 and 2. **You will** compute a sample size, the power of a test, the precision of an agreement, and put them into a plan
# that fits 40 hours.

# %%
import math

import matplotlib.pyplot as plt
import numpy as np
import seaborn as sns

from methods.agreement import agreement
from methods.correlation import critical_rho, detectable_rho, power
from methods.intervals import wilson_finite
from teaching.checks import open_lab

lab = open_lab("design_your_own")

# %% [markdown]
# ## 1. How many issues?
#
# For a share near one half, $n_0 = (1.96 / 2m)^2$ issues give a margin of $m$. From a population of $N$ issues fewer suffice:
# $n = n_0 / (1 + (n_0 - 1)/N)$, rounded up.


# %%
def needed(margin, population):
    # BEGIN SOLUTION
    infinite = (1.959964 / (2 * margin)) ** 2
    return math.ceil(infinite / (1 + (infinite - 1) / population))
    # END SOLUTION


lab.check("how many issues", needed)

# %% [markdown]
# ## 2. Your converter
#
# How many closed issues has your converter, and how many will you read? Which interval would a share of 75 % then have
# (`wilson_finite(count, n, population)`)?

# %%
population = 400
n = 120
interval = wilson_finite(round(0.75 * n), n, population)[1:]  # SOLUTION
lab.check("my margin", population, n, interval)

# %% [markdown]
# ## 3. How many releases?
#
# The study correlated failures with the size of eleven releases. From which *observed* ρ on is such a correlation significant
# (`critical_rho`)? And which *true* ρ would be found with a probability of 80 % (`detectable_rho`)? Give the second.

# %%
print(f"significant from {critical_rho(11):.2f} on")
detectable = detectable_rho(11)  # SOLUTION
lab.check("how many releases", detectable)

# %%
true = np.linspace(0, 0.95, 12)
figure, axes = plt.subplots(figsize=(6, 2.8), layout="constrained")
for count in (6, 9, 12):
    sns.lineplot(x=true, y=[power(rho, count, simulations=1000) for rho in true], label=f"{count} releases", ax=axes)
axes.axhline(0.8, color="0.6", linestyle=":")
axes.set(xlabel="true correlation", ylabel="power", ylim=(0, 1))
sns.despine()

# %% [markdown]
# By how much does the detectable correlation fall when there are 12 releases instead of 6?

# %%
gain = detectable_rho(6) - detectable_rho(12)  # SOLUTION
lab.check("twice as many", gain)

# %% [markdown]
# ## 4. How many issues labelled twice?
#
# Simulate two raters: the first draws one of four codes (shares 0.55, 0.25, 0.15, 0.05), the second gives the same code with
# probability 0.85, else any. How wide is the interval of their κ on $n$ issues? (`agreement(first, second)`; average over some
# simulations.)


# %%
def width(n):
    # BEGIN SOLUTION
    generator = np.random.default_rng(1)
    widths = []
    for _ in range(20):
        first = generator.choice(4, n, p=[0.55, 0.25, 0.15, 0.05])
        second = np.where(generator.random(n) < 0.85, first, generator.choice(4, n))
        row = agreement(list(first.astype(str)), list(second.astype(str))).loc["kappa"]
        widths.append(row["high"] - row["low"])
    return np.nanmean(widths)
    # END SOLUTION


lab.check("how many labelled twice", width)

# %% [markdown]
# ## 5. A plan
#
# You have 40 hours. An issue takes a rater 15 minutes; of those that two raters label, three in ten need 20 minutes of discussion. How many
# issues will you label, how many of them twice, and what does it cost?

# %%
issues, labelled_twice = 100, 40
hours = (issues + labelled_twice) * 0.25 + 0.3 * labelled_twice / 3  # SOLUTION
lab.check("my plan", issues, labelled_twice, hours)

# %% [markdown]
# ## To discuss
#
# - Which hypothesis of your own could such a study decide, and which not?
# - Two raters per issue for half of the issues, or one rater for all of them?
# - Write the plan down as a preregistration: population, filter, sample, codebook, raters, tests, and what you will conclude in which case.

# %%
lab.progress()
