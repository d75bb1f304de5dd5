"""Holds the pack of measures against the facts that it was set down from: every
header field, every relation, every goods code, every cap and every duty.
usage: regime_facts.py DATA [REGIME]   (DATA: the facts, REGIME: default ./regime)"""
import csv, datetime, pathlib, re, sys

# Where the pack has something else than the facts, on purpose: (measure, what),
# what it has, and why. An entry that explains nothing any more is an error.
EXPLAINED = {
    ("kp-2321-16", "cap bank-accounts"): ("none", "no kind of record says whose account it is, so that no rule counts them"),
    ("kp-2375-13", "facts of 2709"): (
        [("analyst-mapping", "checked", "2017-09-11", ""), ("national-implementation", "checked", "2017-09-11", "")],
        "a description that says condensate names the goods of the paragraph; without one the code is China's reading",
    ),
}


# YAML, as much of it as the files use. Every scalar stays text.

FLOW = re.compile(r"""\s*(?:([\[\]{},])|(?:"((?:[^"\\]|\\.)*)"|'((?:[^']|'')*)'|(\*?[^\s\[\]{},:#"'](?:[^\[\]{},:]|:(?!\s|$))*))\s*(:(?=\s|$|[\[{]))?)""")


class Reader:
    def __init__(self, text, name):
        self.name, self.anchors, self.at = name, {}, 0
        self.lines = []
        for n, raw in enumerate(text.split("\n"), 1):
            self.lines.append((n, len(raw) - len(raw.lstrip(" ")), raw.strip()))

    def fail(self, why):
        n = self.lines[min(self.at, len(self.lines) - 1)][0]
        sys.exit(f"{self.name}:{n}: {why}")

    def skip(self):
        while self.at < len(self.lines) and (not self.lines[self.at][2] or self.lines[self.at][2].startswith("#")):
            self.at += 1
        return self.at < len(self.lines)

    def block(self, indent):
        """A map or a list whose lines begin at this indent."""
        out = None
        while self.skip() and self.lines[self.at][1] == indent:
            n, _, text = self.lines[self.at]
            if text.startswith("- ") or text == "-":
                out = [] if out is None else out
                if not isinstance(out, list):
                    self.fail("an item in a map")
                inner = text[1:].lstrip()
                place = indent + len(text) - len(inner)
                mark = re.match(r"&(\w+)$", inner)
                if re.match(r"(?:&\w+ )?[\w.<]+:(\s|$)", inner):
                    mark = re.match(r"&(\w+) ", inner)
                    self.lines[self.at] = (n, place, inner[mark.end():] if mark else inner)
                    value = self.block(place)
                elif not inner or mark:
                    self.at += 1
                    value = self.nested(indent)
                else:
                    value = self.value(inner, indent)
                    mark = None
                out.append(value)
                if mark:
                    self.anchors[mark[1]] = value
                continue
            found = re.match(r"""([\w.<-]+|"[^"]*"|'[^']*'):(?:\s+(.*))?$""", text)
            if not found:
                self.fail(f"neither an item nor a key: {text!r}")
            out = {} if out is None else out
            if not isinstance(out, dict):
                return out
            key, rest = found[1].strip("\"'"), found[2] or ""
            value = self.value(rest, indent)
            if key == "<<":
                for k, v in value.items():
                    out.setdefault(k, v)
            else:
                out[key] = value
        if self.at < len(self.lines) and self.skip() and self.lines[self.at][1] > indent:
            self.fail("unexpected indent")
        return out

    def nested(self, indent):
        if not self.skip():
            return None
        deep, text = self.lines[self.at][1:]
        if deep > indent or deep == indent and text.startswith("-"):
            return self.block(deep)
        return None

    def value(self, text, indent):
        """What stands after a key or a dash, on this line and the deeper ones below."""
        mark = re.match(r"&(\w+)\s*", text)
        if mark:
            value = self.anchors[mark[1]] = self.value(text[mark.end():], indent)
            return value
        self.at += 1
        if re.match(r"[>|][+-]?$", text):
            return self.deeper(indent)
        text = re.sub(r"(^|\s+)#.*$", "", text) if not re.match(r"[\"']", text) else text
        if text == "":
            return self.nested(indent)
        if text.startswith("*"):
            return self.anchors[text[1:]]
        if text[0] in "[{":
            while not balanced(text):
                if not self.skip():
                    self.fail("a list or map is not closed")
                text += " " + self.lines[self.at][2]
                self.at += 1
            return self.flow(text)
        if text[0] in "\"'":
            found = FLOW.match(text)
            return found and next(s for s in (found[2], found[3]) if s is not None)
        return (text + " " + self.deeper(indent)).strip()

    def deeper(self, indent):
        out = []
        while self.at < len(self.lines) and (self.lines[self.at][1] > indent or not self.lines[self.at][2]):
            out.append(self.lines[self.at][2])
            self.at += 1
        return " ".join(filter(None, out))

    def flow(self, text):
        tokens, pos = [], 0
        while text[pos:].strip() and not text[pos:].lstrip().startswith("#"):
            found = FLOW.match(text, pos)
            if not found:
                self.fail(f"cannot read {text[pos:]!r}")
            scalar = next((s for s in (found[2], found[3], found[4]) if s is not None), None)
            tokens.append((found[1], scalar.strip() if scalar is not None else None, bool(found[5])))
            pos = found.end()
        tokens.reverse()
        return self.item(tokens)

    def item(self, tokens):
        mark, scalar, _ = tokens.pop()
        if mark is None:
            return self.anchors[scalar[1:]] if scalar.startswith("*") else scalar
        out = [] if mark == "[" else {}
        while tokens[-1][0] not in ("]", "}"):
            if tokens[-1][0] == ",":
                tokens.pop()
            elif mark == "[":
                out.append(self.item(tokens))
            else:
                key = tokens.pop()[1]
                out[key] = self.item(tokens)
        tokens.pop()
        return out


def balanced(text):
    bare = re.sub(r""""(?:[^"\\]|\\.)*"|'(?:[^']|'')*'""", "", text)
    return sum(bare.count(c) for c in "[{") <= sum(bare.count(c) for c in "]}")


def load(path):
    """The file without its tests."""
    text = path.read_text(encoding="utf-8").split("\ntests:")[0]
    return Reader(text, str(path)).block(0)


# The comparison.

compared, faults, explained = {}, [], []


def same(part, who, what, got, want):
    compared[part] = compared.get(part, 0) + 1
    if got == want:
        return
    line = f"{who}: {what}: {got!r}, the facts have {want!r}"
    on_purpose, why = EXPLAINED.get((who, what), (None, ""))
    if got == on_purpose:
        explained.append((who, what, why))
    else:
        faults.append(line)


def rows(name):
    with open(data / name, encoding="utf-8", newline="") as f:
        return list(csv.DictReader(f))


def certainty(word):
    return {"checked-in-stored-source": "checked"}.get(word, word)


def pairs(entries, name):
    """(old, new) of every relation, whichever side states it."""
    out = set()
    for mid, old, new in entries:
        out |= {(o, mid) for o in old} | {(mid, n) for n in new}
    return {p for p in out if name in p}


def headers(pack, facts):
    split = lambda s: [x for x in s.split(";") if x]
    stated = [(i, m.get("supersedes", []), m.get("superseded_by", [])) for i, m in pack.items()]
    wanted = [(i, split(f["supersedes"]), split(f["superseded_by"])) for i, f in facts.items()]
    for mid, m in pack.items():
        f = facts.get(mid)
        if not f:
            same("header", mid, "id", mid, None)
            continue
        interval = m["in_force"]
        for what, got, want in (
            ("document", m["cite"]["document"], f["document"]),
            ("paragraph", m["cite"]["paragraph"], f["paragraph"]),
            ("certainty", m["cite"]["certainty"], certainty(f["certainty"])),
            ("paragraph_checked", m["cite"].get("paragraph_checked", "false"), {"yes": "true", "no": "false"}[f["paragraph_checked"]]),
            ("source", bool(m["cite"].get("source")), f["certainty"] != "from-memory"),
            ("adopted", m["adopted"], f["adopted"]),
            ("in force from", interval["from"], f["effective_from"]),
            ("in force until", interval.get("until", ""), f["effective_to"]),
            ("kind", m["kind"], f["kind"]),
            ("direction", m["direction"], f["direction"]),
            ("force", m["force"], f["force"]),
            ("supersession", sorted(pairs(stated, mid)), sorted(pairs(wanted, mid))),
        ):
            same("header", mid, what, got, want)
        if m["summary"].strip().rstrip(".").lower() == f["summary"].strip().rstrip(".").lower() and len(f["summary"].split()) > 8:
            faults.append(f"{mid}: summary: is that of the facts, not our own words")


def day_after(day, n):
    return str(datetime.date.fromisoformat(day) + datetime.timedelta(days=n))


def scope(m):
    """code → (basis, certainty, from, until, grace) for every rule that names it,
    save those that say no more than that a report is due."""
    out = {}
    for r in m.get("rules") or []:
        if r.get("finds") == "reporting-due":
            continue
        first = max(r.get("from", ""), m["in_force"]["from"])
        until = min(filter(None, (r.get("until", ""), m["in_force"].get("until", ""))), default="")
        grace = r.get("grace") or {}
        last = grace.get("until") or (day_after(m["in_force"]["from"], int(grace["days"])) if "days" in grace else "")
        for g in r.get("goods") or []:
            for code in g["codes"]:
                out.setdefault(code, set()).add((g["basis"], g.get("certainty", ""), first, until, last))
    return out


def covering(held, code):
    """What is held of the code, else of the heading or chapter above it."""
    return next((held[c] for c in (code, code[:4], code[:2]) if c in held), None)


def goods(pack, wanted):
    by = {}
    for f in wanted:
        by.setdefault(f["measure_id"], {})[f["hs_code"]] = f
    for mid, codes in sorted(by.items()):
        if mid not in pack:
            continue
        got = scope(pack[mid])
        if not got:
            same("goods", mid, "codes", "none", f"{len(codes)} codes")
            continue
        named = []
        for code, f in sorted(codes.items()):
            named += [code]
            entries = covering(got, code)
            same("goods", mid, f"code {code}", entries is not None, True)
            if entries is None:
                continue
            want = (f["code_basis"], certainty(f["certainty"]), f["effective_from"], f["effective_to"])
            same("goods", mid, f"facts of {code}", sorted({e[:4] for e in entries}), [want])
            same("goods", mid, f"grace of {code}", sorted({e[4] for e in entries} - {""}), [f["grace_to"]] if f["grace_to"] else [])
        for code in sorted(set(got) - set(named)):
            same("goods", mid, f"code {code}", "held", "not there")


def lists(folder, wanted):
    """code → (list, price) of the luxury lists, held against the luxury codes."""
    held = {}
    for path in sorted(folder.glob("*.yaml")):
        spec = load(path)
        name = "EU" if spec["id"].startswith("eu-") else re.search(r"\d{4}", spec["id"])[0]
        for g in spec["goods"]:
            for code in g["codes"]:
                held.setdefault(code, set()).add((name, g.get("above_usd", "")))
    facts = {}
    for f in wanted:
        price = re.search(r"USD ([\d,]+)", f["value_test"])
        name = "EU" if f["list"] == "EU" else f["category_id"][:4]
        facts.setdefault(f["hs_code"], set()).add((name, price[1].replace(",", "") if price else ""))
    for code in sorted(set(held) | set(facts)):
        same("lists", f"luxury code {code}", "lists and price", sorted(covering(held, code) or ()), sorted(facts.get(code, ())))
    return held


def caps(pack, held, wanted):
    for f in wanted:
        mid, what = f["measure_id"], "cap " + f["cap_id"]
        m = pack.get(mid)
        if not m:
            continue
        if f["unit"] == "USD" and not f["notice_percent"] and not f["amount2"]:
            tests = {price for entries in held.values() for _, price in entries} if held else {f["amount"]}
            same("caps", mid, what, f["amount"] in tests, True)
            continue
        have = []
        for r in m.get("rules") or []:
            limit = r.get("limit") or {}
            for c in limit.get("caps", []):
                first = c.get("from", r.get("from", m["in_force"]["from"]))
                until = c.get("withdrawn") or c.get("until", r.get("until", m["in_force"].get("until", "")))
                have.append((c["amount"], c["unit"], first, until, ";".join(c.get("notices", limit.get("notices", [])))))
        for amount, unit in ((f["amount"], f["unit"]), (f["amount2"], f["unit2"])):
            if amount:
                want = (amount, unit, f["effective_from"], f["effective_to"], f["notice_percent"])
                near = [h for h in have if h[:2] == (amount, unit)] or "none"
                same("caps", mid, what, want if want in have else near, want)


def duties(path, wanted):
    if not path.exists():
        faults.append(f"{path} is missing")
        return
    held = {d["id"]: d for d in load(path)["duties"]}
    for f in wanted:
        d = held.pop(f["duty_id"], None)
        same("duties", f["duty_id"], "is there", d is not None, True)
        if d is None:
            continue
        cite = re.sub(r" \(\d{4}\)", "", f"{d['cite']['document']} {d['cite'].get('paragraph', '')}".strip())
        same("duties", f["duty_id"], "cited", cite, re.sub(r" \(\d{4}\)", "", f["source_ref"]))
        same("duties", f["duty_id"], "certainty", d["cite"]["certainty"], certainty(f["certainty"]))
        same("duties", f["duty_id"], "due", d["due"].get("on", ""), f["due_date"])
        counted = [d["due"][k] for k in ("days", "months", "every", "monthly", "before") if k in d["due"]]
        same("duties", f["duty_id"], "counted", counted, re.findall(r"\d+", f["when"]))
        same("duties", f["duty_id"], "who", d["who"].lower(), f["who"].lower().removeprefix("1718 "))
    for extra in held:
        same("duties", extra, "is there", True, False)


if not 2 <= len(sys.argv) <= 3:
    sys.exit(__doc__)
data = pathlib.Path(sys.argv[1])
regime = pathlib.Path(sys.argv[2] if len(sys.argv) == 3 else pathlib.Path(__file__).parent.parent / "regime")
pack = {p.stem: load(p) for p in sorted((regime / "kp" / "measures").glob("*.yaml"))}
facts = {r["measure_id"]: r for r in rows("measures.csv")}

headers(pack, facts)
goods(pack, rows("hs_prohibitions.csv"))
held = lists(regime / "lists", rows("luxury_hs.csv")) if (regime / "lists").exists() else {}
caps(pack, held, rows("caps.csv"))
duties(regime / "duty" / "duties.yaml", rows("reporting_duties.csv"))
missing = sorted(set(facts) - set(pack))
for mid in missing:
    faults.append(f"{mid}: has no file")
for key in set(EXPLAINED) - {e[:2] for e in explained}:
    faults.append(f"{key[0]}: {key[1]}: is explained in this program, and there is no such difference")
for who, what, why in sorted(explained):
    print(f"explained: {who}: {what}: {why}")
for line in faults:
    print("  ", line)
counts = ", ".join(f"{n} of {part}" for part, n in sorted(compared.items()))
print(f"{len(pack)} of {len(facts)} measures; compared {counts}; {len(faults)} differ, {len(explained)} explained")
sys.exit(1 if faults else 0)
