"""Count models against R."""

import numpy as np
import pandas as pd
import pytest

from analysis.dataset import Study
from analysis.evolution.pipeline import Options, per_release
from analysis.evolution.rates import fitted_rates, leave_one_out, rate_models


@pytest.fixture(scope="module")
def table(study: Study) -> pd.DataFrame:
    return per_release(study.failures, study.opsets, Options())


def test_the_models_are_rs(table: pd.DataFrame) -> None:
    # R 4.2.2 with MASS: y = failures, d = days, s = operators of the eleven releases
    #   glm(y ~ log2(s) + offset(log(d)), family = quasipoisson)
    #     log2(s) 0.1127505169  se 0.06584245933  t 1.712428698  Pr 0.1209720701   dispersion 1.770959581
    #   glm.nb(y ~ log2(s) + offset(log(d)))
    #     log2(s) 0.1126091126  se 0.06277227249  z 1.793930794  Pr 0.07282421569  1/theta 0.03110636486
    models = rate_models(table)
    quasi, negative = models.loc["quasi-Poisson"], models.loc["negative binomial"]
    assert np.log(quasi["ratio"]) == pytest.approx(0.1127505169, abs=1e-8)
    assert quasi["p"] == pytest.approx(0.1209720701, abs=1e-6)
    assert quasi["dispersion"] == pytest.approx(1.770959581, abs=1e-5)
    assert np.log(negative["ratio"]) == pytest.approx(0.1126091126, abs=1e-5)
    assert negative["p"] == pytest.approx(0.07282421569, abs=1e-4)
    assert negative["dispersion"] == pytest.approx(0.03110636486, rel=1e-2)
    assert models.loc["Poisson", "high"] < quasi["high"]
    assert models.index.name == "model"


def test_the_band_of_the_fitted_rate_is_rs(table: pd.DataFrame) -> None:
    # R 4.2.2: m as above; p <- predict(m, data.frame(s = c(4, 20, 64), d = 30), se.fit = TRUE); q <- qt(0.975, 9)
    #   exp(cbind(p$fit, p$fit - q * p$se.fit, p$fit + q * p$se.fit))
    fitted = fitted_rates(table, np.array([4.0, 20, 64]))
    assert fitted["rate"].tolist() == pytest.approx([2.622481317, 3.407297755, 4.116992844], abs=1e-6)
    assert fitted["low"].tolist() == pytest.approx([1.758234240, 2.741270192, 2.933457482], abs=1e-6)
    assert fitted["high"].tolist() == pytest.approx([3.911542673, 4.235145454, 5.778038435], abs=1e-6)
    assert fitted_rates(table[:2], np.array([4.0]))["rate"].isna().all()


def test_calendar_time_is_held_fixed_in_a_quasi_poisson_model(table: pd.DataFrame) -> None:
    timed = rate_models(table, "incompatibility_or_type").loc["quasi-Poisson, with calendar time"]
    assert timed[["ratio", "low", "high", "p"]].tolist() == pytest.approx([1.275, 1.015, 1.602, 0.0397], abs=1e-3)
    every = rate_models(table).loc["quasi-Poisson, with calendar time"]
    assert every[["ratio", "low", "high", "p"]].tolist() == pytest.approx([1.152, 0.952, 1.395, 0.1255], abs=1e-3)


def test_one_release_less_at_a_time(table: pd.DataFrame) -> None:
    frame = leave_one_out(table)
    assert frame.index.name == "label"
    assert frame.index.tolist() == table.loc[table["used"], "label"].tolist()
    assert (frame["n"] == 10).all()
    assert frame["residual"].abs().idxmax() == "2–7"
    assert frame["leverage"].sum() == pytest.approx(2)  # as many as coefficients
    without = table[table["label"] != "2–7"]
    assert frame.loc["2–7", "ratio"] == pytest.approx(rate_models(without).loc["quasi-Poisson", "ratio"])


def test_a_known_ratio_is_found() -> None:
    size = np.array([2.0, 4, 8, 16, 32, 64])
    days = np.array([50.0, 100, 150, 200, 100, 50])
    failures = np.round(days * 3 * 1.5 ** np.log2(size) + [2, -1, 1, -2, 1, -1])
    frame = pd.DataFrame(
        {
            "label": list("abcdef"), "used": True, "days": days, "size": size, "all": failures,
            "released": pd.date_range("2020-01-01", periods=6, freq="90D"),
        }
    )  # fmt: skip
    assert rate_models(frame).loc["Poisson", "ratio"] == pytest.approx(1.5, abs=0.01)


@pytest.mark.parametrize("size", [[5.0, 5, 5, 5], [1.0, 2, 3, np.nan]])
def test_what_cannot_be_fitted_is_undefined(size: list[float]) -> None:
    frame = pd.DataFrame(
        {
            "label": list("abcd"), "used": [True, True, False, False], "days": 100, "size": size, "all": [1, 2, 3, 4],
            "released": pd.date_range("2020-01-01", periods=4, freq="90D"),
        }
    )  # fmt: skip
    assert rate_models(frame)["ratio"].isna().all()
