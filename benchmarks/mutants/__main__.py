"""Plant slips and see which the tests notice: ``python -m benchmarks.mutants``; exits with 3 where too many stay unnoticed."""

import argparse
import datetime as dt
import random
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence

from benchmarks.mutants.mutmut_run import batches, changes, copied, git, run, statuses
from benchmarks.mutants.plan import ALLOWED, Area, Change, is_wording, read_areas, read_survivors, write_results

_DONE = ("killed", "timeout")
_UNNOTICED = ("survived", "no tests")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.mutants", description=__doc__)
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "--since", metavar="COMMIT", help="modules that differ from where this branch left COMMIT, and no others"
    )
    which.add_argument(
        "--areas", nargs="+", choices=sorted(read_areas()), metavar="AREA", help="these areas (default: all)"
    )
    parser.add_argument("--most", type=int, metavar="N", help="of each module no more than N slips, drawn by --seed")
    parser.add_argument("--seed", type=int, default=1, help="of the draw (default: %(default)s)")
    parser.add_argument("--minutes", type=float, help="stop after so long; the next run goes on")
    parser.add_argument("--again", action="store_true", help="try anew what went unnoticed before")
    parser.add_argument("--processes", type=int, default=2, help="at one time (default: %(default)s)")
    options = parser.parse_args(arguments)
    ends = time.monotonic() + 60 * options.minutes if options.minutes else None
    failed = False
    for area in _chosen(options.since, options.areas):
        if ends is not None and time.monotonic() > ends:
            print(f"{area.name}: no time left; run it again")
            continue
        failed = _area(area, options, ends) or failed
    return 3 if failed else 0


def _chosen(since: str | None, names: Iterable[str] | None) -> list[Area]:
    areas = read_areas()
    if since is None:
        return [areas[name] for name in names or areas]
    base = git("merge-base", since, "HEAD").strip()
    changed = set(git("diff", "--name-only", base).splitlines())
    touched = [
        area._replace(modules=tuple(name for name in area.modules if name in changed)) for area in areas.values()
    ]
    return [area for area in touched if area.modules]


def _area(area: Area, options: argparse.Namespace, ends: float | None) -> bool:
    """Try an area's slips and tell what came of it; return whether too many went unnoticed."""
    place = copied(area)
    planted = {module: changes(place, module) for module in area.modules}
    drawn = {module: _drawn(found, module, options) for module, found in planted.items()}
    past = {module: statuses(place, module) for module in area.modules}
    settled = (*_DONE, *(() if options.again else _UNNOTICED))
    names = [name for module, found in drawn.items() for name in found if past[module].get(name) not in settled]
    print(f"{area.name}: {len(names)} slips to try, held by {' '.join(area.tests)}", flush=True)
    for part in batches(names):
        left = None if ends is None else ends - time.monotonic()
        if left is None or left > 0:
            run(place, part, seconds=left, processes=options.processes)
    listed = read_survivors()
    rows: dict[str, dict[str, object]] = {}
    unnoticed: list[Change] = []
    tried = 0
    for module, found in drawn.items():
        now = statuses(place, module)
        counts = Counter(now.get(name, "not checked") for name in found)
        missed = [found[name] for name in found if now.get(name) in _UNNOTICED]
        unnoticed += [change for change in missed if change not in listed]
        known = sum(change in listed for change in missed)
        tried += sum(counts[status] for status in (*_DONE, *_UNNOTICED))
        rows[module] = {
            "module": module, "area": area.name, "slips": len(planted[module]),
            "wording": sum(is_wording(change) for change in planted[module].values()),
            "tried": sum(counts[status] for status in (*_DONE, *_UNNOTICED)), "noticed": counts["killed"],
            "never_ended": counts["timeout"], "unnoticed_for_a_reason": known, "unnoticed": len(missed) - known,
            "seed": options.seed if options.most else "", "day": f"{dt.datetime.now(dt.UTC):%Y-%m-%d}",
        }  # fmt: skip
        print(f"  {module}: {dict(counts)}, {known} for a reason")
    write_results(rows)
    for change in unnoticed:
        print(f"\n{change.module}, {change.function}: nobody noticed\n- " + change.before.replace("\n", "\n- "))
        print("+ " + change.after.replace("\n", "\n+ "))
    return bool(unnoticed) if area.guards else len(unnoticed) > ALLOWED * tried


def _drawn(found: dict[str, Change], module: str, options: argparse.Namespace) -> dict[str, Change]:
    """Return the slips to try: none of the wording alone, and of the others no more than asked for."""
    wanted = {name: change for name, change in found.items() if not is_wording(change)}
    if options.most is None or len(wanted) <= options.most:
        return wanted
    names = random.Random(f"{options.seed}/{module}").sample(sorted(wanted), options.most)  # noqa: S311
    return {name: wanted[name] for name in wanted if name in set(names)}


if __name__ == "__main__":
    sys.exit(main())
