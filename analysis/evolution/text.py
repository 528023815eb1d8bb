"""Numbers and the result at a glance of the chapter on RQ3."""

from collections.abc import Mapping

import pandas as pd

from analysis.claims.ledger import Ledger
from analysis.evolution import sources, tables
from analysis.evolution.claims import CLAIMS
from analysis.evolution.multiverse import ALL, FIRST, estimand
from analysis.evolution.nulls import SHIFTED
from analysis.evolution.releases import DATES, created, observation, release_table
from analysis.evolution.results import Results, named_row
from analysis.evolution.verdict import MEDIUM, rejecting_rho, verdict
from analysis.report.tables import estimate, p_value
from datapackage.tables import records
from methods.association import holm
from methods.correlation import POWER, critical_rho, detectable_rho


def text_numbers(results: Results, ledger: Ledger) -> dict[str, str]:
    """Return the numbers of the text, formatted; see `analysis.report.chapter.Content`."""
    return _tests(results) | _rates(results) | _curve(results) | _record(results) | _verdicts(ledger)


def glance(numbers: Mapping[str, str]) -> str:
    """Return the chapter's result for the README, from the numbers of its text."""
    return (
        f"That larger ONNX releases bring more failures is {numbers['finding']} (printed: {numbers['finding-published']}): ρ = "
        f"{numbers['rho-all']} for all failures, {numbers['rho-type']} for incompatibility and type problems, with "
        f"{numbers['releases']} releases that reach {numbers['power']} power only from ρ = {numbers['detectable-rho']}. Of "
        f"{numbers['specifications']} specifications {numbers['positive']} are positive (p = "
        f"{numbers['p-positive-exchanged']} if sizes are exchanged among all releases, {numbers['p-positive-first-fixed']} if the "
        f"first keeps its own, "
        f"{numbers['p-positive-shifted']} if the others are shifted in time), the median correlation is {numbers['median-r']} "
        f"(p = {numbers['p-median-r-exchanged']}, {numbers['p-median-r-first-fixed']}, {numbers['p-median-r-shifted']})."
    )


def _tests(results: Results) -> dict[str, str]:
    everything, typed = results.tests["s61.rho.all"], results.tests["s61.rho.incompat_type"]
    n, one_sided = everything.n, results.one_sided
    directional = [t._replace(p=one_sided[claim]) for claim, t in results.tests.items()]
    return {
        "medium-rho": f"{MEDIUM:g}",
        "margin-all": _two(everything.high),
        "margin-type": _two(typed.high),
        "power": f"{100 * POWER:.0f} %",
        "rho-all": tables.correlation_text(everything),
        "rho-type": tables.correlation_text(typed),
        "p-all": p_value(everything.p),
        "p-type": p_value(typed.p),
        "p-greater-all": p_value(one_sided["s61.rho.all"]),
        "p-greater-type": p_value(one_sided["s61.rho.incompat_type"]),
        "p-greater-holm": p_value(holm(pd.Series(one_sided)).min()),
        "finding-greater": verdict(directional),
        "rejecting-rho": _two(rejecting_rho(n)),
        "releases": str(n),
        "critical-rho": _two(critical_rho(n)),
        "detectable-rho": _two(detectable_rho(n)),
    }


def _rates(results: Results) -> dict[str, str]:
    names = {"all failures": "all", "incompatibility or type problems": "type", "all failures, none merged": "apart"}
    numbers = {}
    for column, name in names.items():
        row = named_row(results.models[column], "quasi-Poisson")
        numbers[f"ratio-{name}"] = estimate(row["ratio"], row["low"], row["high"])
        numbers[f"p-ratio-{name}"] = p_value(row["p"])
        timed = named_row(results.models[column], "quasi-Poisson, with calendar time")
        numbers[f"ratio-timed-{name}"] = estimate(timed["ratio"], timed["low"], timed["high"])
        numbers[f"p-timed-{name}"] = p_value(timed["p"])
        numbers[f"p-least-{name}"] = p_value(results.models[column]["p"].min())
        numbers[f"p-most-{name}"] = p_value(results.models[column]["p"].max())
    influence = results.influence
    strongest = str(influence["residual"].abs().idxmax())
    row = named_row(influence, strongest)
    apart = results.models["all failures, none merged"]
    everything = pd.concat([results.models["all failures"]["p"], apart["p"], influence["p"]])
    days = results.table.loc[results.table["used"], "days"]
    return numbers | {
        "p-least": p_value(everything.min()),
        "p-most": p_value(everything.max()),
        "dispersion": _two(named_row(results.models["all failures"], "Poisson")["dispersion"]),
        "days-least": str(int(days.min())),
        "days-most": str(int(days.max())),
        "influential": strongest,
        "ratio-without-influential": estimate(row["ratio"], row["low"], row["high"]),
        "p-without-influential": p_value(row["p"]),
    }


def _curve(results: Results) -> dict[str, str]:
    curve = results.curve
    numbers = {
        "specifications": f"{len(curve.specifications):,}",
        "distinct": f"{curve.distinct:,}",
        "draws": f"{curve.draws:,}",
        "shifts": str(int(curve.summary.xs(SHIFTED, level="null")["draws"].iloc[0])),
    }
    for row in records(curve.summary.reset_index()):
        if row["part"] != ALL and row["part"] not in FIRST:
            continue
        name = row["statistic"].replace("_", "-") + ("" if row["part"] == ALL else f"-{row['part']}")
        number = row["statistic"] in ("median_r", "averaged_z")
        numbers[name] = _two(row["observed"]) if number else f"{100 * row['observed']:.0f} %"
        draws = int(row["draws"]) if row["p_error"] else None
        numbers[f"p-{name}-{row['null'].replace('_', '-')}"] = p_value(row["p"], draws=draws)
    medians = curve.specifications.groupby(estimand(curve.specifications))["r"].median()
    low, high = str(medians.idxmin()), str(medians.idxmax())
    return numbers | {
        "drivers": _drivers(results.drivers),
        "estimand-low": f"{low}: {_two(medians[low])}",
        "estimand-high": f"{high}: {_two(medians[high])}",
    }


def _drivers(frame: pd.DataFrame) -> str:
    """Name the three choices whose values differ most in their median correlation, with these medians' range."""
    medians = frame.groupby("choice")["median_r"].agg(["min", "max"])
    medians["range"] = medians["max"] - medians["min"]
    widest = records(medians.nlargest(3, "range").reset_index())
    return ", ".join(f"{tables.choice_text(r['choice'])} ({_two(r['min'])} to {_two(r['max'])})" for r in widest)


def _extremes(variations: pd.DataFrame) -> dict[str, str]:
    numbers: dict[str, str] = {}
    ordered = list(records(variations.sort_values("rho")))
    for name, row in (("lowest", ordered[0]), ("highest", ordered[-1])):
        numbers |= {name: _two(row["rho"]), f"{name}-choice": f"{row['choice']}: {row['value']}".rstrip(": ")}
    return numbers


def _redated(opsets: pd.DataFrame) -> dict[str, str]:
    """Count the releases that the sources date differently, and by how many days at most."""
    days = (
        opsets.drop_duplicates(["source", "opset"]).pivot(index="opset", columns="source", values="released").dropna()
    )
    apart = (days["release_notes"] - days["schema_registry"]).dt.days.abs()
    most = int(apart.max()) if len(apart) else 0
    return {"redated": str(int((apart > 0).sum())), "redated-days": "1 day" if most == 1 else f"{most} days"}


def _record(results: Results) -> dict[str, str]:
    study = results.study
    failures = study.failures
    varied = results.variations.set_index(["choice", "value"])["rho"]
    compared = sources.compare_sources(study.opsets)
    notes = compared[["notes_added", "notes_updated"]].to_numpy().sum()
    return (
        _extremes(results.variations)
        | _redated(study.opsets)
        | {
            "newest": f"{observation(failures).end:%Y-%m-%d}",
            "inexact": str(int(failures["created"].isna().sum())),
            "moved": str(_moved(failures, study.opsets)),
            "rho-earliest": _two(varied["dates", "earliest"]),
            "rho-registry-dates": _two(varied["dates", "releases as the registry dates them"]),
            "functions": str(len(sources.unlisted_operators(study.opsets))),
            "functions-equal": "exactly" if _explained(study.opsets) else "not exactly",
            "changes-notes": str(notes),
            "changes-registry": str(compared[["registry_added", "registry_updated"]].to_numpy().sum()),
            "rho-registry": _two(varied["size", "from schema registry"]),
            "opsets": str(sources.last_noted(study.opsets)),
            "newest-opset": str(int(study.opsets["opset"].max())),
        }
    )


def _moved(failures: pd.DataFrame, opsets: pd.DataFrame) -> int:
    """Failures whose release depends on how a range of dates is read."""
    days = release_table(opsets)["released"].to_numpy("datetime64[s]")
    places = pd.DataFrame({d: days.searchsorted(created(failures, d).to_numpy("datetime64[s]")) for d in DATES})
    return int((places.nunique(axis=1) > 1).sum())


def _explained(opsets: pd.DataFrame) -> bool:
    return sources.unlisted_operators(opsets) == sources.function_operators(opsets)


def _verdicts(ledger: Ledger) -> dict[str, str]:
    finding = next(row for row in records(ledger.of(CLAIMS.name)) if row["claim_id"] == "f7.verdict")
    return ledger.verdict_numbers(CLAIMS.name) | {
        "finding-published": finding["published"],
        "finding": finding["recomputed"],
    }


def _two(value: float) -> str:
    return "–" if pd.isna(value) else f"{value:.2f}"
