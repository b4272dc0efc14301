"""Which objects of the uploads bucket are scripts, by name alone."""

LEFT_ALONE = (".report.json", ".chapters.json", ".transcript.json")  # what an episode leaves behind
LONGEST_STEM = 1024 - len(".transcript.json")  # bytes: Cloud Storage's limit, less the longest ending we add
SHOW = "show.json"  # settings of a folder, not an episode
BATCHES = "batch/"  # the API's own folder, where every name is an id: what comes of it is published nowhere


def is_script_name(name: str) -> bool:
    """Say whether an object of this name is meant to be rendered.

    Hidden files and folders are not, which includes what macOS leaves beside every copied file ("._x.json"),
    and neither is a name so long that the episode could not be named after it.
    """
    segments = name.lower().split("/")
    if any(segment.startswith(".") for segment in segments):
        return False
    file = segments[-1]
    if len(stem(name).encode()) > LONGEST_STEM:
        return False
    if name.startswith(BATCHES):
        return file.endswith(".json")
    return file.endswith(".json") and file != SHOW and not file.endswith(LEFT_ALONE)


def stem(name: str) -> str:
    """Name an episode after its script: "shows/deepseek.json" becomes "shows/deepseek"."""
    return name[: -len(".json")] if name.lower().endswith(".json") else name
