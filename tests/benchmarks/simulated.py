"""What happens at 1, 100 and 10,000 conversations a day: the tables of docs/scale.md, as Markdown.

python tests/benchmarks/simulated.py
"""

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from statistics import median, quantiles

if __name__ == "__main__":
    sys.path.append(str(Path(__file__).parents[2] / "functions"))

import simulated_flow as flow
import simulated_limits as limits
from simulated_costs import Cost, cost
from simulated_events import Simulation
from simulated_limits import DAY, Deployment, Drop, Load

MOST_BY_EVENTS = 25_000  # lines; what is more flows
SAMPLE = 20_000  # lines that show what refused pushes leave of the pace
SIZES = (100, 10_000)


@dataclass(frozen=True, slots=True)
class Scenario:
    """A load on a deployment; `among` is a conversation in its midst whose own time does not count."""

    load: Load
    deployment: Deployment
    among: Drop | None = None


@dataclass(frozen=True, slots=True)
class Figures:
    """What a scenario comes to: seconds, lines waiting at most, the limit that binds.

    `day` is the share of a day that its work takes, `quota` the share of the speech quota used meanwhile.
    """

    median: float
    p95: float
    queue: float
    day: float
    quota: float
    limit: str
    by: str

    @property
    def good_days(self) -> float:
        """How many days of such a load go by before jobs wait for so long that sweep gives them up."""
        return limits.MESSAGE_DAYS / (self.day - 1) if self.day > 1 else float("inf")


DEPLOYED = Deployment()
ENOUGH = Deployment(seconds=2.5)
MORE = Deployment(requests_per_minute=1_000, seconds=2.5)
HUNDRED = Deployment(requests_per_minute=1_000, seconds=2.5, stacks=100)

AS_DEPLOYED = [
    Scenario(Load(1, 100), DEPLOYED),
    Scenario(Load(100, 100), DEPLOYED),
    Scenario(Load(10_000, 100), DEPLOYED),
    Scenario(Load(1, 10_000), DEPLOYED),
    Scenario(Load(100, 10_000), DEPLOYED),
    Scenario(Load(10_000, 10_000), DEPLOYED),
    Scenario(Load(100, 100, within=7_200), DEPLOYED, among=Drop(0, 10_000)),
]
THEN = [
    Scenario(Load(100, 100), ENOUGH),
    Scenario(Load(1, 10_000), ENOUGH),
    Scenario(Load(10_000, 100), MORE),
    Scenario(Load(100, 10_000), MORE),
    Scenario(Load(10_000, 10_000), HUNDRED),
]


def figures(scenario: Scenario) -> Figures:
    """Simulate a day of the busiest stack, until its last episode is there."""
    deployment = scenario.deployment
    own = scenario.load.drops(deployment.stacks)
    drops = sorted([*own, scenario.among] if scenario.among else own, key=lambda drop: drop.at)
    lines = sum(drop.lines for drop in drops)
    if lines <= MOST_BY_EVENTS:
        run = Simulation(deployment, drops).run()
        by, walls, queue = "events", run.walls, float(run.push.longest)
    else:
        by, walls = "flow", flow.walls(deployment, drops, kept(deployment))
        queue = flow.longest_queue(deployment, drops, kept(deployment))
    counted = [wall for drop, wall in zip(drops, walls, strict=True) if drop is not scenario.among]
    limit, pace = flow.narrowest(deployment)
    pace *= kept(deployment)
    return Figures(
        median=median(counted),
        p95=_p95(counted),
        queue=queue,
        day=lines / (pace * DAY),
        quota=pace * 60 / deployment.requests_per_minute,
        limit=limit,
        by=by,
    )


@cache
def kept(deployment: Deployment) -> float:
    """Return the share of the pace that is left where Pub/Sub pushes too much, is refused, and pauses."""
    sample = [Drop(0, SAMPLE)]
    [flowing] = flow.walls(deployment, sample)
    [by_events] = Simulation(deployment, sample).run().walls
    return min(1.0, flowing / by_events)


def day_table(scenarios: Iterable[Scenario]) -> list[str]:
    """Return a row for each scenario."""
    head = "a day | deployment | median | 95 % | queue | day | quota | limit | $ each | $ a day | by"
    return _table(head, [_row(scenario) for scenario in scenarios])


def limits_table(deployments: Sequence[Deployment]) -> list[str]:
    """Return how many lines a second each limit lets through."""
    paces = [flow.paces(deployment) for deployment in deployments]
    head = " | ".join(["lines a second", *map(_name, deployments)])
    return _table(head, [[name, *(_number(pace[name]) for pace in paces)] for name in paces[0]])


def cost_table(deployment: Deployment) -> list[str]:
    """Return what conversations of each size cost, part by part."""
    costs = [cost(lines, deployment) for lines in SIZES]
    parts = [field.name for field in fields(Cost) if field.name != "kept"]
    rows = [[name, *(_dollars(getattr(each, name)) for each in costs)] for name in parts]
    rows.append(["all", *(_dollars(each.total) for each in costs)])
    rows.append(["each further month of the episode", *(_dollars(each.kept) for each in costs)])
    return _table(" | ".join(["$", *(f"{lines:,} lines" for lines in SIZES)]), rows)


def tables() -> list[list[str]]:
    """Return all tables, in the order of the document."""
    return [
        day_table(AS_DEPLOYED),
        day_table(THEN),
        limits_table([DEPLOYED, ENOUGH, MORE]),
        cost_table(DEPLOYED),
    ]


def _row(scenario: Scenario) -> list[str]:
    load, found = scenario.load, figures(scenario)
    each = cost(load.lines, scenario.deployment).total
    among = " in 2 h, behind one of 10,000 lines" if scenario.among else ""
    end = f"; given up after {_time(found.good_days * DAY)}" if found.day > 1 else ""
    return [
        f"{load.conversations:,} × {load.lines:,} lines{among}",
        _name(scenario.deployment),
        _time(found.median),
        _time(found.p95),
        f"{found.queue:,.0f}",
        _share(found.day),
        _share(found.quota),
        found.limit + end,
        _dollars(each),
        _dollars(each * load.conversations),
        found.by,
    ]


def _name(deployment: Deployment) -> str:
    stack = f"{deployment.requests_per_minute:,}/min, {deployment.workers} workers"
    return stack if deployment.stacks == 1 else f"{deployment.stacks} × {stack}"


def _table(head: str, rows: Iterable[Sequence[str]]) -> list[str]:
    rule = "|".join("---" for _ in head.split("|"))
    return [f"| {head} |", f"|{rule}|", *(f"| {' | '.join(row)} |" for row in rows)]


def _p95(values: Sequence[float]) -> float:
    return quantiles(values, n=20, method="inclusive")[-1] if len(values) > 1 else values[0]


def _time(seconds: float) -> str:
    for size, name, until in ((1, "s", 180), (60, "min", 10_800), (3600, "h", 172_800)):
        if seconds < until:
            return f"{seconds / size:.0f} {name}"
    return f"{seconds / DAY:.1f} days"


def _share(share: float) -> str:
    return "under 1%" if share < 0.01 else f"{share:.0%}" if share < 10 else f"{share:,.0f} times"


def _number(value: float) -> str:
    return f"{value:,.1f}" if value < 100 else f"{value:,.0f}"


def _dollars(value: float) -> str:
    if value >= 1_000:
        return f"{value:,.0f}"
    if value < 0.0001:
        return "under 0.0001"
    return f"{value:,.2f}" if value >= 0.1 else f"{value:.2g}"


if __name__ == "__main__":
    print("\n\n".join("\n".join(table) for table in tables()))
