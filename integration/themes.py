"""The controlled list of themes; a therapist may always use own words instead."""

THEMES = (
    "Anger", "Body and sensation", "Childhood", "Connection with others", "Fear and avoidance", "Forgiveness",
    "Grief and loss", "Meaning and purpose", "Moral injury", "Nature", "Safety and trust", "Self-compassion",
    "Shame and guilt", "Sleep and dreams", "Spirituality", "Traumatic memory", "Work and daily life",
)  # fmt: skip
COURSES = (("new", "New"), ("returning", "Returning"), ("eased", "Eased"))
