"""Pages of safety, one module for each noun."""

from safety.views.alerts import alert_acknowledge, alert_banner, alert_list
from safety.views.board import board, clock_meet, clock_take
from safety.views.deviations import (
    deviation_accept,
    deviation_detail,
    deviation_list,
    deviation_record,
    deviation_refuse,
)
from safety.views.events import (
    adverse_event_assess,
    adverse_event_detail,
    adverse_event_determine,
    adverse_event_nullify,
    adverse_event_receive,
    adverse_event_restore,
    day_zero_correct,
    proposal_refuse,
    proposal_take,
)
from safety.views.findings import finding_detail, finding_list
from safety.views.holds import (
    hold_detail,
    hold_list,
    hold_place,
    hold_review,
    trial_hold_detail,
    trial_hold_place,
    trial_hold_review,
)
from safety.views.listing import adverse_event_file, adverse_event_list, listing_forget, listing_save
from safety.views.mentions import mention_detail, mention_dismiss, mention_link, mention_list
from safety.views.quality import (
    action_check,
    action_finish,
    action_plan,
    deviation_analyse,
    deviation_trends,
    ethics_tell,
)
from safety.views.reporting import adverse_event_report, adverse_event_revise, adverse_event_start

__all__ = [
    "action_check",
    "action_finish",
    "action_plan",
    "adverse_event_assess",
    "adverse_event_detail",
    "adverse_event_determine",
    "adverse_event_file",
    "adverse_event_list",
    "adverse_event_nullify",
    "adverse_event_receive",
    "adverse_event_report",
    "adverse_event_restore",
    "adverse_event_revise",
    "adverse_event_start",
    "alert_acknowledge",
    "alert_banner",
    "alert_list",
    "board",
    "clock_meet",
    "clock_take",
    "day_zero_correct",
    "deviation_accept",
    "deviation_analyse",
    "deviation_detail",
    "deviation_list",
    "deviation_record",
    "deviation_refuse",
    "deviation_trends",
    "ethics_tell",
    "finding_detail",
    "finding_list",
    "hold_detail",
    "hold_list",
    "hold_place",
    "hold_review",
    "listing_forget",
    "listing_save",
    "mention_detail",
    "mention_dismiss",
    "mention_link",
    "mention_list",
    "proposal_refuse",
    "proposal_take",
    "trial_hold_detail",
    "trial_hold_place",
    "trial_hold_review",
]
