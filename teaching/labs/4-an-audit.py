# %% [markdown]
# # Lab 4: An audit
#
# A printed number and the published data disagree. Anybody can say so; an auditor says *why*. In this lab you get three printed tables
# and the data behind them. Find the slip in each, and prove it: write it down as code, apply it to the data, and see the printed numbers
# come out.
#
# Two of the slips happened to a careful study that published its data, which is the only reason why you can find them. The third table is
# invented.
#
# **You need** pandas (`groupby`, `merge`). **You will** learn that a mechanism is a computation: if it gives the printed number on any data,
# it explains nothing.

# %%
import pandas as pd

from analysis.dataset import Study
from teaching.checks import open_lab
from teaching.exercises_an_audit import PRINTED_CONVERSIONS, PRINTED_PROBLEMS, invented_table

lab = open_lab("an_audit")
study = Study()

# %% [markdown]
# ## 1. Who meets problems with ONNX?
#
# The paper prints for the question on problems (Q65 of the survey):

# %%
pd.Series(PRINTED_PROBLEMS, name="printed")

# %% [markdown]
# The data has a row per respondent and chosen option. How many respondents answered, and how many ticked a problem (`crash`, `performance`
# or `other`)?

# %%
answers = study.survey.choices.query("question == 'Q65'")
answers["option"].value_counts()

# %%
answered = answers["respondent"].nunique()  # SOLUTION
with_problems = answers[answers["option"].isin(["crash", "performance", "other"])]["respondent"].nunique()  # SOLUTION
lab.check("recount", answered, with_problems)

# %% [markdown]
# ### The slip
#
# The export of the survey tool has two heading rows: one with the questions' ids, one with their wording. Write a function that takes the
# true number of those who answered and of those who ticked "no common problems", and gives what one finds when the wording is read as
# an answer: (answered, with problems, share).


# %%
def slip(answered, no_problems):
    # BEGIN SOLUTION
    answered = answered + 1
    with_problems = answered - no_problems
    return answered, with_problems, with_problems / answered
    # END SOLUTION


lab.check("slip in the survey", slip)

# %% [markdown]
# ## 2. How often does tf2onnx fail to convert?
#
# Table 11 of the paper, generated models of tf2onnx:

# %%
pd.Series(PRINTED_CONVERSIONS, name="printed")

# %% [markdown]
# The record says of each model what the experiment's script reported, and in which stage an exception was raised. Count tf2onnx's
# exceptions by `error_stage`, as a dictionary.

# %%
own = study.conversions.query("converter == 'tf2onnx'")
own[["model", "reported", "error_stage", "error_class", "difference", "outcome"]].sample(5, random_state=1)

# %%
stages = own[own["reported"] == "exception"]["error_stage"].value_counts().to_dict()  # SOLUTION
lab.check("stages", stages)

# %% [markdown]
# ### The slip
#
# 800, 757, 220 and 43 come out of the same record by another rule. Write it: a function of the frame that gives the four counts.


# %%
def slip_in_table_11(frame):
    # BEGIN SOLUTION
    runtime = frame["error_stage"].isin(["load", "run"])
    exception = frame["reported"] == "exception"
    return {
        "conversion failure": int((exception & ~runtime).sum()),
        "load failure": int(runtime.sum()),
        "mismatch": int((frame["reported"] == "mismatch").sum()),
        "success": int((frame["reported"] == "match").sum()),
    }
    # END SOLUTION


lab.check("slip in Table 11", slip_in_table_11)

# %% [markdown]
# How many of the 800 failed to convert *for certain*? (`outcome` says what the evidence says.) And what are the others?

# %%
truly_failed = (own["outcome"] == "conversion_failure").sum()  # SOLUTION
lab.check("truly failed", truly_failed)

# %%
own[own["reported"] == "exception"].groupby(["error_stage", "error_class"], observed=True).size().sort_values(
    ascending=False
).head(8)

# %% [markdown]
# ## 3. An invented table
#
# Somebody computed the share of failures in node conversion from `failures` and `ratings`, and printed this:

# %%
invented_table().round(3)

# %% [markdown]
# There are 100 failures of each converter. Find what was done, and do it: a function of both frames that gives the same table (columns
# `converter`, `failures`, `share in node conversion`).


# %%
def slip_in_the_third(failures, ratings):
    # BEGIN SOLUTION
    joined = failures.merge(ratings, on="issue")
    hits = joined["location"] == "node_conversion"
    table = hits.groupby(joined["converter"], observed=True).agg(["size", "mean"]).reset_index()
    return table.set_axis(["converter", "failures", "share in node conversion"], axis=1)
    # END SOLUTION


lab.check("slip in the third table", slip_in_the_third)

# %% [markdown]
# ## To discuss
#
# - Which of the three slips changes a conclusion?
# - A search over many possible slips will find one that fits by chance. How would you judge how good an explanation is?
# - What would you ask authors to publish so that the next audit takes an hour?

# %%
lab.progress()
