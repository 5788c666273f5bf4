"""TLS as a client has it: whom it trusts, and what is wrong with whom it does not trust."""

from __future__ import annotations

import hashlib
import re
import ssl
from collections.abc import Callable
from pathlib import Path

from chatsimples.errors import SettingError, UntrustedError
from chatsimples.i18n import N_, Translate

_FINGERPRINT = re.compile("[0-9a-f]{64}")
_EXPIRED, _NOT_YET_VALID = 10, 9
# What a plain port answers, as OpenSSL reads it.
_NO_TLS = {
    "wrong version number", "record layer failure", "packet length too long", "tlsv1 alert protocol version",
}  # fmt: skip
_OTHER_NAMES = (62, 64)


class Tls:
    """Whom a client trusts.

    Args:
        ca: a file with the certificates of issuers that are trusted; empty for those that the system trusts.
        fingerprint: the SHA-256 of the one certificate that is trusted, in hexadecimal digits, with colons or
            without; who issued it, for whom and for how long then does not matter, unless there is a ``ca``.
        cert, key: files with a certificate of the client's own and its key; empty for none.
        translate: the language of reasons.

    Raises:
        SettingError: a file can't be read, or the fingerprint can't be one.
    """

    def __init__(
        self, ca: str, fingerprint: str, cert: str = "", key: str = "", *, translate: Translate = str
    ) -> None:
        self._translate = translate
        self._fingerprint = fingerprint.replace(":", "").lower()
        if fingerprint and not _FINGERPRINT.fullmatch(self._fingerprint):
            raise SettingError(
                translate(N_("{text} is no fingerprint: it has 64 hexadecimal digits")).format(
                    text=repr(fingerprint)
                )
            )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.set_alpn_protocols(["chatsimples"])
        if ca:
            self._load(ca, lambda: context.load_verify_locations(ca))
        elif fingerprint:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        else:
            context.load_default_certs()
        if cert:
            self._load(cert, lambda: context.load_cert_chain(cert, key or None))
        self.context = context

    def check(self, tls: ssl.SSLObject) -> None:
        """Check whoever has shaken hands.

        Raises:
            UntrustedError: it has another fingerprint.
        """
        if not self._fingerprint:
            return
        found = hashlib.sha256(tls.getpeercert(binary_form=True) or b"").hexdigest()
        if found != self._fingerprint:
            text = self._translate(N_("its fingerprint is another one: {fingerprint}"))
            raise UntrustedError(text.format(fingerprint=found))

    def why(self, error: ssl.SSLError, host: str) -> str:
        """Say what is wrong with whoever could not shake hands."""
        _ = self._translate
        if not isinstance(error, ssl.SSLCertVerificationError):
            reason = (error.reason or "").replace("_", " ").lower()
            if reason in _NO_TLS:
                return _(N_("it does not speak TLS; TLS has a port of its own"))
            return _(N_("no TLS with it: {why}")).format(why=reason or error.strerror or str(error))
        if error.verify_code == _EXPIRED:
            return _(N_("its certificate has expired"))
        if error.verify_code == _NOT_YET_VALID:
            return _(N_("its certificate is not valid yet"))
        if error.verify_code in _OTHER_NAMES:
            return _(N_("its certificate is for another name than {host}")).format(host=host)
        return _(
            N_("who issued its certificate is not trusted here ({why}); see --ca and --fingerprint")
        ).format(why=error.verify_message)

    def _load(self, path: str, load: Callable[[], None]) -> None:
        try:
            with Path(path).open("rb"):
                pass
            load()
        except OSError as error:
            why = error.reason if isinstance(error, ssl.SSLError) else error.strerror
            text = self._translate(N_("{file} can't be read: {why}"))
            raise SettingError(
                text.format(file=path, why=why or self._translate(N_("it is no PEM file")))
            ) from None
