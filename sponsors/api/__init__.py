"""The sponsor's REST API, version 1."""
