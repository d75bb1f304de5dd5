"""Takes bundles apart and puts them together again, as whoever has a desk's keys can."""
import base64, copy, hashlib, json, os, random, re, sys, warnings, zipfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "docs", "verifier"))
from test_verify import sign

warnings.filterwarnings("ignore", "Duplicate name")


def unpack(path):
    with zipfile.ZipFile(path) as z:
        return {m.filename: z.read(m) for m in z.infolist()}


def pack(path, members, also=()):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as z:
        for name, data in [*members.items(), *also]:
            z.writestr(name, data)
    return path


def hexsha(data):
    return hashlib.sha256(data).hexdigest()


def js(value):
    """Canonical JSON, of all that a bundle of these desks holds."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


class Key:
    """A private note key of a desk."""
    def __init__(self, desk, name):
        text = open(os.path.join(desk, "keys", name + ".key")).read().strip()
        _, _, self.name, id_, data = text.split("+", 4)
        self.id, self.seed = bytes.fromhex(id_), base64.b64decode(data)[1:]

    def line(self, text):
        return f"— {self.name} {base64.b64encode(self.id + sign(self.seed, text.encode())[1]).decode()}\n"


def resign(members, key, manifest=None):
    """Makes the manifest fit the members and signs it, as whoever has the key can."""
    members = {n: b for n, b in members.items() if n not in ("manifest.json", "signature.note")}
    m = copy.deepcopy(manifest)
    m["members"] = [{"name": n, "sha256": hexsha(b), "size": len(b)} for n, b in sorted(members.items())]
    members["manifest.json"] = js(m)
    text = f"turtlebay-bundle/1\nmanifest.json sha256 {hexsha(members['manifest.json'])}\n"
    members["signature.note"] = (text + "\n" + key.line(text)).encode()
    return members


def lines_of(data):
    return [json.loads(line) for line in data.splitlines()]


def jsonl(values):
    return b"".join(js(v) + b"\n" for v in values)


def flipped(data):
    out = bytearray(data or b"\0")
    out[random.randrange(len(out))] ^= 1 << random.randrange(8)
    return bytes(out)


def refit(m, kind, change, more=()):
    """Changes the records of a kind and makes the index and the derivations fit."""
    name = f"records/{kind}.jsonl"
    records = sorted([change(r) for r in lines_of(m[name])] + list(more), key=lambda r: r["id"].encode())
    m[name] = jsonl(records)
    index = json.loads(m["records/inputs.json"])
    withheld = [e for e in index[kind] if e.get("withheld")]
    index[kind] = sorted([{"id": r["id"], "sha256": hexsha(js(r))} for r in records] + withheld, key=lambda e: e["id"].encode())
    m["records/inputs.json"] = js(index)
    held = [e for e in index[kind] if not e.get("withheld")]
    digest = hexsha("".join(f"{e['id']} {e['sha256']}\n" for e in held).encode())
    ids, out = {}, []
    for d in lines_of(m["derivations.jsonl"]):
        old = d["id"]
        for i in d["inputs"]:
            if i["kind"] == kind:
                i.update(count=len(held), digest=digest)
        bare = {k: v for k, v in d.items() if k not in ("marking", "withheld")}
        d["id"] = ids[old] = hexsha(js({**bare, "id": "", "result": {}}))[:16]
        out.append(d)
    m["derivations.jsonl"] = jsonl(sorted(out, key=lambda d: d["id"]))
    for name in ("paragraphs.json", "report/report.html"):
        m[name] = re.sub(rb"[0-9a-f]{16}", lambda f: ids.get(f[0].decode(), f[0].decode()).encode(), m[name])
