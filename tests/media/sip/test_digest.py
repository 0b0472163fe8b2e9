"""Digest: the examples of the RFCs, and how often a realm is answered."""

import random

from tlibsim.media.sip.digest import Authenticator, authorization
from tlibsim.media.sip.headers import Challenge
from tlibsim.media.sip.message import Response
from tlibsim.media.sip.values import Credentials


def asked(algorithm: str, nonce: str, opaque: str, realm: str, qop: str = "auth") -> Challenge:
    return Challenge(
        realm=realm,
        nonce=nonce,
        opaque=opaque,
        algorithm=algorithm,
        qop=(qop,) if qop else (),
    )


def test_the_example_of_rfc_2617() -> None:
    value = authorization(
        asked(
            "MD5",
            "dcd98b7102dd2f0e8b11d0f600bfb0c093",
            "5ccc069c403ebaf9f0171e9517f40e41",
            "testrealm@host.com",
        ),
        Credentials(username="Mufasa", password="Circle Of Life"),
        method="GET",
        uri="/dir/index.html",
        body=b"",
        count=1,
        client_nonce="0a4f113b",
    )

    assert 'response="6629fae49393a05397450978507c4ef1"' in value


def test_the_example_of_rfc_7616_with_sha_256() -> None:
    value = authorization(
        asked(
            "SHA-256",
            "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
            "FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS",
            "http-auth@example.org",
        ),
        Credentials(username="Mufasa", password="Circle of Life"),
        method="GET",
        uri="/dir/index.html",
        body=b"",
        count=1,
        client_nonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
    )

    assert (
        'response="753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"' in value
    )


def test_without_qop_the_old_form_is_used() -> None:
    value = authorization(
        asked("MD5", "n", "", "r", qop=""),
        Credentials(username="u", password="p"),
        method="INVITE",
        uri="sip:x",
        body=b"",
        count=1,
        client_nonce="c",
    )

    assert "qop" not in value and "nc=" not in value and "cnonce" not in value


def test_a_session_algorithm_and_body_protection_are_answered() -> None:
    def made(body: bytes) -> str:
        return authorization(
            asked("MD5-sess", "n", "", "r", qop="auth-int"),
            Credentials(username="u", password="p"),
            method="INVITE",
            uri="sip:x",
            body=body,
            count=1,
            client_nonce="c",
        )

    assert "qop=auth-int" in made(b"")
    assert made(b"1") != made(b"2")


def test_the_first_challenge_of_a_realm_that_we_can_meet_is_taken() -> None:
    authenticator = Authenticator((Credentials(username="u", password="p"),), random.Random(1))
    taken = authenticator.challenged(
        Response(
            code=401,
            headers=tuple(
                ("WWW-Authenticate", f'Digest realm="r", nonce="n", algorithm={name}')
                for name in ("SHA-512-256", "SHA-256", "MD5")
            ),
        )
    )
    headers = authenticator.headers_for("INVITE", "sip:x", b"")

    assert taken
    assert len(headers) == 1
    assert "algorithm=SHA-256" in headers[0][1]


def test_the_password_of_credentials_is_not_shown() -> None:
    assert "geheim" not in repr(Credentials(username="u", password="geheim"))


def test_the_number_of_realms_is_bounded() -> None:
    authenticator = Authenticator((Credentials(username="u", password="p"),), random.Random(1))
    for number in range(50):
        authenticator.challenged(
            Response(
                code=401,
                headers=(("WWW-Authenticate", f'Digest realm="{number}", nonce="n"'),),
            )
        )

    assert len(authenticator.headers_for("INVITE", "sip:x", b"")) == 8
