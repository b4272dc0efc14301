"""The command `dropcast`: what can be said on the command line. What it does is in commands/."""

import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import Annotated
from urllib.parse import urlsplit

import typer

from dropcast_local.children import ChildFailed
from dropcast_local.data_folder import FolderInUse, default_data_folder
from dropcast_local.failures import Failed
from dropcast_local.problems import complain
from dropcast_local.submission import CannotSubmit

SUCCEEDED, FAILED, MISUSED, INTERRUPTED = 0, 1, 2, 130
INTERRUPTED_HERE = "Interrupted; the same command goes on where it was."
BATCH_INTERRUPTED = "Interrupted; what was submitted goes on: see dropcast batch list."
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

app = typer.Typer(
    name="dropcast",
    help="Drop a conversation, get a finished episode back: on this machine, or from a deployed pipeline.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
batch = typer.Typer(
    help="Have batches synthesized by a batch synthesis API, such as dropcast up serves.",
    no_args_is_help=True,
)
app.add_typer(batch, name="batch")

Scripts = Annotated[
    list[Path],
    typer.Argument(help="Scripts, or folders with scripts in them.", exists=True, metavar="FILE|FOLDER…"),
]
Data = Annotated[
    Path | None,
    typer.Option(
        help="Folder in which the local stack keeps clips and jobs; see dropcast cache "
        "[default: dropcast in $XDG_CACHE_HOME, or else ~/.cache/dropcast]."
    ),
]
JobsBucket = Annotated[
    str | None, typer.Option(envvar="DROPCAST_JOBS", metavar="gs://…", help="Jobs bucket of a deployed one.")
]
Engine = Annotated[
    str, typer.Option(envvar="DROPCAST_ENGINE", hidden=True, help="espeak, or tone for tests.")
]

Project = Annotated[
    str | None, typer.Option(metavar="PROJECT", help="Project of a deployed one [default: this machine].")
]
Region = Annotated[str, typer.Option(metavar="REGION", help="Region that it is deployed in.")]
Name = Annotated[str, typer.Option(metavar="NAME", help="What its names begin with.")]


def _address(url: str) -> str:
    with suppress(ValueError):
        parts = urlsplit(url)
        if parts.scheme in ("http", "https") and parts.hostname:
            return url
    raise typer.BadParameter(f"{url!r} is no address; write one such as http://127.0.0.1:8080/api")


Url = Annotated[
    str,
    typer.Option(
        envvar="DROPCAST_API",
        metavar="URL",
        help="Address of the API, to which /texttospeech/… is appended.",
        callback=_address,
    ),
]
Key = Annotated[
    str, typer.Option(envvar="DROPCAST_API_KEY", metavar="KEY", help="Subscription key of that API.")
]
BatchId = Annotated[str, typer.Argument(metavar="ID", help="Id of a batch.")]


def main() -> None:
    """Run the command line. A signal ends it as Ctrl-C does: in order, leaving nothing behind."""
    if sys.stdin is None:  # else the next file that is opened would pass for standard input
        os.open(os.devnull, os.O_RDONLY)
    os.environ.setdefault("GRPC_VERBOSITY", "ERROR")
    for number in SIGNALS:
        signal.signal(number, _interrupt)
    app()


def _show_version(asked: bool) -> None:  # noqa: FBT001  # as typer calls it
    if asked:
        from importlib.metadata import version

        print(f"dropcast {version('dropcast')}")
        raise typer.Exit


@app.callback()
def _before_any_command(
    *,
    _version: Annotated[
        bool, typer.Option("--version", help="Print the version.", is_eager=True, callback=_show_version)
    ] = False,
) -> None:
    pass


@app.command()
def render(
    scripts: Scripts,
    *,
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder for the episodes.")] = Path(
        "episodes"
    ),
    force: Annotated[bool, typer.Option("--force", help="Render also what was rendered before.")] = False,
    uploads: Annotated[
        str | None,
        typer.Option(envvar="DROPCAST_UPLOADS", metavar="gs://…", help="Uploads bucket of a deployed one."),
    ] = None,
    episodes: Annotated[
        str | None,
        typer.Option(envvar="DROPCAST_EPISODES", metavar="gs://…", help="Episodes bucket of a deployed one."),
    ] = None,
    jobs: JobsBucket = None,
    data: Data = None,
    timeout: Annotated[
        float, typer.Option(help="Seconds without any change after which to give up.", min=1)
    ] = 600,
    engine: Engine = "espeak",
) -> None:
    """Render scripts to episodes.

    On this machine, unless told where a deployed pipeline has its buckets.
    What was rendered from the same content before is skipped; lines that did not change are not spoken anew.

    A script says itself which files it becomes ("outputs"; MP3 and captions if it does not).
    The recordings that it names are looked for beside it, or below the folder that is rendered.
    """
    from dropcast_local.commands.render import Rendering
    from dropcast_local.commands.render import render as run
    from dropcast_local.pipeline import Buckets

    buckets = None
    if uploads or episodes:
        if not (uploads and episodes):
            raise typer.BadParameter("--uploads and --episodes belong together: give both or neither")
        buckets = Buckets(_bucket(uploads), _bucket(episodes), _bucket(jobs) if jobs else None)
    rendering = Rendering(
        paths=scripts,
        output=output,
        force=force,
        buckets=buckets,
        data=data or default_data_folder(),
        timeout=timeout,
        engine=engine,
    )
    _end_with(lambda: run(rendering))


@app.command()
def up(
    *,
    port_range: Annotated[
        str | None, typer.Option(metavar="A-B", help="Use only these ports [default: any free ones].")
    ] = None,
    data: Annotated[
        Path | None, typer.Option(help="Folder that keeps everything [default: nothing is kept].")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON line with the endpoints, and watch no folder.")
    ] = False,
    drop: Annotated[
        Path | None, typer.Option(help="Folder to watch: a file copied into it is an upload [default: drop].")
    ] = None,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Folder into which finished episodes come.")
    ] = Path("episodes"),
    delay_ms: Annotated[int, typer.Option(help="The least time that speech takes to answer.", min=0)] = 0,
    requests_per_minute: Annotated[
        int | None, typer.Option(help="Speech quota of each family of voices [default: none].", min=1)
    ] = None,
    twice: Annotated[
        bool, typer.Option("--twice", help="Tell and deliver everything twice, as the real services may.")
    ] = False,
    engine: Engine = "espeak",
) -> None:
    """Keep the local stack running, until Ctrl-C.

    Prints where everything answers, and watches a folder: a script copied into it is rendered, once the
    recordings that it names lie there, too.
    """
    from dropcast_local.commands.up import Up
    from dropcast_local.commands.up import up as run
    from dropcast_local.stack import StackSettings

    settings = StackSettings(
        data=data,
        engine=engine,
        delay_ms=delay_ms,
        requests_per_minute=requests_per_minute,
        notify_twice=twice,
        deliver_twice=twice,
        ports=_ports(port_range),
        tls=not as_json,
    )
    watched = drop if as_json else drop or Path("drop")
    _end_with(lambda: run(Up(settings, watched, output, as_json)))


@app.command()
def validate(
    scripts: Annotated[
        list[Path],
        typer.Argument(
            help="Scripts, or folders with scripts in them; - is standard input.",
            metavar="FILE|FOLDER…",  # typer's own check that it exists takes no "-"
        ),
    ],
) -> None:
    """Tell everything that is wrong with scripts.

    All of it at once, each problem with its place in the file. Needs no network.
    A recording that is not beside its script is a warning: only render knows what a bucket has.
    """
    from dropcast_local.commands.validate import validate as run

    _end_with(lambda: run(scripts))


@app.command()
def voices(
    language: Annotated[
        str | None, typer.Option(help="Language whose voices to list, such as fr-FR.", metavar="LANGUAGE")
    ] = None,
) -> None:
    """List voices and what each can do.

    Without a language: the families of voices, and the languages. Needs no network.
    """
    from dropcast_local.commands.voices import show_voices

    _end_with(lambda: show_voices(language))


@app.command()
def estimate(scripts: Scripts, jobs: JobsBucket = None, data: Data = None) -> None:
    """Estimate what scripts would take.

    Characters by family of voices, what is cached already, the price, the length, the least time.
    """
    from dropcast_local.commands.estimate import estimate as run

    _end_with(lambda: run(scripts, _bucket(jobs) if jobs else None, data or default_data_folder()))


@app.command()
def cache(
    *,
    clear: Annotated[bool, typer.Option("--clear", help="Remove what is kept there.")] = False,
    data: Data = None,
) -> None:
    """Print where the local stack keeps clips and jobs, and how much; or clear that."""
    from dropcast_local.commands.cache import cache as run

    _end_with(lambda: run(data or default_data_folder(), clear_it=clear))


@app.command()
def doctor(
    *,
    project: Project = None,
    region: Region = "europe-west1",
    name: Name = "dropcast",
    requests_per_minute: Annotated[
        int, typer.Option(help="Requests a minute that Text-to-Speech grants the project.", min=1)
    ] = 200,
    seconds: Annotated[float, typer.Option(help="Seconds that one of them takes.", min=0.1)] = 2,
    as_json: Annotated[bool, typer.Option("--json", help="Print what is found as JSON.")] = False,
    data: Data = None,
    engine: Engine = "espeak",
) -> None:
    """Check whether a dropcast is well: everything is there, nobody may do more, nothing is stuck.

    One line a check: ok, warn, fail or unknown, what it is about, what to do. Ends with 1 where any fails.

    On this machine: starts the local stack over its folder; or looks at the one that dropcast up keeps
    running, where STORAGE_EMULATOR_HOST, PUBSUB_EMULATOR_HOST and SPEECH_EMULATOR_HOST say where.
    """
    from dropcast_local.checkup.facts import Quota
    from dropcast_local.commands.doctor import Doctor
    from dropcast_local.commands.doctor import doctor as run
    from dropcast_local.reach import Cloud, Folder, whereabouts

    cloud = Cloud(project, region, name) if project else None
    folder = Folder(data or default_data_folder(), engine)
    quota = Quota(requests_per_minute, seconds)
    _end_with(lambda: run(Doctor(whereabouts(cloud, folder), quota, as_json)))


@app.command()
def replay(
    *,
    project: Project = None,
    region: Region = "europe-west1",
    name: Name = "dropcast",
    job: Annotated[str | None, typer.Option(metavar="JOB", help="Only what is about this job.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be replayed.")] = False,
    data: Data = None,
    engine: Engine = "espeak",
) -> None:
    """Replay dead letters: publish what was given up again, where it came from.

    That helps a job that stands still; one that ended stays as it ended, and its script is dropped again.
    On this machine as dropcast doctor: the local stack's own, or that of a running dropcast up.
    """
    from dropcast_local.commands.replay import Replay
    from dropcast_local.commands.replay import replay as run
    from dropcast_local.reach import Cloud, Folder, whereabouts

    cloud = Cloud(project, region, name) if project else None
    folder = Folder(data or default_data_folder(), engine)
    _end_with(lambda: run(Replay(whereabouts(cloud, folder), job, dry_run)))


@app.command()
def schema() -> None:
    """Print the JSON Schema of a conversation."""
    import json

    from dropcast.scripts.schema import conversation_schema

    print(json.dumps(conversation_schema(), ensure_ascii=False, indent=2))


@batch.command()
def submit(
    file: Annotated[
        Path,
        typer.Argument(help="A batch synthesis request.", exists=True, dir_okay=False, metavar="FILE"),
    ],
    *,
    url: Url,
    key: Key,
    batch_id: Annotated[
        str | None,
        typer.Option("--id", metavar="ID", help="Id to give it [default: of the file's name and content]."),
    ] = None,
    wait: Annotated[bool, typer.Option("--wait", help="Return when it is over.")] = False,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FOLDER", help="Wait, and unpack the results into it."),
    ] = None,
) -> None:
    """Submit a batch synthesis request.

    One that was submitted before, with the same content and no id, is not made again but followed.
    """
    from dropcast_local.batch_client import BatchClient
    from dropcast_local.commands.batch import Submission
    from dropcast_local.commands.batch import submit as run

    _end_with(lambda: run(BatchClient(url, key), Submission(file, batch_id, wait, output)), BATCH_INTERRUPTED)


@batch.command()
def status(batch_id: BatchId, *, url: Url, key: Key) -> None:
    """Print how a batch stands."""
    from dropcast_local.batch_client import BatchClient
    from dropcast_local.commands.batch import status as run

    _end_with(lambda: run(BatchClient(url, key), batch_id))


@batch.command("list")
def list_batches(*, url: Url, key: Key) -> None:
    """List all batches of the key, the newest first."""
    from dropcast_local.batch_client import BatchClient
    from dropcast_local.commands.batch import show_list

    _end_with(lambda: show_list(BatchClient(url, key)))


@batch.command()
def delete(batch_id: BatchId, *, url: Url, key: Key) -> None:
    """Delete a batch and its results; one that runs ends."""
    from dropcast_local.batch_client import BatchClient
    from dropcast_local.commands.batch import delete as run

    _end_with(lambda: run(BatchClient(url, key), batch_id))


@batch.command()
def download(
    batch_id: BatchId,
    *,
    url: Url,
    key: Key,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE|FOLDER",
            help="Where to put the archive, or the files in it [default: results.zip; or a folder named ID].",
        ),
    ] = None,
    unpack: Annotated[bool, typer.Option("--unpack", help="Unpack the archive into a folder.")] = False,
) -> None:
    """Download the results of a batch that is over."""
    from dropcast_local.batch_client import BatchClient
    from dropcast_local.commands.batch import download as run

    _end_with(lambda: run(BatchClient(url, key), batch_id, output, unpacked=unpack))


@app.command(hidden=True)
def demo(engine: Engine = "espeak") -> None:
    """Render the main example from nothing into build/demo."""
    from dropcast_local.commands.demo import demo as run

    _end_with(lambda: run(engine))


def _end_with(run: Callable[[], int], interrupted: str = INTERRUPTED_HERE) -> None:
    """Run a command and end with its exit code; what it cannot do is said in a sentence."""
    try:
        code = run()
    except CannotSubmit as error:
        complain(str(error))
        code = MISUSED
    except (Failed, ChildFailed, FolderInUse) as error:
        complain(str(error))
        code = FAILED
    except BrokenPipeError:  # whoever read our output has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = SUCCEEDED
    except OSError as error:
        complain(f"{error.filename or 'dropcast'}: {error.strerror or error}")
        code = FAILED
    except KeyboardInterrupt:
        complain(interrupted)
        code = INTERRUPTED
    raise typer.Exit(code)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    for number in SIGNALS:  # one is enough: a second must not keep the first from ending things in order
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def _bucket(address: str) -> str:
    name = address.removeprefix("gs://").removesuffix("/")
    if not name or "/" in name:
        raise typer.BadParameter(f"{address!r} is no bucket; write gs://my-bucket")
    return name


def _ports(text: str | None) -> str | None:
    if text is None:
        return None
    first, _, last = text.partition("-")
    if not (first.isdecimal() and last.isdecimal() and 0 < int(first) <= int(last) < 65536):
        raise typer.BadParameter(f"{text!r} is no range of ports; write one such as 9000-9010")
    return text
