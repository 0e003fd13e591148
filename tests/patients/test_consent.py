"""What consent leaves behind: an age that counts, and answers in the words in which they were asked."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from patients import actions, queries
from tests.stages import consented
from trials.queries import document_of

AT = datetime(2026, 1, 5, 10, 0, tzinfo=UTC)


@pytest.fixture
def participant(world, ben):
    return consented(world, by=ben, at=AT)


@pytest.mark.parametrize("visit_code", ["V0", "V4"])
def test_age_at_consent_counts_wherever_eligibility_is_judged(participant, visit_code):
    values = queries.values_for(participant, visit_code=visit_code, at=AT)

    assert values["age_years"] == Decimal("40")


def test_age_is_evidence_of_its_criterion_at_screening(participant, ben):
    assessment = actions.judge_eligibility(participant, visit_code="V0", by=ben, at=AT)

    [criterion] = [c for c in assessment.criteria if c["code"] == "I01"]
    assert criterion["state"] == "met"


def test_page_says_each_answer_in_the_words_of_its_question(participant, ben, client_for):
    page = client_for(ben).get(reverse("patients:consent", args=[participant.public_id])).content.decode()

    for words in document_of(participant.consents.get().form).options.values():
        assert words in page
    assert "Data_sharing" not in page


def test_later_contact_consent_lifts_a_withdrawal_of_contact_and_an_earlier_one_does_not(participant, ben):
    def answer(*, given, day):
        actions.record_contact_consent(participant, channel="email", given=given, by=ben, at=AT + timedelta(days=day))
        return queries.may_contact(participant.pk, channel="email")

    assert answer(given=True, day=0)
    actions.withdraw_consent(participant, scope="contact", reason="", by=ben, at=AT + timedelta(days=2))
    assert not queries.may_contact(participant.pk, channel="email")
    assert not answer(given=True, day=1)

    assert answer(given=True, day=3)
    assert not answer(given=False, day=4)


def test_contact_page_lifts_a_withdrawal_once_however_often_it_is_sent(participant, ben, client_for):
    actions.record_contact_consent(participant, channel="email", given=True, by=ben, at=AT)
    actions.withdraw_consent(participant, scope="contact", reason="", by=ben, at=AT)
    url = reverse("patients:contact-consent", args=[participant.public_id])

    answers = [client_for(ben).post(url, {"given": "true"}).status_code for _ in range(3)]

    assert answers == [302, 302, 302]
    assert queries.may_contact(participant.pk, channel="email")
    assert participant.contact_consents.count() == 2
