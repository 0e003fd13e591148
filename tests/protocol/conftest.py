"""The protocol file, read once."""

from pathlib import Path

import pytest

from protocol.definition import ProtocolDefinition, load

FILE = Path(__file__).parents[2] / "protocols" / "mapp_like.yaml"


@pytest.fixture(scope="session")
def protocol_text() -> str:
    """Returns the text of the protocol file."""
    return FILE.read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def definition(protocol_text: str) -> ProtocolDefinition:
    """Returns the definition in the protocol file."""
    return load(protocol_text)
