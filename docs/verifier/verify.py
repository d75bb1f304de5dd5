#!/usr/bin/env python3
"""A second verifier for the bundles of Turtle Bay, written from verify.md and custody.md alone.

It checks that the members are those of the manifest, that the signer signed it, that the records
are those of the index and of every derivation, and all that the custody log says of the bundle.
It does not derive again, read the report or verify tokens (RFC 3161); a signer not given may be
anybody. Exit status: 0 verified, 1 not verified, 2 wrong use, 3 cannot be judged.
"""
import argparse, base64, collections, contextlib, datetime, hashlib, json, os, pathlib, re, sys
import zipfile, zlib

FIELDS = "act actor at object digest parent tool detail reason previous".split()
MiB = 1 << 20

class Refused(Exception):
    """The file cannot be judged."""

class Fault(Exception):
    """Something does not hold."""

def need(condition, why):
    if not condition:
        raise Fault(why)

@contextlib.contextmanager
def noting(bad, place):
    """Adds a fault to the list and goes on behind the block."""
    try:
        yield
    except Fault as fault:
        bad.append((place, str(fault)))
    except (LookupError, TypeError, ValueError, AttributeError):
        bad.append((place, "not of the form it should have"))

def number(value):
    return type(value) is int and 0 <= value < 2**53

def canonical(value):
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))

def parse(data):
    try:
        value = json.loads(data.decode(), parse_float=int, parse_constant=int)  # int refuses both
        need(canonical(value).encode() == data, "not canonical JSON")
    except (ValueError, RecursionError):
        raise Fault("not canonical JSON") from None
    return value

def only(value, names):
    need(value.keys() == set(names.split()), f"not the members {names}")
    for name in value:
        if name in ("sha256", "salt", "commitment"):
            need(re.fullmatch("[0-9a-f]{64}", value[name]), f"{name}: not hexadecimal")
        need(name not in ("index", "leaf", "size", "count") or number(value[name]), "not a number")
    return value

def ascending(values):
    need(all(a < b for a, b in zip(values, values[1:])), "not sorted, or one is there twice")

def unbase64(text, size=None):
    data = base64.b64decode(text, validate=True)
    need(base64.b64encode(data).decode() == text, "not base64")
    need(size in (None, len(data)), "not of the right length")
    return data

def hashes(values):
    need(type(values) is list, "no list of hashes")
    return [unbase64(value, 32) for value in values]

def sha(data):
    return hashlib.sha256(data).digest()

def digest_of(pairs):
    return sha("".join(f"{name} {digest}\n" for name, digest in pairs).encode()).hex()

# --- Ed25519 (RFC 8032, section 5.1); points are (X, Y, Z, T) with x = X/Z, y = Y/Z, xy = T/Z

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P

def add(p, q):
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P

def multiply(n, p):
    q = (0, 1, 1, 0)
    for bit in bin(n)[2:]:
        q = add(q, q)
        q = add(q, p) if bit == "1" else q
    return q

def point(data):
    """Decodes a point; None if there is none."""
    sign, y = divmod(int.from_bytes(data, "little"), 1 << 255)
    xx = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(xx, (P + 3) // 8, P)
    x = x if x * x % P == xx else x * pow(2, (P - 1) // 4, P) % P
    if y >= P or x * x % P != xx or x == 0 and sign:
        return None
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P

def encoded(p):
    inverse = pow(p[2], -1, P)
    return (p[1] * inverse % P | (p[0] * inverse % P & 1) << 255).to_bytes(32, "little")

BASE = point((4 * pow(5, -1, P) % P).to_bytes(32, "little"))

def signed(public, message, signature):
    """Whether S·B − k·A is R, byte for byte."""
    a, s = point(public), int.from_bytes(signature[32:], "little")
    if a is None or len(signature) != 64 or s >= ORDER:
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % ORDER
    minus_a = (P - a[0], a[1], 1, P - a[3])
    return encoded(add(multiply(s, BASE), multiply(k, minus_a))) == signature[:32]

# --- Keys, notes, checkpoints

Key = collections.namedtuple("Key", "name id public")
Checkpoint = collections.namedtuple("Checkpoint", "text origin size root signatures")

def read_key(text, kind):
    """NAME+ID+BASE64 of the byte that says what kind of key it is and 32 bytes."""
    name, key_id, data = (text.split("+", 2) + ["", ""])[:3]
    data = unbase64(data, 33)
    key = Key(name, sha(name.encode() + b"\n" + data)[:4], data[1:])
    need(data[0] == kind and key.id.hex() == key_id, "not such a key, or its ID is not its own")
    return key

def read_note(data):
    """The signed text, and the signatures as (name, ID, signature)."""
    text, _, rest = data.decode().partition("\n\n")
    *lines, end = rest.split("\n")
    need(len(data) <= MiB // 16 and lines and not end, "not a text, an empty line and signatures")
    need(len(set(lines)) == len(lines) <= 100, "over 100 signatures, or one is there twice")
    matches = [re.fullmatch(r"— ([^\s+\x00-\x1f]+) (\S{7,})", line) for line in lines]
    need(all(matches), "a line that is no signature")
    found = [(match[1], unbase64(match[2])) for match in matches]
    need(all(len(data) > 4 for _, data in found), "a signature that is too short")
    return text + "\n", [(name, data[:4], data[4:]) for name, data in found]

def is_by(key, text, signature):
    return signature[:2] == key[:2] and signed(key.public, text.encode(), signature[2])

def read_checkpoint(data, key):
    text, signatures = read_note(data)
    match = re.fullmatch(r"(.*)\n(0|[1-9][0-9]{0,15})\n(.*)\n", text)
    need(match and match[1] == key.name, f"not a checkpoint of {key.name}")
    size, root = int(match[2]), unbase64(match[3], 32)
    need(number(size) and (size or root == sha(b"")), "not a size, or not the root of no leaf")
    need(is_by(key, text, signatures[0]), "its first signature is not one by the log's key")
    need(all(s[:2] != key[:2] for s in signatures[1:]), "the log's key signed it twice")
    return Checkpoint(text, key.name, size, root, signatures)

def cosigned(checkpoint, signature, key):
    """The time of a witness's cosignature."""
    seconds = int.from_bytes(signature[:8], "big")
    text = f"cosignature/v1\ntime {seconds}\n{checkpoint.text}".encode()
    need(signed(key.public, text, signature[8:]), "a cosignature does not verify")
    need(seconds < 253402300800, "a cosignature from after the year 9999")
    return (datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=seconds)).isoformat() + "Z"

# --- The tree (RFC 6962, section 2.1)

def node(left, right):
    return sha(b"\1" + left + right)

def left_of(size):
    return 1 << (size - 1).bit_length() - 1  # the largest power of two below

def root_along(path, leaf, index, size):
    """The root of the tree from the hash of a leaf; the path begins with the leaf's sibling."""
    need(index < size, "no such leaf in a tree of that size")
    need(bool(path) == (size > 1), "the path has too many or too few hashes")
    if size == 1:
        return leaf
    k = left_of(size)
    if index < k:
        return node(root_along(path[:-1], leaf, index, k), path[-1])
    return node(path[-1], root_along(path[:-1], leaf, index - k, size - k))

def root_from(proof, text, size):
    return root_along(hashes(proof["path"]), sha(b"\0" + text.encode()), proof["index"], size)

def check_continues(old, new, proof):
    """That the tree of the checkpoint new continues that of old, which is no larger."""
    proof = hashes(proof)
    def roots(m, n, whole):
        """Of the first m and of all n leaves of a subtree; whole if m are all that old has."""
        if whole and m == n:
            return old.root, old.root
        need(proof, "the proof has too few hashes")
        other = proof.pop()
        if m == n:
            return other, other
        k = left_of(n)
        if m <= k:
            before, after = roots(m, k, whole)
            return before, node(after, other)
        before, after = roots(m - k, n - k, False)
        return node(other, before), node(other, after)
    found = roots(old.size, new.size, True) if old.size else (old.root, new.root)
    need(not proof, "the proof has too many hashes")
    need(found == (old.root, new.root), f"{new.size} leaves do not continue the {old.size}")

# --- The bundle

class Bundle:
    def __init__(self, path):
        try:
            self.zip = zipfile.ZipFile(path)
        except (OSError, ValueError, zipfile.BadZipFile) as error:
            raise Refused(f"not a zip: {error}") from None
        members, self.names = self.zip.infolist(), set(self.zip.namelist())
        names, part = [m.orig_filename for m in members], "[A-Za-z0-9][A-Za-z0-9._-]*"
        if not all(re.fullmatch(f"{part}(/{part})*", name) for name in names):
            raise Refused("a name that no member has")
        if len({name.lower() for name in names}) < len(names) or len(names) > 10000:
            raise Refused("a name is used twice, or more than 10,000 members")
        if any(m.file_size > max(MiB, 400 * m.compress_size) for m in members):
            raise Refused("a member unpacks to more than 400 times its size")
        if sum(m.file_size for m in members) > 1024 * MiB or "manifest.json" not in names:
            raise Refused("more than 1 GiB unpacked, or no manifest")

    def read(self, name):
        need(name in self.names, f"there is no {name}")
        try:
            return self.zip.read(name)
        except (OSError, ValueError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error):
            raise Fault("does not unpack") from None

    def json(self, name, kind):
        value = parse(self.read(name))
        need(type(value) is kind, f"not a {kind.__name__}")
        return value

    def lines(self, name):
        *lines, rest = self.read(name).split(b"\n")
        need(not rest, "the last line has no end")
        return lines

def check_manifest(bundle, bad):
    manifest = bundle.json("manifest.json", dict)
    form, version = manifest["format"], manifest["version"]
    if number(version) and version > 1:
        raise Refused(f"a bundle of version {version}")
    need((form, type(version), version) == ("turtlebay-bundle", int, 1), "not a bundle")
    listed = {m["name"]: only(m, "name sha256 size") for m in manifest["members"]}
    ascending([m["name"] for m in manifest["members"]])
    for name in sorted({*listed, *bundle.names} - {"manifest.json", "signature.note"}):
        with noting(bad, name):
            need(name in listed, "the manifest does not name it")
            need("log" in manifest or not name.startswith(("items/", "log/")), "there is no log")
            data, m = bundle.read(name), listed[name]
            digest = sha(data).hex()
            need((digest, len(data)) == (m["sha256"], m["size"]), "not the manifest's bytes")
            need(not name.startswith("items/") or name[6:] == digest, "not the bytes of its name")
    return manifest

def check_signature(bundle, manifest, signers, answer):
    key, digest = read_key(manifest["signer"], 1), sha(bundle.read("manifest.json")).hex()
    text, signatures = read_note(bundle.read("signature.note"))
    need(text == f"turtlebay-bundle/1\nmanifest.json sha256 {digest}\n", "of another manifest")
    need(len(signatures) == 1 and is_by(key, text, signatures[0]), "not one by the signer's key")
    answer.update(key=manifest["signer"], valid=True, trusted=manifest["signer"] in signers)

def check_index(bundle, manifest):
    """The entries of the records that travel, by kind, and the number of those withheld."""
    held, withheld = {}, 0
    for kind, entries in bundle.json("records/inputs.json", dict).items():
        ascending([e["id"] for e in entries])
        held[kind] = [only(e, "id sha256") for e in entries if "withheld" not in e]
        hidden = [only(e, "id sha256 withheld") for e in entries if "withheld" in e]
        need(all(e["withheld"] is True and e["id"] == "withheld-" + e["sha256"][:12]
                 for e in hidden), f"{kind}: not the id of its commitment")
        withheld += len(hidden)
    need(sum(manifest.get("withheld", {}).values()) == withheld, "others are withheld")
    return held, withheld

def check_lines(bundle, held):
    kinds = {name[8:-6] for name in bundle.names if re.fullmatch(r"records/.*\.jsonl", name)}
    need(kinds == {kind for kind in held if held[kind]}, "not the kinds of the members")
    for kind in sorted(kinds):
        lines = bundle.lines(f"records/{kind}.jsonl")
        found = [{"id": parse(line)["id"], "sha256": sha(line).hex()} for line in lines]
        need(found == held[kind], f"{kind}: not the records of the index")

def check_derivations(bundle, held):
    derivations = [parse(line) for line in bundle.lines("derivations.jsonl")]
    ascending([d["id"] for d in derivations])
    for d in derivations:
        named = {n: d[n] for n in d if n not in ("marking", "withheld")}
        named = canonical({**named, "id": "", "result": {}}).encode()
        need(sha(named).hex()[:16] == d["id"], f"{d['id']}: not the id of what it says")
        sets = [(only(i, "count digest kind")["count"], i["digest"]) for i in d["inputs"]]
        need(sets == [record_set(held.get(i["kind"], [])) for i in d["inputs"]],
             f"{d['id']}: not derived from these records")

def record_set(entries):
    return len(entries), digest_of((e["id"], e["sha256"]) for e in entries)

# --- What the custody log says

def committed(salt, name, value):
    return sha(salt + b"\0" + name.encode() + b"\0" + value.encode())

def opened_leaf(opening, top):
    """The open fields of a leaf that is proven."""
    leaf, shown = "turtlebay-leaf/1\n", {}
    fields = only(only(opening, "fields index path")["fields"], " ".join(FIELDS))
    for name in FIELDS:
        field, commitment = fields[name], fields[name].get("commitment")
        if only(field, "commitment" if commitment else "salt value") and not commitment:
            shown[name] = field["value"]
            commitment = committed(bytes.fromhex(field["salt"]), name, field["value"]).hex()
        leaf += f"{name} {commitment}\n"
    root = root_from(opening, leaf, top.size)
    need(root == top.root, f"leaf {opening['index']} does not lead to the root")
    return shown

def check_openings(bundle, top):
    openings = [parse(line) for line in bundle.lines("log/openings.jsonl")]
    ascending([o["index"] for o in openings])
    return {o["index"]: opened_leaf(o, top) for o in openings}

def check_handover(manifest, opened):
    members = [(m["name"], m["sha256"]) for m in manifest["members"]]
    digest = digest_of(m for m in members if not m[0].startswith("log/"))
    exports = [leaf.get("digest") for leaf in opened.values() if leaf.get("act") == "export"]
    need(digest in exports, "no leaf shows an export of these members")

def check_items(bundle, opened):
    items = [only(i, "id leaf sha256") for i in bundle.json("log/items.json", list)]
    ascending([i["id"] for i in items])
    for i in items:
        leaf = opened[i["leaf"]]
        need(leaf["act"] in ("receive", "derive", "copy", "redact")
             and (leaf["object"], leaf["digest"]) == (i["id"], i["sha256"]),
             f"leaf {i['leaf']} does not show that {i['id']} came in")
    carried = {name[6:] for name in bundle.names if name.startswith("items/")}
    need(carried <= {i["sha256"] for i in items}, "an item that travels is not listed")
    return len(items)

def check_records(bundle, held, opened):
    """How many records are proven, and how many are vouched for by the handover alone."""
    records = [parse(line) for line in bundle.lines("log/records.jsonl")]
    need([(r["kind"], r["id"], r["sha256"]) for r in records] ==
         [(kind, e["id"], e["sha256"]) for kind in sorted(held) for e in held[kind]],
         "not the records of the index")
    proven = [only(r, "id kind leaf proof sha256") for r in records if "proof" in r]
    for r in (r for r in records if "proof" not in r):
        need(only(r, "altered id kind leaf sha256")["altered"] is True and r["leaf"] == 0,
             f"{r['id']}: neither proven nor altered")
    for r in proven:
        proof, leaf = only(r["proof"], "index path salt size"), opened[r["leaf"]]
        commitment = committed(bytes.fromhex(proof["salt"]), r["id"], r["sha256"]).hex()
        root = root_from(proof, f"turtlebay-record/1\n{commitment}\n", proof["size"])
        need(leaf["act"] in ("derive", "mark") and leaf["digest"] == root.hex(),
             f"{r['id']}: leaf {r['leaf']} does not show that it was made")
    return len(proven), len(records) - len(proven)

def check_history(bundle, key, top):
    """All checkpoints, by size."""
    checkpoints, later, history = {top.size: top}, top, bundle.json("log/history.json", list)
    need(len(history) <= 1000, "more than 1,000 checkpoints")
    for entry in reversed(history):
        earlier = read_checkpoint(only(entry, "checkpoint proof")["checkpoint"].encode(), key)
        need(earlier.size < later.size, "not smaller than the one after it")
        check_continues(earlier, later, entry["proof"])
        later = checkpoints[earlier.size] = earlier
    return checkpoints

def count_stamps(names, checkpoints):
    stamps = collections.Counter()
    for name in names:
        if name.startswith("log/stamps/"):
            stamps[name[11:].split("-")[0]] += 1
    need(stamps.keys() <= set(map(str, checkpoints)), "a stamp without a checkpoint of its size")
    numbered = {f"log/stamps/{s}-{n + 1}.tsr" for s in stamps for n in range(stamps[s])}
    need(numbered <= names, "the stamps are not numbered from 1")
    return len(numbered)

def check_kept(data, key, checkpoints):
    mine = read_checkpoint(data, key)
    need(mine.size in checkpoints, "nothing shows that the log continues this checkpoint")
    need(checkpoints[mine.size].text == mine.text, "the log was rewritten")

def check_witnesses(checkpoints, witnesses):
    return [{"by": key.name, "at": cosigned(checkpoint, s[2], key), "size": size}
            for size, checkpoint in sorted(checkpoints.items())
            for key in witnesses for s in checkpoint.signatures if s[:2] == key[:2]]

def check_log(bundle, manifest, held, witnesses, kept, log, bad):
    with noting(bad, "log/checkpoint"):
        need("log" in manifest, "the bundle has no custody log")
        key = read_key(manifest["log"], 1)
        top = read_checkpoint(bundle.read("log/checkpoint"), key)
        root = base64.b64encode(top.root).decode()
        log["checkpoint"] = {"origin": top.origin, "size": top.size, "root": root}
        log["signers"] = [f"{key.name}+{key.id.hex()}"]
        with noting(bad, "log/openings.jsonl"):
            opened = check_openings(bundle, top)
            with noting(bad, "handover"):
                check_handover(manifest, opened)
            with noting(bad, "log/items.json"):
                log["items"] = check_items(bundle, opened)
            with noting(bad, "log/records.jsonl"):
                log["records"], log["altered"] = check_records(bundle, held, opened)
        with noting(bad, "log/history.json"):
            checkpoints = check_history(bundle, key, top)
            log["witnessed"] = check_witnesses(checkpoints, witnesses)
            log["timestamped"] = count_stamps(bundle.names, checkpoints)
            for name, data in kept:
                with noting(bad, f"kept checkpoint {name}"):
                    check_kept(data, key, checkpoints)

# --- The answer

def judge(path, signers=(), witnesses=(), kept=()):
    bundle, bad, log, manifest = Bundle(path), [], None, {}
    signature = {"key": "", "valid": False, "trusted": False}
    with noting(bad, "manifest.json"):
        manifest = check_manifest(bundle, bad)
        with noting(bad, "signature.note"):
            check_signature(bundle, manifest, signers, signature)
        held, withheld = {}, 0
        with noting(bad, "records/inputs.json"):
            held, withheld = check_index(bundle, manifest)
            check_lines(bundle, held)
        with noting(bad, "derivations.jsonl"):
            check_derivations(bundle, held)
        if "log" in manifest or kept or witnesses:
            log = {"checkpoint": None, "signers": [], "witnessed": [], "timestamped": 0,
                   "items": 0, "records": 0, "altered": 0, "withheld": withheld}
            faults = []
            check_log(bundle, manifest, held, witnesses, kept, log, faults)
            log.update(ok=not faults, bad=[{"what": what, "why": why} for what, why in faults])
    known = signature["trusted"] if signers else signature["valid"]
    checked = {"checked": len(manifest.get("members", [])),
               "bad": [{"member": member, "why": why} for member, why in bad]}
    ok = not bad and known and (log is None or log["ok"])
    return {"ok": ok, "bytes": checked, "signature": signature, "log": log}

def show(answer):
    for what, value in {**answer, **answer["bytes"], **(answer.pop("log") or {})}.items():
        print(f"{what:12} {ascii(value)}")
    print("verified" if answer["ok"] else "NOT verified", "(figures were not derived again)")

def content(argument):
    exists = os.path.exists(argument)
    return pathlib.Path(argument).read_text("utf-8").rstrip("\r\n") if exists else argument

def main():
    parser = argparse.ArgumentParser(description="Verifies a bundle of Turtle Bay.")
    parser.add_argument("bundle")
    for option in "signer", "witness", "checkpoint":
        parser.add_argument("--" + option, action="append", default=[])
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    try:
        signers = [s for s in map(content, args.signer) if read_key(s, 1)]
        witnesses = [read_key(content(w), 4) for w in args.witness]
        kept = [(name, pathlib.Path(name).read_bytes()) for name in args.checkpoint]
    except (Fault, OSError, ValueError) as error:
        parser.error(str(error))
    try:
        answer = judge(args.bundle, signers, witnesses, kept)
    except Refused as why:
        print(json.dumps({"refused": str(why)}) if args.json else f"cannot be judged: {why}")
        return 3
    print(json.dumps(answer)) if args.json else show(answer)
    return 0 if answer["ok"] else 1

if __name__ == "__main__":
    sys.exit(main())
