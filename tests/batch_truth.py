"""What a batch's results say, held against what they are: everything is computed again from the files."""

import io
import json
import re
import subprocess
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from xml.sax.saxutils import unescape

from dropcast.gateways.ffmpeg import ffmpeg_program

HEADERLESS = {"pcm": "s16le", "alaw": "alaw", "mulaw": "mulaw"}  # ffmpeg's names
Decode = Callable[[bytes, str], int]
HAN = ((0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x3FFFF))


@dataclass
class Results:
    """A results.zip, taken apart."""

    names: list[str]
    summary: dict
    files: dict[str, bytes] = field(repr=False)

    @classmethod
    def of(cls, archive: bytes) -> "Results":
        with zipfile.ZipFile(io.BytesIO(archive)) as opened:
            assert opened.testzip() is None
            names = opened.namelist()
            assert len(set(names)) == len(names)
            files = {name: opened.read(name) for name in names}
        return cls(names, json.loads(files["summary.json"]), files)

    def boundaries(self, entry: dict, kind: str) -> list[dict]:
        return json.loads(self.files[entry[f"{kind}BoundaryFileName"]])


def hertz(output_format: str) -> int:
    """The sample rate that a format's name tells."""
    khz = re.search(r"(\d+)k?hz", output_format)
    return int(khz[1]) * 1000 if "khz" in khz[0] else int(khz[1])


def decoded_samples(sound: bytes, output_format: str) -> int:
    """How many samples ffmpeg decodes a file to, at the format's own rate."""
    rate = hertz(output_format)
    raw = []
    if output_format.startswith("raw-"):
        raw = ["-f", HEADERLESS[output_format.rsplit("-", 1)[1]], "-ar", str(rate), "-ac", "1"]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "sound"
        file.write_bytes(sound)
        command = [ffmpeg_program(), "-nostdin", "-v", "error", *raw, "-i", str(file)]
        done = subprocess.run(
            [*command, "-f", "s16le", "-ac", "1", "-ar", str(rate), "-"], capture_output=True, check=True
        )
    assert done.stderr == b"", done.stderr
    return len(done.stdout) // 2


def hold(results: Results, job: dict, request: dict, decode: Decode = decoded_samples) -> None:
    """Hold every number and every name of a job's results against the files and the request."""
    properties = job["properties"]
    _hold_names(results, properties, request)
    summary = results.summary
    assert summary["jobID"] == job["internalId"]
    assert summary["status"] == job["status"]
    contents = [entry["content"] for entry in request["inputs"]]
    joined = properties["concatenateResult"]
    assert [entry["contents"] for entry in summary["results"]] == (
        [contents] if joined else [[content] for content in contents]
    )
    for entry in summary["results"]:
        if entry["status"] == "Succeeded":
            hold_entry(results, entry, properties["outputFormat"], decode)
    succeeded = [entry for entry in summary["results"] if entry["status"] == "Succeeded"]
    told = [entry["properties"] for entry in succeeded]
    assert properties["sizeInBytes"] == sum(int(each["sizeInBytes"]) for each in told)
    assert properties["durationInMilliseconds"] == sum(int(each["durationInMilliseconds"]) for each in told)
    if not joined:
        assert properties["succeededAudioCount"] == len(succeeded)
        assert properties["failedAudioCount"] == len(contents) - len(succeeded)
    assert properties["billingDetails"] == {"neuralCharacters": sum(map(billed, contents))}


def _hold_names(results: Results, properties: dict, request: dict) -> None:
    assert [name for name in results.names if "/" in name or "\\" in name] == []
    spoken = [entry for entry in results.summary["results"] if entry["status"] == "Succeeded"]
    sounds = [entry["audioFileName"] for entry in spoken]
    assert results.names[0] in sounds, "a client takes the first entry where it finds no ending that it knows"
    expected = {"summary.json", *sounds}
    for kind in ("word", "sentence"):
        members = [entry.get(f"{kind}BoundaryFileName") for entry in spoken]
        assert all(members) if properties[f"{kind}BoundaryEnabled"] else not any(members)
        expected |= {member for member in members if member}
    found = set(results.names)
    assert {name for name in found if not name.endswith(".debug.json")} == expected
    assert {Path(sound).stem for sound in sounds} <= {
        name.removesuffix(".debug.json") for name in found if name.endswith(".debug.json")
    }


def hold_entry(results: Results, entry: dict, output_format: str, decode: Decode) -> None:
    """Hold an input's sound, length, size, words and sentences against each other."""
    sound, told = results.files[entry["audioFileName"]], entry["properties"]
    assert type(told["sizeInBytes"]) is type(told["durationInMilliseconds"]) is str
    milliseconds = int(told["durationInMilliseconds"])
    samples = decode(sound, output_format)
    exact = 1000 * samples / hertz(output_format)
    assert abs(exact - milliseconds) < 1, f"{entry['audioFileName']} is {exact} ms, not {milliseconds}"
    assert_size(int(told["sizeInBytes"]), sound, output_format)
    for kind in ("word", "sentence"):
        if f"{kind}BoundaryFileName" in entry:
            hold_boundaries(results.boundaries(entry, kind), entry["contents"], milliseconds)


def assert_size(told: int, sound: bytes, output_format: str) -> None:
    """The size counts what is sound, not headers."""
    if output_format.startswith("riff-"):
        at = sound.index(b"data") + 4
        assert told == int.from_bytes(sound[at : at + 4], "little")
        assert told + told % 2 == len(sound) - at - 4  # a chunk of odd length is padded
    elif output_format.startswith("raw-"):
        assert told == len(sound)
    else:
        assert 0 < told <= len(sound)


def hold_boundaries(boundaries: list[dict], contents: list[str], milliseconds: int) -> None:
    """Every token of the text in order, each inside the sound, none before the one before it."""
    reached = 0
    for boundary in boundaries:
        assert list(boundary) == ["Text", "AudioOffset", "Duration"]
        assert type(boundary["AudioOffset"]) is type(boundary["Duration"]) is int
        assert boundary["AudioOffset"] >= reached >= 0, boundary
        assert boundary["Duration"] >= 0
        reached = boundary["AudioOffset"]
        assert reached + boundary["Duration"] <= milliseconds, (boundary, milliseconds)
    said = "".join(boundary["Text"] for boundary in boundaries)
    assert _bare(said) == _bare("".join(map(spoken_text, contents)))


def spoken_text(content: str) -> str:
    """The text of an input: of a document, what stands between its tags."""
    return unescape(re.sub(r"<[^>]*>", "", content)) if content.lstrip().startswith("<") else content


def billed(content: str) -> int:
    """Count as the contract does: every code point, but no speak and voice tags, and Chinese ones twice."""
    counted = content
    if content.lstrip().startswith("<"):
        counted = re.sub(r"</?(?:speak|voice)\b[^>]*>", "", content)
    return len(counted) + sum(any(low <= ord(each) <= high for low, high in HAN) for each in counted)


def _bare(text: str) -> str:
    return "".join(text.split())
