"""What the scripts beside this one ask of a desk, through the program alone."""
import hashlib, json, os, random, subprocess, sys, threading, zipfile

TB, WORK = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
ROWS = 4000
os.environ["TURTLEBAY_BY"] = "fault test"
faults, lock = [], threading.Lock()


def fault(text):
    with lock:
        faults.append(text)
        print("  ", text[:400], file=sys.stderr)


def run(*args, timeout=120):
    return subprocess.run([TB, *args], capture_output=True, text=True, timeout=timeout)


def must(*args):
    p = run(*args)
    if p.returncode:
        raise RuntimeError(f"turtlebay {' '.join(args)}: exit {p.returncode}: {p.stdout[-300:]}{p.stderr[-300:]}")
    return p.stdout


def lines(text):
    return [json.loads(line) for line in text.splitlines()]


def bent(whole):
    """The bytes with one bit flipped."""
    out = bytearray(whole)
    out[random.randrange(len(out))] ^= 1 << random.randrange(8)
    return out


def rows(path, tag, n=ROWS):
    with open(path, "w") as f:
        f.write("id,date,direction,hs,description,net_kg,value_usd,origin,destination,contract_date\n")
        for i in range(n):
            f.write(f"SHP-{tag}-{i},2018-0{1 + i % 9}-1{i % 9},from_dprk,270112,\"lot {i}, {tag}\",{1000 + i},{i}.50,KP,XA,\n")
    return path


def records(desk):
    counted = {}
    for line in must("records", "--desk", desk).splitlines():
        kind, n = line.split()[:2]
        counted[kind] = n
    return counted


def items(desk):
    return {i["id"]: (i["sha256"], json.dumps(i.get("marking", {})), i.get("destroyed", False)) for i in lines(must("evidence", "list", "--json", "--desk", desk))}


def report(desk):
    """The digests of the report's files. They have to be of one making, unless their taking their
    places was interrupted: then start-up goes on with it."""
    out = {}
    for name in ("report.docx", "report.html", "report.tbz"):
        path = os.path.join(desk, "out", name)
        out[name] = hashlib.sha256(open(path, "rb").read()).hexdigest() if os.path.exists(path) else ""
    if out["report.tbz"] and not os.path.exists(os.path.join(desk, "out", ".set", "list.json")):
        z = zipfile.ZipFile(os.path.join(desk, "out", "report.tbz"))
        for name in ("report.docx", "report.html"):
            if hashlib.sha256(z.read("report/" + name)).hexdigest() != out[name]:
                fault(f"{desk}: {name} is not the one in report.tbz")
    return out


def sound(desk, when):
    """Everything that must hold of a desk whatever happened to it."""
    for args in (("vault", "check", "--json"), ("log", "verify", "--json")):
        p = run(*args, "--desk", desk)
        if p.returncode:
            fault(f"{when}: {' '.join(args)}: exit {p.returncode}: {p.stdout[:300]} {p.stderr[:300]}")
    batches = {e["object"]: e for e in lines(must("log", "--json", "--desk", desk)) if e["act"] == "derive" and e["object"].startswith("RB-")}
    held = {i["id"] for i in lines(must("evidence", "list", "--json", "--desk", desk))}
    for e in batches.values():
        for item in e.get("parent", "").split():
            if item not in held:
                fault(f"{when}: {e['object']} has no evidence {item}")
    for d, dirs, files in os.walk(desk):
        for name in files + dirs:
            if name.startswith((".writing-", ".unfinished-", ".set")) or (os.path.basename(d) == "pending" and os.path.basename(os.path.dirname(d)) == "vault"):
                fault(f"{when}: {os.path.join(d, name)} was left behind")
