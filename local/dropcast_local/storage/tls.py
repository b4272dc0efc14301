"""What gsutil needs: it speaks to its JSON API over TLS only."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass(frozen=True, slots=True)
class Certificate:
    """Files of a certificate that vouches for itself, and of its key."""

    file: Path
    key: Path


def certificate(folder: Path) -> Certificate:
    """A new certificate for 127.0.0.1 and localhost, which is its own authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "dropcast local storage")])
    now = datetime.now(UTC)
    addresses = [x509.IPAddress(IPv4Address("127.0.0.1")), x509.DNSName("localhost")]
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=365))
        .add_extension(x509.SubjectAlternativeName(addresses), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    made = Certificate(folder / "certificate.pem", folder / "certificate.key")
    made.file.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    made.key.touch(mode=0o600)
    made.key.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return made


def boto_file(tls_endpoint: str, certificate_file: str, project: str) -> str:
    """The text of the boto file (BOTO_CONFIG) that points gsutil at a stand-in."""
    where = urlsplit(tls_endpoint)
    return (
        "[Credentials]\n"
        f"gs_json_host = {where.hostname}\n"
        f"gs_json_port = {where.port}\n"
        "[Boto]\n"
        "https_validate_certificates = True\n"
        f"ca_certificates_file = {certificate_file}\n"
        "[GSUtil]\n"
        "prefer_api = json\n"
        f"default_project_id = {project}\n"
        "check_hashes = if_fast_else_skip\n"
    )
