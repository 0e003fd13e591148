"""The URLconf of events: which room reacts to what another room announces.

Every reaction of the system stands here, in the order in which it runs, inside the publisher's transaction.
"""

SUBSCRIPTIONS: dict[type, tuple[str, ...]] = {}
