"""SCRAM-SHA-256 (RFC 5802, RFC 7677): what is kept of a password for it, and what that proves.

Whoever logs in by SCRAM never sends the password. What a server keeps instead of it proves the password to
the server and the server to the client, and can be tried by whoever steals it. So it is made with as many
iterations of PBKDF2 as cost on a processor what argon2id costs there; on hardware made for guessing they cost
less, as they need no memory. Each client pays for them at each login, some of them in a slow language. See
docs/security.md.

Who is nobody is asked for a proof as everybody is: the salt follows from the name and from a secret of the
server's, so that it is the same whenever the name is asked about.
"""

from __future__ import annotations

import hashlib
import hmac
import os

import msgspec

from chatsimples.accounts.preparation import saslprep

ITERATIONS = 100_000
SALT_BYTES = 16


class Keys(msgspec.Struct, frozen=True):
    """What is kept of a password. What is printed of it has no secret."""

    salt: bytes
    iterations: int
    stored_key: bytes
    server_key: bytes

    def __repr__(self) -> str:
        """Tell how many iterations it has."""
        return f"Keys(iterations={self.iterations})"

    def proves(self, exchanged: bytes, proof: bytes) -> bool:
        """Tell whether a proof is that of whoever knows the password.

        Args:
            exchanged: the messages of both sides, which RFC 5802 calls AuthMessage.
            proof: ClientProof.
        """
        signature = _hmac(self.stored_key, exchanged)
        if len(proof) != len(signature):
            return False
        client_key = bytes(one ^ other for one, other in zip(proof, signature, strict=True))
        return hmac.compare_digest(hashlib.sha256(client_key).digest(), self.stored_key)

    def signature(self, exchanged: bytes) -> bytes:
        """Return what proves to the client that the server knows the password: ServerSignature."""
        return _hmac(self.server_key, exchanged)


def make_keys(password: str, salt: bytes = b"", iterations: int = ITERATIONS) -> Keys:
    """Make what is kept of a password; it takes some tenths of a second. An empty salt is made anew."""
    salt = salt or os.urandom(SALT_BYTES)
    salted = hashlib.pbkdf2_hmac("sha256", saslprep(password).encode(), salt, iterations)
    stored_key = hashlib.sha256(_hmac(salted, b"Client Key")).digest()
    return Keys(salt, iterations, stored_key, _hmac(salted, b"Server Key"))


def nobodys_keys(secret: bytes, key: str) -> Keys:
    """Return keys for an account that is not there, or has none: nobody can prove anything by them."""
    salt = _hmac(secret, b"salt " + key.encode("utf-8", "replace"))[:SALT_BYTES]
    # Whose hash would have to be found.
    return Keys(salt, ITERATIONS, os.urandom(32), os.urandom(32))


def _hmac(key: bytes, data: bytes) -> bytes:
    return hmac.digest(key, data, "sha256")
