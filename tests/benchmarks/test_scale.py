"""What grows with the number of lines, and what must not."""

from measured import Stopwatch, peak_megabytes

from dropcast_local.stack import StackSettings
from pipeline import Pipeline, conversation


def rendered(lines):
    """Render so many lines on a stack of their own; storage operations, peak memory by process, seconds."""
    with Pipeline(StackSettings(engine="tone")) as pipeline:
        pipeline.forget_operations()
        pipeline.read("episodes", "nothing")
        polls = sum(pipeline.operations().values())
        pipeline.forget_operations()
        counted = [0]
        read = pipeline.read

        def counting(*name):
            counted[0] += polls
            return read(*name)

        pipeline.read = counting
        with Stopwatch() as watch:
            report = pipeline.report(pipeline.upload("talk.json", conversation(lines)), seconds=1200)
        assert report["status"] == "succeeded", report["errors"][:3]
        operations = pipeline.operations()
        peaks = {name: peak_megabytes(pid) for name, pid in pipeline.stack.processes.items()}
    return operations, sum(operations.values()) - counted[0], peaks, watch.seconds


def test_storage_operations_and_memory_do_not_grow_with_the_lines(compare, capsys):
    counts = {lines: rendered(lines) for lines in (100, 1_000, 10_000)}
    with capsys.disabled():
        for lines, (operations, total, peaks, seconds) in counts.items():
            print(f"\n{lines} lines: {seconds:.1f} s, {total} operations {operations}, peak MB {peaks}")
    per_line = {lines: total / lines for lines, (_, total, _, _) in counts.items()}
    operations = "storage operations per line, upload and publication included"
    # An episode of 100 lines takes some forty operations of its own, which is what makes the difference.
    compare(operations, ("100 lines", per_line[100]), ("10,000 lines", per_line[10_000]), "operations")
    grown = compare(
        operations, ("10,000 lines", per_line[10_000]), ("1,000 lines", per_line[1_000]), "operations"
    )
    assert 0.9 <= grown <= 1.1
    assert max(per_line.values()) <= 4
    for name, small in counts[1_000][2].items():
        large = counts[10_000][2][name]
        grown = compare(f"peak memory of {name}", ("10,000 lines", large), ("1,000 lines", small), "MB")
        assert grown <= 1.2, name
