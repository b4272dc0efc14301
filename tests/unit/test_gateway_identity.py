"""Google's ID tokens: believed when Google signed them for us, and nothing else is."""

import json
import time
from binascii import b2a_base64
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from google.auth.exceptions import TransportError

from dropcast.gateways.identity import GoogleIdentity
from dropcast.ports import TryLater

AUDIENCE = "https://speech.example"


def key_and_certificate():
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(now - timedelta(days=1))
    signed = builder.not_valid_after(now + timedelta(days=1)).sign(key, hashes.SHA256())
    return key, signed.public_bytes(Encoding.PEM).decode()


@pytest.fixture(scope="module")
def google():
    return key_and_certificate()


class Certificates:
    """Hands out the certificates, and counts how often it is asked."""

    def __init__(self, certificate):
        self.data = json.dumps({"k1": certificate}).encode()
        self.status = 200
        self.asked = 0

    def __call__(self, url, method="GET", **_):
        self.asked += 1
        if self.status == 0:
            raise TransportError("unreachable")
        return SimpleNamespace(status=self.status, data=self.data, headers={})


@pytest.fixture
def certificates(google):
    return Certificates(google[1])


@pytest.fixture
def identity(certificates):
    return GoogleIdentity(AUDIENCE, certificates)


def encoded(data):
    return b2a_base64(data, newline=False).translate(bytes.maketrans(b"+/", b"-_")).rstrip(b"=")


def token(key, header=None, **changes):
    now = int(time.time())
    claims = {
        "iss": "https://accounts.google.com",
        "aud": AUDIENCE,
        "iat": now - 60,
        "exp": now + 600,
        "email": "robot@example.com",
        "email_verified": True,
    } | changes
    claims = {name: value for name, value in claims.items() if value is not None}
    header = {"alg": "RS256", "kid": "k1", "typ": "JWT"} | (header or {})
    signed = b".".join(encoded(json.dumps(part).encode()) for part in (header, claims))
    signature = key.sign(signed, padding.PKCS1v15(), hashes.SHA256())
    return b".".join((signed, encoded(signature))).decode()


def test_a_token_of_googles_tells_whose_it_is(identity, google):
    assert identity.email_of(token(google[0])) == "robot@example.com"


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "https://another.example"},
        {"aud": None},
        {"iss": "https://evil.example"},
        {"iss": None},
        {"exp": 1_700_000_000},
        {"iat": 4_000_000_000},
        {"email": None},
        {"email": 5},
        {"email_verified": False},
        {"email_verified": None},
        {"email_verified": "true"},
        {"header": {"kid": "k2"}},
        {"header": {"alg": "none"}},
        {"header": {"alg": "HS256"}},
    ],
)
def test_a_token_that_is_not_for_us_or_not_good_is_not_believed(identity, google, changes):
    assert identity.email_of(token(google[0], **changes)) is None


def test_a_token_that_somebody_else_signed_is_not_believed(identity):
    assert identity.email_of(token(key_and_certificate()[0])) is None


def test_a_token_whose_signature_cloud_run_took_away_is_not_believed(identity, google):
    removed = token(google[0]).rpartition(".")[0] + ".SIGNATURE_REMOVED_BY_GOOGLE"
    assert identity.email_of(removed) is None


HOSTILE = [[], {}, 5, None, "x", {"alg": []}, {"alg": "RS256", "kid": {}}, {"alg": "RS256", "kid": ["k1"]}]


@pytest.mark.parametrize(
    "hostile",
    [
        *("", ".", "..", "a.b.c", "....", "ü.ü.ü", "\ud83c.a.b", "e30.e30.e30", "\0", "x" * 100_000),
        *(b".".join([encoded(json.dumps(part).encode())] * 3).decode() for part in HOSTILE),
        encoded(b"[" * 5000).decode() + ".e30.e30",
    ],
)
def test_hostile_tokens_are_not_believed(identity, hostile):
    assert identity.email_of(hostile) is None


@pytest.mark.parametrize("part", HOSTILE)
def test_signed_claims_of_any_shape_are_not_believed(identity, google, part):
    signed = b".".join((encoded(b'{"alg": "RS256", "kid": "k1"}'), encoded(json.dumps(part).encode())))
    signature = google[0].sign(signed, padding.PKCS1v15(), hashes.SHA256())
    assert identity.email_of(b".".join((signed, encoded(signature))).decode()) is None


def test_certificates_are_asked_for_once_not_for_every_token(identity, google, certificates):
    for _ in range(3):
        identity.email_of(token(google[0]))
    assert certificates.asked == 1


@pytest.mark.parametrize("status", [0, 503])
def test_without_certificates_there_is_only_a_delay_and_it_is_not_remembered(
    identity, google, certificates, status
):
    certificates.status = status
    with pytest.raises(TryLater):
        identity.email_of(token(google[0]))
    certificates.status = 200
    assert identity.email_of(token(google[0])) == "robot@example.com"
