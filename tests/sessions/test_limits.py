"""The verdict that a tablet shows at once is the server's: one table of sets, judged by both."""

import itertools
import json
import os
import shutil
from decimal import Decimal

from playwright.sync_api import sync_playwright

from protocol.vital_signs import judge_vital_signs
from sessions import queries
from sessions.tablet import tablet_of
from tests.databases import ROOT
from tests.journeys.conftest import BROWSER_FLAGS

SCRIPT = ROOT / "static" / "js" / "cockpit" / "limits.js"
AROUND = {
    "systolic_mmhg": ["", "160", "161", "219", "220"],
    "diastolic_mmhg": ["", "110", "111", "120"],
    "heart_rate_bpm": ["", "110", "111"],
    "temperature_c": ["", "37.8", "37,9", "39.9", "40.0"],
    "chest_pain": ["", "on"],
}
BASELINES = [{}, {"temp_c_baseline": Decimal("36.8")}, {"temp_c_baseline": Decimal("36.9")}]


def by_server(definition, typed, baselines):
    """Returns the severity by the rules in Python."""
    values = dict(baselines) | {"chest_pain": typed["chest_pain"] == "on"}
    for name, field in queries.SIGNS.items():
        if typed[field]:
            values[name] = Decimal(typed[field].replace(",", "."))
    return judge_vital_signs(definition, values).severity


def by_page(limits, cases):
    """Returns the severities by the page's script, in a browser."""
    path = os.environ.get("VIGIL_CHROMIUM") or shutil.which("chromium")
    source = SCRIPT.read_text().replace("export ", "")
    ask = (
        "([limits, cases]) => cases.map(([typed, baselines]) => judge(limits, baselines, typed)?.severity || 'in_band')"
    )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=BROWSER_FLAGS)
        page = browser.new_page()
        page.add_script_tag(content=source)
        told = page.evaluate(ask, [limits, cases])
        browser.close()
    return told


def test_page_and_server_judge_every_set_alike(day, monkeypatch):
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    definition = queries.definition_for(day.session)
    limits = json.loads(tablet_of(day.session, may_record=True))["limits"]
    sets = [dict(zip(AROUND, values, strict=True)) for values in itertools.product(*AROUND.values())]
    cases = [(typed, baselines) for typed in sets for baselines in BASELINES]

    told = by_page(limits, [(typed, {name: str(value) for name, value in base.items()}) for typed, base in cases])

    expected = [by_server(definition, typed, baselines) for typed, baselines in cases]
    assert [case for case, one, other in zip(cases, told, expected, strict=True) if one != other] == []
    assert set(expected) == {"in_band", "watch", "act"}
