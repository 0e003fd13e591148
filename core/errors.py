"""The domain's refusals: each carries a sentence that a nurse or a data manager can read."""


class Refused(Exception):
    """The action was refused; nothing was written. The text says why and what to do."""

    def __init__(self, message: str, *, field: str = "", details: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.details = details


class Conflict(Refused):
    """Somebody else changed the record first; what was typed is kept and both versions are shown."""


class WrongPassword(Refused):
    """The password of an electronic signature was wrong."""
