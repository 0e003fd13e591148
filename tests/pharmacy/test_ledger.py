"""The ledger: processes that are killed lose nothing, nothing falls below zero, and two people stand by every entry."""

import multiprocessing
import random
import uuid
from collections import Counter, defaultdict
from multiprocessing.connection import wait

import pytest
from django.db import OperationalError, connections

from core.contributions import reading_as
from core.errors import Refused
from core.models import Person
from pharmacy import actions
from pharmacy.models import Kit, KitMovement
from tests.cast import AT, receive_kits
from tests.conftest import size
from tests.databases import owner_cursor

# The reference model's own table of what goes from where to where.
FROM = {
    "quarantine": ("storage",), "store": ("quarantine",), "waste": ("quarantine", "storage"),
    "destroy": ("quarantine", "returned", "storage"), "transfer": ("quarantine", "storage"),
    "loss": ("quarantine", "returned", "storage"),
}  # fmt: skip
TO = {
    "quarantine": "quarantine", "store": "storage", "waste": "waste", "destroy": "destroyed",
    "transfer": "transferred", "loss": "lost",
}  # fmt: skip
BOTTLES = ("V5", "V10", "V15")


def random_operations(kits, *, number, chance):
    """Returns operations as plain values: what, with which kit, how much, with or without a witness."""
    planned = []
    for _ in range(number):
        kind = chance.choice(["quarantine", "store", "waste", "destroy", "transfer", "loss", "reversal"])
        earlier = [each for each in planned[-40:] if each["kind"] in actions.REVERSIBLE]
        if kind == "reversal" and not earlier:
            kind = "waste"
        whole = kind in ("quarantine", "store") and chance.random() < 0.7
        planned.append(
            {
                "id": uuid.UUID(int=chance.getrandbits(128)),
                "kind": kind,
                "kit": chance.choice(kits),
                "of": chance.choice(earlier)["id"] if kind == "reversal" else None,
                "bottle": "" if whole else chance.choice(BOTTLES),
                "units": None if whole else chance.randint(1, 2),
                # Some try to do alone what needs two.
                "alone": kind in ("quarantine", "store") or chance.random() < 0.1,
            }
        )
    return planned


def do(operation, people):
    """Does one operation as the pharmacist and returns what came of it."""
    phil, ben = people["phil"], people["ben"]
    try:
        with reading_as(phil):
            if operation["kind"] == "reversal":
                target = KitMovement.objects.filter(submission_id=operation["of"]).first()
                if target is None:
                    return "refused"
                actions.reverse_movement(
                    target, submission_id=operation["id"], witness=ben, document="note", by=phil, at=AT
                )
            else:
                kit = Kit.objects.select_related("site").get(number=operation["kit"])
                actions.move_kits(
                    [kit], kind=operation["kind"], submission_id=operation["id"], document="form",
                    witness=None if operation["alone"] else ben, bottle=operation["bottle"], units=operation["units"],
                    by=phil, at=AT,
                )  # fmt: skip
    except Refused:
        return "refused"
    except OperationalError:
        return "again"
    return "done"


def work(pipe):
    """Is a process of its own: answers each operation after its commit."""
    people = {person.username: person for person in Person.objects.filter(username__in=("phil", "ben"))}
    while True:
        operation = pipe.recv()
        pipe.send(do(operation, people))


class Crew:
    """Processes that work side by side, any of which may be killed and is replaced."""

    def __init__(self, queues, *, kills, chance):
        self.context = multiprocessing.get_context("fork")
        self.queues, self.chance = queues, chance
        self.sent = sum(len(queue) for queue in queues)
        self.kill_at = set(chance.sample(range(self.sent), kills))
        self.answers, self.killed = {}, 0

    def run(self):
        """Works until every operation has an answer; one whose process died is sent again."""
        crew, waiting, began = {}, {}, 0
        for queue in self.queues:
            pipe, process = self._hire()
            crew[pipe] = process
            waiting[pipe] = queue
            pipe.send(queue[-1])
        while waiting:
            for pipe in wait(list(waiting)):
                queue, began = waiting[pipe], began + 1
                answer = pipe.recv()
                if answer != "again":
                    self.answers[queue.pop()["id"]] = answer
                if not queue:
                    crew.pop(pipe).kill()
                    del waiting[pipe]
                    continue
                pipe.send(queue[-1])
                if began in self.kill_at:
                    # In the middle of an operation, whose fate nobody knows.
                    crew[pipe].join(self.chance.random() * 0.02)
                    crew.pop(pipe).kill()
                    del waiting[pipe]
                    new, process = self._hire()
                    crew[new], waiting[new] = process, queue
                    new.send(queue[-1])
                    self.killed += 1

    def _hire(self):
        ours, theirs = self.context.Pipe()
        process = self.context.Process(target=work, args=(theirs,), daemon=True)
        process.start()
        return ours, process


def modelled(journal, packed):
    """Replays the journal in plain Python: returns the units by (lot, place), and the worst balance on the way."""
    held, moved, worst = defaultdict(Counter), {}, 0
    for kit, lines in packed.items():
        for bottle, lot, units in lines:
            held[kit, bottle, lot]["storage"] = units
    for pk, kit, kind, bottle, units, reverses in journal:
        steps = []
        if kind == "reversal":
            steps = [(key, target, source, number) for key, source, target, number in moved[reverses]]
        else:
            left = units
            for key in sorted((key for key in held if key[0] == kit), key=lambda key: (key[2], key[1])):
                for source in FROM[kind]:
                    there = held[key][source]
                    number = there if left is None else min(there, left)
                    if (bottle in ("", key[1])) and number:
                        steps.append((key, source, TO[kind], number))
                        left = None if left is None else left - number
        moved[pk] = steps
        for key, source, target, number in steps:
            held[key][source] -= number
            held[key][target] += number
            worst = min(worst, held[key][source])
    totals = Counter()
    for (_, _, lot), places in held.items():
        for place, number in places.items():
            totals[lot, place] += number
    return +totals, worst


@pytest.mark.prove
def test_ledger_equals_the_model_after_processes_were_killed(own_database, world, evidence):
    chance = random.Random(20261124)
    processes, each, kills = size(small=4, full=8), size(small=60, full=1250), size(small=4, full=60)
    receive_kits(world, site="A", pharmacist="phil", witness="ben", kits=size(small=6, full=170))
    with reading_as(world.people["phil"]):
        kits = list(Kit.objects.filter(site=world.sites["A"]).order_by("number").values_list("number", flat=True))
    # Few kits, so that they run out and the refusals are tried too.
    kits = kits[: size(small=8, full=200)]
    queues = [random_operations(kits, number=each, chance=chance) for _ in range(processes)]
    alone = {op["id"] for queue in queues for op in queue if op["alone"] and op["kind"] in actions.REVERSIBLE}
    for alias in ("default", "unblinded"):
        connections[alias].close()

    crew = Crew([list(reversed(queue)) for queue in queues], kills=kills, chance=chance)
    crew.run()

    with owner_cursor(own_database) as cursor:
        site = world.sites["A"].pk
        cursor.execute("SELECT set_config('app.maintenance', 'on', false)")
        # A kit is moved strength by strength: a lot is named here by both.
        cursor.execute(
            "SELECT u.kit_number, u.bottle, u.strength_mg, n.lot_id, u.units FROM allocation.kit_unit u"
            " JOIN allocation.units_at(%s) n ON n.unit_id = u.id", [site],
        )  # fmt: skip
        packed = defaultdict(list)
        for kit, bottle, strength, lot, units in cursor.fetchall():
            packed[kit].append((bottle, (strength, lot), units))
        cursor.execute(
            "SELECT m.id, k.number, m.kind, m.bottle, m.units, m.reverses_id, m.submission_id::text, m.site_id"
            " FROM pharmacy_kitmovement m JOIN pharmacy_kit k ON k.id = m.kit_id ORDER BY m.id"
        )
        rows = cursor.fetchall()
        cursor.execute("SELECT strength_mg, lot_id, place, units FROM allocation.balance_at(%s)", [site])
        stands = {((strength, lot), place): units for strength, lot, place, units in cursor.fetchall()}
        balance = {key: units for key, units in stands.items() if units > 0}
        assert sum(stands.values()) == 0
        cursor.execute(
            "SELECT n.lot_id, m.number, m.kind, m.from_place, m.to_place, m.units, m.handler_id, m.witness_id"
            " FROM allocation.movement m JOIN allocation.units_at(%s) n ON n.unit_id = m.unit_id"
            " WHERE m.site_id = %s ORDER BY m.number", [site, site],
        )  # fmt: skip
        movements = cursor.fetchall()
    here = {kit for kit in packed if kit.startswith("KA")}
    journal = [row for row in rows if row[7] == site]
    # What the shipment itself wrote has no submission; the model begins with everything in storage.
    played = [row[:6] for row in journal if row[6] is not None]
    totals, worst = modelled(played, {kit: lines for kit, lines in packed.items() if kit in here})

    done = {str(key) for key, answer in crew.answers.items() if answer == "done"}
    kept = Counter(row[6] for row in journal if row[6])
    assert len(crew.answers) == processes * each and crew.killed > 0
    assert set(kept) == done and set(kept.values()) == {1}
    assert {crew.answers[key] for key in alone} == {"refused"}
    assert dict(totals) == balance and worst == 0
    running = Counter()
    assert [row[1] for row in movements] == list(range(1, len(movements) + 1))
    for lot, _, kind, source, target, units, handler, witness in movements:
        running[lot, source] -= units
        running[lot, target] += units
        assert source == "supplier" or running[lot, source] >= 0
        assert handler != witness and (witness is not None or kind in ("store", "quarantine"))
    evidence(
        "ledger", operations=processes * each, processes=processes, processes_killed=crew.killed, done=len(done),
        refused=sum(answer == "refused" for answer in crew.answers.values()), kits=len(kits),
        movements_of_lots=len(movements), lots=len({row[0] for row in movements}), lowest_balance_in_the_model=worst,
        balances_that_differ_from_the_model=0, lost_or_doubled=0, without_the_second_person_it_needs=0,
    )  # fmt: skip
