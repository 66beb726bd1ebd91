"""The published figures, to the tolerances that tell a right implementation from a nearly right one."""

import numpy as np
import pytest

from api.intelligence.clv import BetaGeoBetaBinomial, BetaGeoNBD, GammaGamma, ModifiedBetaGeoNBD, ParetoNBD
from tests.intelligence import cdnow
from tests.support.datasets import rows


def test_bg_nbd_gives_the_parameters_and_expectations_of_fader_hardie_and_lee() -> None:
    model = BetaGeoNBD(prior=None).fit(*cdnow.weeks())
    published = {"r": 0.2426, "alpha": 4.4136, "a": 0.7929, "b": 2.4259}
    assert model.params_ == pytest.approx(published, rel=1e-3)
    assert model.log_likelihood_ == pytest.approx(-9582.429, abs=5e-4)
    assert not model.degenerate_
    found = model.expected_purchases([0.1429, 1, 3, 31.8571, 32, 78])
    assert found == pytest.approx([0.0078, 0.0532, 0.1506, 1.0405, 1.0437, 1.8580], abs=1e-4)
    assert model.conditional_expected_purchases(39, [2], [30.43], [38.86]) == pytest.approx([1.226], rel=5e-4)


def test_bg_nbd_foretells_the_second_half_as_well_as_in_the_paper() -> None:
    expected = BetaGeoNBD(prior=None).fit(*cdnow.weeks()).conditional_expected_purchases(39, *cdnow.weeks())
    assert np.corrcoef(expected, cdnow.bought_later())[0, 1] == pytest.approx(0.626, abs=5e-4)


def test_pareto_nbd_gives_the_published_parameters_and_standard_errors() -> None:
    model = ParetoNBD(prior=None).fit(*cdnow.weeks())
    assert model.params_ == pytest.approx({"r": 0.5533, "alpha": 10.578, "s": 0.6062, "beta": 11.669}, rel=1e-3)
    assert model.log_likelihood_ == pytest.approx(-9594.976, abs=5e-4)
    errors = {"r": 0.0476, "alpha": 0.8427, "s": 0.1873, "beta": 6.211}
    assert model.standard_errors_ == pytest.approx(errors, rel=2e-3)
    expected = model.conditional_expected_purchases(39, *cdnow.weeks())
    assert np.corrcoef(expected, cdnow.bought_later())[0, 1] == pytest.approx(0.630, abs=5e-4)


def test_mbg_nbd_gives_the_parameters_of_btydplus() -> None:
    model = ModifiedBetaGeoNBD(prior=None).fit(*cdnow.weeks())
    assert model.params_ == pytest.approx({"r": 0.5248, "alpha": 6.1831, "a": 0.8914, "b": 1.6140}, rel=1e-3)


def test_gamma_gamma_gives_the_parameters_of_fader_and_hardie() -> None:
    found = cdnow.summary()
    model = GammaGamma(prior=None).fit(found.frequency, found.mean_value)
    assert model.n_ == 946
    assert model.params_ == pytest.approx({"p": 6.25, "q": 3.74, "gamma": 15.44}, rel=1.5e-3)


def test_gamma_gamma_takes_the_published_summary_as_well() -> None:
    found = rows("cdnow_summary_with_zbar.csv")
    model = GammaGamma(prior=None).fit([float(row["x"]) for row in found], [float(row["zbar"]) for row in found])
    assert model.params_ == pytest.approx({"p": 6.25, "q": 3.74, "gamma": 15.44}, rel=1.5e-3)


def test_bg_bb_gives_the_parameters_of_fader_hardie_and_shang() -> None:
    found = rows("donations_bgbb.csv")
    columns = [np.array([float(row[name]) for row in found]) for name in ("frequency", "recency", "periods", "weights")]
    model = BetaGeoBetaBinomial(prior=None).fit(*columns)
    published = {"alpha": 1.204, "beta": 0.750, "gamma": 0.657, "delta": 2.783}
    assert model.params_ == pytest.approx(published, rel=1e-3)
    assert model.log_likelihood_ == pytest.approx(-33225.6, abs=0.05)


def test_the_table_of_transactions_gives_the_published_summary() -> None:
    published = rows("cdnow_summary_x_tx_T.csv")
    frequency, recency, age = cdnow.weeks()
    assert frequency.tolist() == [int(row["frequency"]) for row in published]
    assert recency == pytest.approx([float(row["recency"]) for row in published], abs=5.1e-3)
    assert age == pytest.approx([float(row["T"]) for row in published], abs=5.1e-3)
