"""How a line, or a speaker's every line, is to be spoken."""

from dropcast.scripts.conversation import NOTHING_SAID, Delivery
from dropcast.scripts.findings import Findings
from dropcast.scripts.keys.delivery import DeliveryKeys
from dropcast.scripts.text import clean_name, language_tag


def read_delivery(keys: DeliveryKeys, pointer: str, findings: Findings) -> Delivery:
    """Return what the keys say of the voice: one shared value where they say nothing."""
    delivery = Delivery(
        voice=clean_name(keys.voice or "", pointer, findings) or None,
        language_code=language_tag(keys.language_code) if keys.language_code else None,
        speaking_rate=keys.speaking_rate,
        pitch=keys.pitch,
        volume_gain_db=keys.volume_gain_db,
    )
    return NOTHING_SAID if delivery == NOTHING_SAID else delivery
