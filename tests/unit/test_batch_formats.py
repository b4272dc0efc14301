"""The names of formats mean what the contract's section 8 says, in any case."""

import pytest

from dropcast.scripts.batch.formats import DEFAULT_FORMAT, FORMATS, AudioFormat, format_named, unsupported

RATES = {"8khz": 8000, "16khz": 16000, "22050hz": 22050, "24khz": 24000, "44100hz": 44100, "48khz": 48000}


def test_there_are_as_many_formats_as_the_contract_lists_without_silk() -> None:
    assert len(FORMATS) == 37
    assert all(name == audio.name == name.lower() for name, audio in FORMATS.items())


@pytest.mark.parametrize(("container", "extension"), [("riff", "wav"), ("raw", "raw")])
@pytest.mark.parametrize("rate", RATES)
def test_pcm_is_at_the_rate_of_its_name(container: str, extension: str, rate: str) -> None:
    audio = FORMATS[f"{container}-{rate}-16bit-mono-pcm"]
    assert (audio.codec, audio.container, audio.extension) == ("pcm", container, extension)
    assert (audio.sample_rate_hertz, audio.bitrate_kbps) == (RATES[rate], None)


@pytest.mark.parametrize("name", FORMATS)
def test_a_rate_and_a_bitrate_in_a_name_are_those_of_the_format(name: str) -> None:
    audio = FORMATS[name]
    for part in name.split("-"):
        assert RATES.get(part, audio.sample_rate_hertz) == audio.sample_rate_hertz
        if part.endswith(("kbps", "kbitrate")) and audio.codec != "g722":
            assert audio.bitrate_kbps == int(part.partition("k")[0])
    assert audio.codec in name.replace("amr-wb", "amr-wb g722") or audio.codec == "g722"


@pytest.mark.parametrize(
    ("name", "audio"),
    [
        ("riff-8khz-8bit-mono-mulaw", ("mulaw", "riff", 8000, None, "wav")),
        ("raw-8khz-8bit-mono-alaw", ("alaw", "raw", 8000, None, "raw")),
        ("audio-24khz-96kbitrate-mono-mp3", ("mp3", "mp3", 24000, 96, "mp3")),
        ("audio-24khz-16bit-48kbps-mono-opus", ("opus", "packets", 24000, 48, "opus")),
        ("ogg-48khz-16bit-mono-opus", ("opus", "ogg", 48000, 96, "ogg")),
        ("ogg-16khz-16bit-mono-opus", ("opus", "ogg", 16000, 65, "ogg")),
        ("webm-24khz-16bit-mono-opus", ("opus", "webm", 24000, 48, "webm")),
        ("webm-24khz-16bit-24kbps-mono-opus", ("opus", "webm", 24000, 24, "webm")),
        ("amr-wb-16000hz", ("amr-wb", "amr", 16000, 24, "amr")),
        ("g722-16khz-64kbps", ("g722", "raw", 16000, None, "g722")),
        ("audio-48khz-16bit-mono-flac", ("flac", "flac", 48000, None, "flac")),
    ],
)
def test_a_format_is_what_the_contract_says(name: str, audio: tuple[object, ...]) -> None:
    assert format_named(name) == AudioFormat(name, *audio)  # type: ignore[arg-type]  # a row of the table


@pytest.mark.parametrize("name", ["RIFF-24kHz-16Bit-Mono-PCM", "", " ", DEFAULT_FORMAT])
def test_names_are_read_in_any_case_and_none_is_the_default(name: str) -> None:
    assert format_named(name) is FORMATS[DEFAULT_FORMAT]


@pytest.mark.parametrize("name", ["mp3", "riff-24khz", "raw-16khz-16bit-mono-truesilk"])
def test_any_other_name_is_none(name: str) -> None:
    assert format_named(name) is None


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("audio-24khz-48kbitrate-mono-mp4", "audio-24khz-48kbitrate-mono-mp3"),
        ("Riff24Khz16BitMonoPcm", "riff-24khz-16bit-mono-pcm"),  # as the SDKs call it
    ],
)
def test_a_name_nearly_right_is_told_the_right_one(name: str, meant: str) -> None:
    assert unsupported(name) == f'Unsupported output format {name}. Did you mean "{meant}"?'


@pytest.mark.parametrize("codec", ["siren", "truesilk"])
def test_of_a_codec_that_nobody_encodes_that_is_said(codec: str) -> None:
    message = unsupported(f"riff-16khz-16kbps-mono-{codec}")
    assert message.startswith(f"Unsupported output format riff-16khz-16kbps-mono-{codec}. ")
    assert f"no encoder for {codec}" in message


def test_a_name_of_absurd_length_is_shortened() -> None:
    assert len(unsupported("mp" * 1_000_000)) < 200
