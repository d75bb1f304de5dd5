"""Holds the embedded public record against the facts it was set down from: every
row there, every preferred amount, status, date and lag the same.
usage: facts.py BIN DESK DATA"""
import csv, json, subprocess, sys
from decimal import Decimal

tb, desk, data = sys.argv[1:]
faults, compared = [], 0


def records(kind):
    out = subprocess.run([tb, "records", "--kind", kind, "--json", "--desk", desk], capture_output=True, text=True, check=True).stdout
    return [json.loads(line) for line in out.splitlines()]


def same(what, got, want):
    global compared
    compared += 1
    if got != want:
        faults.append(f"{what}: {got!r}, the facts have {want!r}")


def rows(path):
    with open(f"{data}/{path}", encoding="utf-8", newline="") as f:
        return list(csv.DictReader(f))


def preferred(claims):
    return next((c for c in claims if c.get("preferred")), None)


held = {r["id"]: r for r in records("cyber_incident")}
facts = rows("incidents/dprk-incidents.csv")
same("incidents", len(held), len(facts))
for f in facts:
    o = held["INC-" + f["id"].removeprefix("DPRK-")]["observation"]
    amount, who = preferred(o.get("amounts", [])), preferred(o["attributions"])
    same(f["id"] + " amount", amount and Decimal(amount["value"]["amount"]), Decimal(f["amount_usd"]) if f["amount_usd"] else None)
    same(f["id"] + " status", who["status"], f["attribution_status"].removeprefix("un_"))
    same(f["id"] + " crypto", o["crypto_company"], f["crypto_company"] == "yes")
    same(f["id"] + " year", o["date"][:4], f["date"][:4])
    if f["attribution_status"] == "disputed":
        same(f["id"] + " dissent", any(a.get("dissent") for a in o["attributions"]), True)

events = [r["observation"] for r in records("weapons_event")]
tests = sorted(e["date"] for e in events if e.get("event") == "nuclear_test")
same("nuclear tests", tests, [f["date_utc"] for f in rows("weapons/nuclear_tests.csv")])
launches = sorted(e["date"] for e in events if e.get("technology") == "space_launch_vehicle")
same("space launches", launches, [f["date_local"] for f in rows("weapons/space_launches.csv")])
counted = {}
for f in rows("weapons/missile_tests_cns_nagix.csv"):
    if f["missile_type"] != "SLV":
        counted[f["date"][:4]] = counted.get(f["date"][:4], 0) + 1
for e in events:
    if "count" in e:
        same("launches in " + e["date"], e["count"], counted.get(e["date"], 0))

votes = {(r["observation"]["date"], r["observation"].get("trigger_date", "")) for r in records("council_response")}
for f in rows("weapons/council_responses.csv"):
    same("vote of " + f["response_date"], (f["response_date"], f["trigger_date"]) in votes, True)
lags = subprocess.run([tb, "figure", "programme.responses.table", "from=2006", "to=2024", "--json", "--desk", desk], capture_output=True, text=True, check=True)
table = json.loads(lags.stdout)["table"]
keys = [c["key"] for c in table["columns"]]
days = {r["cells"][keys.index("date")]: r["cells"][keys.index("days")] for r in table["rows"]}
for f in rows("weapons/council_responses.csv"):
    same("lag of " + f["response_date"], days[f["response_date"]], f["lag_days"] or "n/a")

same("mandates", len(records("panel_mandate")), len(rows("regime/panel_mandates.csv")))
symbols = {r["observation"]["symbol"] for r in records("panel_report")}
for f in rows("regime/panel_reports.csv"):
    same("report " + f["symbol"], f["symbol"] in symbols, True)
same("worker estimates", len(records("worker_estimate")), len(rows("workers/estimates.csv")))

for view, n, usd, with_amount in (("official", "14", "1344792000", "14"), ("official+panel", "26", "1888782000", "24"), ("all", "47", "2988904000", "45")):
    for name, want in (("cyber.incidents.count", n), ("cyber.losses.usd", usd), ("cyber.incidents.with_amount", with_amount)):
        out = subprocess.run([tb, "figure", name, "from=2017", "to=2023", "scope=crypto", "view=" + view, "--json", "--desk", desk], capture_output=True, text=True, check=True)
        same(f"{name} {view}", json.loads(out.stdout)["value"], want)

for fault in faults[:20]:
    print("  ", fault)
print(f"{compared} facts compared, {len(faults)} differ")
sys.exit(1 if faults or compared < 300 else 0)
