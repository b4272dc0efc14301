"""What becomes of a deployment as it is asked for more, on paper: the tables of docs/scale.md."""

from statistics import median

import simulated
import simulated_flow as flow
from simulated_events import Simulation
from simulated_limits import DAY, Load


def test_a_day_of_every_size(capsys):
    with capsys.disabled():
        print(*("\n".join(["", *table]) for table in simulated.tables()), sep="\n")
    assert simulated.figures(simulated.AS_DEPLOYED[0]).median < 120


def test_a_million_lines_in_half_a_day_event_by_event_are_what_flows(compare):
    deployment, drops = simulated.MORE, Load(10_000, 100, within=DAY / 2).drops()
    run = Simulation(deployment, drops).run()
    flowing = flow.walls(deployment, drops, simulated.kept(deployment))
    assert sum(each.spoken for each in run.conversations) == 1_000_000
    ratio = compare(
        "a million lines, dropped in half a day: half of them after",
        ("event by event", median(run.walls) / 3600),
        ("as a flow", median(flowing) / 3600),
        "h",
    )
    assert 0.9 < ratio < 1.1
