"""`dropcast demo`: the main conversation of examples/, from nothing, on a stack of its own."""

import shutil
from pathlib import Path

import dropcast
from dropcast_local.commands.render import Rendering, render

REPOSITORY = Path(dropcast.__file__).parents[2]


def demo(engine: str) -> int:
    """Render the example into build/demo, afresh each time."""
    output = REPOSITORY / "build" / "demo"
    shutil.rmtree(output, ignore_errors=True)
    script = REPOSITORY / "examples" / "conversation.json"
    return render(Rendering(paths=[script], output=output, engine=engine))
