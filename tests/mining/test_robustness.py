"""A slice of the campaign of generated misbehaviours; the whole of it is `python -m benchmarks.robustness --mining`."""

import random

import pytest

from benchmarks.robustness.mining import GOOD, RUNS, Campaign, cases
from demo.github_server.misbehaviours import FETCH_ENDPOINTS, HYDRATE_ENDPOINTS, build, kinds

# faults that hold a connection until the request's limit take seconds each: the campaign has them
QUICK = [case for case in cases(7, 150) if not {"connection", "encoding"} & {kind for _, kind in case.faults}][:8]


@pytest.fixture(scope="module")
def campaign(schema):
    with Campaign(7, issues=20) as running:
        yield running


@pytest.mark.parametrize("case", QUICK, ids=lambda case: case.name)
def test_a_run_ends_in_one_of_three_good_ways_and_a_healthy_server_mends_it(case, campaign):
    judgement = campaign.judge(case)
    assert judgement.verdict in GOOD, judgement.text


def test_a_campaign_tries_every_kind_at_every_endpoint_healing_and_not():
    tried = {(*case.faults[0], case.heals) for case in cases(1, RUNS) if len(case.faults) == 1}
    endpoints = (*FETCH_ENDPOINTS, *HYDRATE_ENDPOINTS)
    assert tried == {(name, kind, heals) for name in endpoints for kind in kinds(name) for heals in (True, False)}
    assert any(len(case.faults) == 2 for case in cases(1, RUNS))
    assert cases(1, 50) == cases(1, RUNS)[:50]


def test_the_same_seed_builds_the_same_fault():
    def drawn(seed):
        fault = build("status", "Issues", random.Random(seed), heals=True)
        return fault.status, str(fault.body), fault.skip, fault.times

    assert drawn(4) == drawn(4)
    assert len({drawn(seed) for seed in range(20)}) > 10
