from django.apps import AppConfig


class PatientsConfig(AppConfig):
    """Participants: identity, consent, screening, eligibility, enrolment and visits."""

    name = "patients"
