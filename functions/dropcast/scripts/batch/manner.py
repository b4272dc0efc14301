"""What a request's synthesisConfig says about how plain text is to be spoken."""

from collections.abc import Iterable

from dropcast.scripts.batch.members import Members, Scalar
from dropcast.scripts.batch.request import Manner

WORDS = ("speakerProfileId", "style", "role")
AMOUNTS = ("styleDegree", "rate", "pitch", "volume")
OF_BACKGROUND = ("fadein", "fadeout", "volume")
LEAST_DEGREE, MOST_DEGREE = 0.01, 2.0


def read_manner(config: Members) -> Manner | None:
    """Return how plain text is to be spoken, or None where no voice is named, which is noted.

    Of values that cannot be followed only the type matters: the contract ignores the rest.
    """
    voice = config.required_text("voice", 'plain text needs a voice, such as "en-US-JennyNeural"')
    words = _said((name, config.text(name)) for name in WORDS)
    amounts = _said((name, config.text_or_number(name)) for name in AMOUNTS)
    background = _background(config)
    if voice is None:
        return None
    echo: dict[str, object] = {"voice": voice, **words, **amounts}
    return Manner(
        voice=voice,
        rate=_written(amounts.get("rate")),
        pitch=_written(amounts.get("pitch")),
        volume=_written(amounts.get("volume")),
        style=_written(words.get("style")),
        style_degree=_degree(amounts.get("styleDegree")),
        role=_written(words.get("role")),
        background_audio=_written(background.get("src")),
        speaker_profile_id=_written(words.get("speakerProfileId")),
        echo=echo | ({"backgroundAudio": background} if background else {}),
    )


def _background(config: Members) -> dict[str, Scalar]:
    background = config.inside("backgroundAudio", '{"src": "https://example.com/music.mp3"}')
    if background is None or "backgroundAudio" not in config:
        return {}
    source = background.required_text("src", "background audio is a link to a recording")
    rest = ((name, background.text_or_number(name)) for name in OF_BACKGROUND)
    return _said([("src", source), *rest])


def _said(members: Iterable[tuple[str, Scalar | None]]) -> dict[str, Scalar]:
    return {name: value for name, value in members if value is not None}


def _written(value: Scalar | None) -> str | None:
    """Return a value as SSML would write it; "" says nothing."""
    return str(value) if value not in (None, "") else None


def _degree(value: Scalar | None) -> float | None:
    try:
        degree = float(value) if value is not None else MOST_DEGREE + 1
    except ValueError:
        return None
    return degree if LEAST_DEGREE <= degree <= MOST_DEGREE else None
