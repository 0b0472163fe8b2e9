"""TLS of the SIP transports: whom we trust, and who we are (MEDIA.md 3.1; often a private CA).

The name in the recorder's certificate must be the host that was asked for; a wrong one ends
the connection before a byte of SIP is sent.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from twisted.internet import ssl as twisted_ssl

ssl: Any = twisted_ssl  # it is not typed
_CERTIFICATE = re.compile(
    rb"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsSettings:
    """Whom we trust and who we are, as PEM texts.

    ``authorities`` empty: those of the system.  ``certificate`` is ours with its private key;
    empty: none, then nobody can connect to us by TLS.  ``verify`` False takes any certificate
    of a recorder: for a lab only.
    """

    authorities: bytes = b""
    certificate: bytes = field(default=b"", repr=False)
    verify: bool = True


def check(settings: TlsSettings) -> None:
    """Raise ValueError when a PEM text cannot be read; for the start of a program."""
    if settings.authorities:
        _trusted(settings.authorities)
    if settings.certificate:
        _own(settings.certificate)


def client_context(settings: TlsSettings, server_name: str) -> Any:
    """What Twisted needs to connect; raises ValueError for PEM texts that cannot be read."""
    own = _own(settings.certificate) if settings.certificate else None
    if not settings.verify:
        return ssl.CertificateOptions(verify=False) if own is None else own.options()
    trust = _trusted(settings.authorities) if settings.authorities else ssl.platformTrust()
    return ssl.optionsForClientTLS(server_name, trustRoot=trust, clientCertificate=own)


def server_context(settings: TlsSettings) -> Any:
    """What Twisted needs to listen with our certificate; raises ValueError like the others."""
    return _own(settings.certificate).options()


def _own(certificate: bytes) -> Any:
    return _loaded(ssl.PrivateCertificate.loadPEM, certificate, "our certificate or its key")


def _trusted(authorities: bytes) -> Any:
    found = [
        _loaded(ssl.Certificate.loadPEM, one, "the certificate of an authority")
        for one in _CERTIFICATE.findall(authorities)
    ]
    if not found:
        raise ValueError("no certificate of an authority in the PEM text")
    return ssl.trustRootFromCertificates(found)


def _loaded(load: Callable[[bytes], Any], pem: bytes, what: str) -> Any:
    try:
        return load(pem)
    except Exception as error:  # OpenSSL's errors have no base of their own
        raise ValueError(f"{what} cannot be read: {error}") from error
