#!/usr/bin/env python3
"""Makes the secret files that docker-compose.yml names, once for each installation."""

import secrets
import sys
from base64 import urlsafe_b64encode
from pathlib import Path

FOLDER = Path(__file__).resolve().parent / "secrets"


def main() -> None:
    """Writes every secret; refuses to touch an installation that has some."""
    FOLDER.mkdir(exist_ok=True)
    # The folder keeps others out. The files are readable, because in a container each is read by another account.
    FOLDER.chmod(0o700)
    if any(FOLDER.iterdir()):
        sys.exit(f"There are secrets in {FOLDER} already; nothing was changed.")
    for name, value in _values().items():
        path = FOLDER / name
        path.write_text(value)
        path.chmod(0o444)
    print(f"The secrets are in {FOLDER}. Keep a copy of identity_key and of allocation_key in a safe place:")
    print("without them no participant's identity and no allocation can be read again.")
    print("Mail needs a password? Write it into email_password.")


def _values() -> dict[str, str]:
    passwords = {name: secrets.token_urlsafe(32) for name in ("postgres", "owner", "runtime", "unblinded", "redis")}
    logins = {name: f"postgresql://vigil_{name}:{passwords[name]}@postgres:5432/vigil" for name in passwords}
    redis_rule = f"user default on >{passwords['redis']} ~* &* +@all"
    return {
        "postgres_password": passwords["postgres"],
        "admin_database_url": f"postgresql://postgres:{passwords['postgres']}@postgres:5432/postgres",
        **{f"{name}_database_url": logins[name] for name in ("owner", "runtime", "unblinded")},
        "redis_password": passwords["redis"],
        "redis_users": redis_rule,
        "redis_url": f"redis://:{passwords['redis']}@redis:6379/0",
        "secret_key": secrets.token_urlsafe(48),
        "identity_key": urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "allocation_key": urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "email_password": "",
    }


if __name__ == "__main__":
    main()
