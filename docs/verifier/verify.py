#!/usr/bin/env python3
"""A second verifier for the bundles of Turtle Bay, written from docs/verify.md and docs/custody.md alone.

    python3 verify.py BUNDLE [--signer KEY|FILE]... [--witness KEY|FILE]... [--checkpoint FILE]... [--json]

It checks that the zip is harmless; that the members are those of the manifest, byte for byte, and no others; that all
JSON is canonical; that the signer signed the manifest; that the records are those of the index; that every derivation
names the records at hand and has the id it should have; and all that the custody log says of the bundle: checkpoint,
openings, items, records, the handover, the earlier checkpoints, those that the reader kept, and the cosignatures of the
witnesses whose keys are given.

It does not derive anything again: whether a figure follows from the records is not checked, nor what is printed in the
report. Tokens of time-stamping authorities (RFC 3161) are counted, not verified. That a witness has not signed is shown
and is no fault. A signer whose key is not given may be anybody.

Exit status: 0 verified, 1 not verified, 2 wrong use, 3 cannot be judged. Python 3.8 or newer, no packages.
"""
import argparse, base64, collections, contextlib, datetime, hashlib, io, json, os, pathlib, re, stat, struct, sys
import zipfile, zlib

MiB = 1 << 20
LIMITS = {"signature.note": MiB // 16, "manifest.json": 2 * MiB, "paragraphs.json": 2 * MiB,
          "records/inputs.json": 16 * MiB, "derivations.jsonl": 32 * MiB, "report/report.html": 32 * MiB,
          "log/records.jsonl": 128 * MiB}
FIELDS = "act actor at object digest parent tool detail reason previous".split()


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


# --- JSON, and the shapes it must have

HEX = re.compile("[0-9a-f]{64}")
TEXT = re.compile(r"[^\x00-\x1f\x7f]+")
KIND = re.compile("[a-z][a-z0-9_]*")


def number(value):
    return type(value) is int and 0 <= value < 2**53


def every(key, shape):
    """The shape of an object with any members whose names match."""
    return lambda v: type(v) is dict and all(key.fullmatch(n) and fits(e, shape) for n, e in v.items())


def either(*shapes):
    return lambda v: any(fits(v, s) for s in shapes)


def fits(value, shape):
    """Whether a value is of a type, matches a pattern, passes a test, is a list of [shape], or has the members
    {name: shape} and no others, where "name?" may be missing but not empty."""
    if isinstance(shape, dict):
        names = {n.rstrip("?"): n for n in shape}
        return type(value) is dict and set(value) <= set(names) and all(
            (fits(value[n], shape[s]) and (n == s or bool(value[n]))) if n in value else n != s for n, s in names.items())
    if isinstance(shape, list):
        return type(value) is list and all(fits(e, shape[0]) for e in value)
    if isinstance(shape, re.Pattern):
        return type(value) is str and bool(shape.fullmatch(value))
    return type(value) is shape if isinstance(shape, type) else shape(value)


MARKING = either(dict, str)
MANIFEST = {
    "about": {"body": str, "date": str, "marking?": MARKING, "period": str, "symbol?": str, "title": str, "view": str},
    "cover?": str, "format": re.compile("turtlebay-bundle"), "log?": TEXT,
    "members": [{"name": str, "sha256": HEX, "size": number}],
    "recipient?": str, "signer": TEXT, "version": lambda v: number(v) and v == 1, "withheld?": every(TEXT, number)}
INDEX = every(KIND, [{"id": TEXT, "sha256": HEX, "withheld?": bool}])
TABLE = {"columns": [{"form": str, "key": str, "title": str, "unit?": str}],
         "rows": [{"cells": [str], "record?": str, "total?": bool, "unverified?": bool}]}
DERIVATION = {
    "function": re.compile(r"[^@\s]+@[1-9][0-9]*"), "id": re.compile("[0-9a-f]{16}"),
    "inputs": [{"count": number, "digest": HEX, "kind": KIND}], "marking?": MARKING, "params": every(TEXT, str),
    "result": {"high?": str, "low?": str, "note?": str, "records?": [str], "table?": TABLE, "unit?": str,
               "unverified?": [str], "value?": str},
    "withheld?": str}
STYLE = re.compile("exact|plain|unsigned|least|greatest")
PLACE = {"figures": [{"derivation": str, "style?": STYLE, "text?": str}], "label": str, "number?": number}
FIELD = either({"commitment": HEX}, {"salt": HEX, "value": str})
OPENING = {"fields": dict.fromkeys(FIELDS, FIELD), "index": number, "path": [str]}
VALUES = {"act": re.compile("receive|view|copy|derive|export|redact|mark|grant|destroy|void"),
          "at": re.compile(r"(?a)\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"), "digest": re.compile("([0-9a-f]{64})?"),
          "previous": re.compile("(0|[1-9][0-9]*)?")}
ITEM = {"id": TEXT, "leaf": number, "sha256": HEX}
PROOF = {"index": number, "path": [str], "salt": HEX, "size": number}
RECORD = either({"id": TEXT, "kind": KIND, "leaf": number, "proof": PROOF, "sha256": HEX},
                {"altered": lambda v: v is True, "id": TEXT, "kind": KIND, "leaf": lambda v: number(v) and v == 0,
                 "sha256": HEX})
HISTORY = [{"checkpoint": str, "proof": [str]}]


def canonical(value):
    """RFC 8785 for what occurs: no fractions, no numbers beyond 2^53 - 1."""
    if isinstance(value, dict):
        names = sorted(value, key=lambda n: n.encode("utf-16-be"))
        return "{" + ",".join(canonical(n) + ":" + canonical(value[n]) for n in names) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(canonical, value)) + "]"
    if isinstance(value, float) or type(value) is int and abs(value) >= 2**53:
        raise ValueError(f"the number {value}")
    return json.dumps(value, ensure_ascii=False)


def parse(data, shape, what="it"):
    try:
        value = json.loads(data.decode("utf-8"))
        need(canonical(value).encode("utf-8") == data, f"{what} is not canonical JSON")
    except (ValueError, RecursionError):
        raise Fault(f"{what} is not canonical JSON") from None
    need(fits(value, shape), f"{what} is not of the form it should have")
    return value


def unbase64(text, *sizes):
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        raise Fault("not base64") from None
    need(base64.b64encode(data).decode() == text and (not sizes or len(data) in sizes), "not base64 of the right length")
    return data


def ascending(values):
    return all(a < b for a, b in zip(values, values[1:]))


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
        if bit == "1":
            q = add(q, p)
    return q


def point(data):
    """Decodes a point; None if there is none."""
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (1 << 255) - 1
    xx = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(xx, (P + 3) // 8, P)
    if (x * x - xx) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if y >= P or (x * x - xx) % P or x == 0 and sign:
        return None
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


def encoded(p):
    inverse = pow(p[2], -1, P)
    x, y = p[0] * inverse % P, p[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


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


def sha(data):
    return hashlib.sha256(data).digest()


def read_key(text, kind):
    """NAME+ID+BASE64 of the byte that says what kind of key it is and 32 bytes."""
    parts = text.split("+", 2)
    need(len(parts) == 3 and re.fullmatch(r"\S+", parts[0]), "not a key of the form NAME+ID+BASE64")
    data = unbase64(parts[2], 33)
    key_id = sha(parts[0].encode() + b"\n" + data)[:4]
    need(data[0] == kind and key_id.hex() == parts[1], "the key is not of the right kind, or its ID is not its own")
    return Key(parts[0], key_id, data[1:])


def read_note(data):
    """The signed text, and the signatures as (name, ID, signature)."""
    need(len(data) <= 64 * 1024, "a note over 64 KiB")
    try:
        text, _, rest = data.decode("utf-8").partition("\n\n")
    except ValueError:
        raise Fault("not UTF-8") from None
    *lines, end = rest.split("\n")
    need(lines and not end, "not a text, an empty line and signatures")
    need(len(lines) <= 100 and len(set(lines)) == len(lines), "more than 100 signatures, or one is there twice")
    return text + "\n", [read_signature(line) for line in lines]


def read_signature(line):
    match = re.fullmatch(r"— ([^\s+\x00-\x1f]+) (\S+)", line)
    need(match, "a line that is no signature")
    data = unbase64(match[2])
    need(len(data) > 4, "a signature that is too short")
    return match[1], data[:4], data[4:]


def by_key(key, text, signature):
    return signature[:2] == (key.name, key.id) and signed(key.public, text.encode(), signature[2])


def read_checkpoint(data, key):
    text, signatures = read_note(data)
    lines = text.split("\n")
    need(len(lines) == 4 and re.fullmatch("0|[1-9][0-9]{0,15}", lines[1]), "not three lines, or no size")
    need(lines[0] == key.name, f"a checkpoint of {lines[0]}, not of {key.name}")
    size, root = int(lines[1]), unbase64(lines[2], 32)
    need(number(size), "a size beyond 2^53 - 1")
    need(size > 0 or root == sha(b""), "not the root of no leaf")
    need(by_key(key, text, signatures[0]), "its first signature is not one by the log's key")
    need(all(s[:2] != (key.name, key.id) for s in signatures[1:]), "the log's key signed it twice")
    return Checkpoint(text, lines[0], size, root, signatures)


def cosigned(checkpoint, signature, key):
    """The time of a witness's cosignature."""
    seconds = int.from_bytes(signature[2][:8], "big")
    text = f"cosignature/v1\ntime {seconds}\n{checkpoint.text}"
    need(len(signature[2]) == 72 and seconds < 253402300800 and signed(key.public, text.encode(), signature[2][8:]),
         f"the cosignature at {checkpoint.size} leaves does not verify")
    return (datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


# --- The tree (RFC 6962, section 2.1)

def node(left, right):
    return sha(b"\1" + left + right)


def left_of(size):
    """The size of the left subtree: the largest power of two below."""
    return 1 << (size - 1).bit_length() - 1


def hashes(path):
    need(len(path) <= 64, "a path of more than 64 hashes")
    return [unbase64(h, 32) for h in path]


def root_along(path, leaf, index, size):
    """The root of the tree from the hash of a leaf; the path begins with the leaf's sibling."""
    need(index < size, "no such leaf in a tree of that size")
    need(bool(path) == (size > 1), "the path has too many or too few hashes")
    if size == 1:
        return leaf
    k, other = left_of(size), path[-1]
    if index < k:
        return node(root_along(path[:-1], leaf, index, k), other)
    return node(other, root_along(path[:-1], leaf, index - k, size - k))


def check_continues(old, new, proof):
    """That the tree of the checkpoint new continues that of old, which is no larger."""
    proof = hashes(proof)

    def roots(m, n, whole):
        """The roots of the first m and of all n leaves of a subtree. The last hash of the proof belongs to the top."""
        if m == n and whole:
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

    before, after = roots(old.size, new.size, True) if old.size else (old.root, new.root)
    need(not proof, "the proof has too many hashes")
    need((before, after) == (old.root, new.root), f"{new.size} leaves do not continue the {old.size}")


# --- The zip

class Bounded(io.FileIO):
    """A file of which nobody reads more than 8 MiB at once. The library reads a table of contents at once."""
    def read(self, size=-1):
        if size > 8 * MiB:
            raise Refused("a table of contents over 8 MiB")
        return super().read(size)


UNREADABLE = OSError, ValueError, EOFError, struct.error, zipfile.BadZipFile, NotImplementedError


class Bundle:
    def __init__(self, file):
        try:
            self.zip = zipfile.ZipFile(file)
            self.members = {m.filename: m for m in self.zip.infolist()}
            refuse_hostile(file, self.zip.infolist())
        except UNREADABLE as error:
            raise Refused(f"not a zip: {error}") from None

    def chunks(self, name):
        need(name in self.members, f"there is no {name}")
        info, size = self.members[name], 0
        need(info.compress_type in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED), "neither stored nor deflated")
        try:
            with self.zip.open(info) as member:
                while chunk := member.read(MiB):
                    size += len(chunk)
                    yield chunk
        except UNREADABLE + (zlib.error,):
            raise Fault("does not unpack") from None
        need(size == info.file_size, "unpacks to another size than the zip says")

    def read(self, name):
        return b"".join(self.chunks(name))

    def digest(self, name):
        digest, size = hashlib.sha256(), 0
        for chunk in self.chunks(name):
            digest.update(chunk)
            size += len(chunk)
        return digest.hexdigest(), size

    def json(self, name, shape):
        return parse(self.read(name), shape)

    def lines(self, name):
        *lines, rest = self.read(name).split(b"\n")
        need(not rest, "the last line has no end")
        need(all(len(line) <= 4 * MiB for line in lines), "a line over 4 MiB")
        return lines


def refuse_hostile(file, members):
    def refuse(condition, why):
        if condition:
            raise Refused(why)

    refuse(len(members) > 10000, "more than 10,000 members")
    refuse(len({m.filename.lower() for m in members}) < len(members), "a name is used twice")
    refuse(sum(m.file_size for m in members) > 1024 * MiB, "more than 1 GiB unpacked")
    refuse(sum(m.file_size for m in members if m.filename.startswith("records/")) > 128 * MiB, "records over 128 MiB")
    for m in members:
        plain = all(re.fullmatch("[A-Za-z0-9][A-Za-z0-9._-]*", part) for part in m.orig_filename.split("/"))
        refuse(not plain, f"the name {m.orig_filename!a}")
        kind = stat.S_IFMT(m.external_attr >> 16) if m.create_system in (3, 19) else 0
        refuse(kind not in (0, stat.S_IFREG), f"{m.filename} is no file")
        refuse(m.flag_bits & 0x2041, f"{m.filename} is encrypted")
        refuse(m.file_size > max(MiB, 400 * m.compress_size), f"{m.filename} unpacks to more than 400 times its size")
        limit = LIMITS.get(m.filename, (32 if m.filename.startswith("log/") else 1024) * MiB)
        refuse(m.file_size > limit, f"{m.filename} is over {limit} bytes")
    spans = sorted(span(file, m) for m in members) + [(file.seek(0, io.SEEK_END), 0)]
    refuse(any(end > start for (_, end), (start, _) in zip(spans, spans[1:])), "members overlap")


def span(file, member):
    file.seek(member.header_offset)
    name, extra = struct.unpack("<26x2H", file.read(30))
    return member.header_offset, member.header_offset + 30 + name + extra + member.compress_size


# --- The bundle

NAMES = re.compile(r"README\.txt|report/[A-Za-z0-9._-]+|records/(inputs\.json|[a-z][a-z0-9_]*\.jsonl)|derivations\.jsonl"
                   r"|paragraphs\.json|items/[0-9a-f]{64}|log/(checkpoint|(openings|records)\.jsonl|(items|history)\.json"
                   r"|stamps/(0|[1-9][0-9]*)-[1-9][0-9]*\.tsr)")


def read_manifest(bundle):
    """The manifest and its digest. Refused if there is none, or one of a newer version."""
    if "manifest.json" not in bundle.members:
        raise Refused("not a bundle: there is no manifest")
    data = bundle.read("manifest.json")
    version = parse(data, dict).get("version")
    if number(version) and version > 1:
        raise Refused(f"a bundle of version {version}")
    return parse(data, MANIFEST), hashlib.sha256(data).hexdigest()


def check_members(bundle, manifest, bad):
    listed = {m["name"]: m for m in manifest["members"]}
    with noting(bad, "manifest.json"):
        need(ascending([m["name"] for m in manifest["members"]]), "its members are not sorted by name, or one is listed twice")
    for name in sorted({"README.txt", "records/inputs.json", "derivations.jsonl", "paragraphs.json", *listed, *bundle.members}
                       - {"manifest.json", "signature.note"}):
        with noting(bad, name):
            need(name in listed, "the manifest does not name it")
            need(NAMES.fullmatch(name), "no member has such a name")
            need("log" in manifest or not name.startswith(("items/", "log/")), "the manifest names no log")
            digest = bundle.digest(name)
            need(digest == (listed[name]["sha256"], listed[name]["size"]), "not the bytes that the manifest names")
            need(not name.startswith("items/") or name == "items/" + digest[0], "not the bytes of its name")


def check_signature(bundle, manifest, digest, trusted, bad):
    valid = False
    with noting(bad, "signature.note"):
        key = read_key(manifest["signer"], 1)
        text, signatures = read_note(bundle.read("signature.note"))
        need(text == f"turtlebay-bundle/1\nmanifest.json sha256 {digest}\n", "it does not name this manifest")
        need(len(signatures) == 1 and by_key(key, text, signatures[0]), "not one signature by the key of the manifest")
        valid = True
    return {"key": manifest["signer"], "valid": valid, "trusted": valid and manifest["signer"] in trusted}


def check_index(bundle, manifest, bad):
    """The records that travel, by kind, each against its line, and the number of those withheld."""
    index = {}
    with noting(bad, "records/inputs.json"):
        index = bundle.json("records/inputs.json", INDEX)
    withheld = [e for entries in index.values() for e in entries if "withheld" in e]
    with noting(bad, "records/inputs.json"):
        for kind, entries in index.items():
            need(ascending([e["id"] for e in entries]), f"{kind}: not sorted by id, or one is there twice")
        for e in withheld:
            need(e["id"] == "withheld-" + e["sha256"][:12], f"{e['id']}: not the id of its commitment")
        counted = sum(manifest.get("withheld", {}).values())
        need(counted == len(withheld), f"{len(withheld)} are withheld, the manifest counts {counted}")
    held = {kind: [e for e in entries if "withheld" not in e] for kind, entries in index.items()}
    for name in sorted(bundle.members):
        if name.startswith("records/") and name.endswith(".jsonl") and not held.get(name[8:-6]):
            bad.append((name, "the index has no such records"))
    for kind in filter(held.get, held):
        with noting(bad, f"records/{kind}.jsonl"):
            check_records(bundle.lines(f"records/{kind}.jsonl"), kind, held[kind], bad)
    return held, len(withheld)


def check_records(lines, kind, entries, bad):
    for number_of, (line, entry) in enumerate(zip(lines, entries), 1):
        with noting(bad, f"records/{kind}.jsonl"):
            what = f"line {number_of}, {entry['id']}"
            need(hashlib.sha256(line).hexdigest() == entry["sha256"], f"{what}: not the bytes that the index names")
            need(parse(line, dict, what).get("id") == entry["id"], f"{what}: it has another id")
    need(len(lines) == len(entries), f"{len(lines)} lines, the index has {len(entries)} records")


def check_derivations(bundle, held, bad):
    """What can be said of the derivations without their functions: ids, and sets of records."""
    ids, sets = [], {kind: record_set(entries) for kind, entries in held.items()}
    with noting(bad, "derivations.jsonl"):
        for n, line in enumerate(bundle.lines("derivations.jsonl"), 1):
            with noting(bad, "derivations.jsonl"):
                d = parse(line, DERIVATION, f"line {n}")
                ids.append(d["id"])
                check_derivation(d, sets)
        need(ascending(ids) and len(ids) <= 20000, "not sorted by id, one is there twice, or more than 20,000")
    with noting(bad, "paragraphs.json"):
        places = bundle.json("paragraphs.json", [PLACE])
        need(len(places) <= 20000, "more than 20,000 places")
        differ = {f["derivation"] for place in places for f in place["figures"]} ^ set(ids)
        need(not differ, f"not the derivations that there are: {', '.join(sorted(differ))}")


def record_set(entries):
    """The number of records of a kind, and the digest of the set."""
    return len(entries), hashlib.sha256("".join(f"{e['id']} {e['sha256']}\n" for e in entries).encode()).hexdigest()


def check_derivation(d, sets):
    named = {n: v for n, v in d.items() if n not in ("marking", "withheld")}
    named.update(id="", result={})
    need(hashlib.sha256(canonical(named).encode()).hexdigest()[:16] == d["id"], f"{d['id']}: not the id of what it says")
    for i in d["inputs"]:
        need((i["count"], i["digest"]) == sets.get(i["kind"], record_set([])),
             f"{d['id']}: not derived from these records of the kind {i['kind']}")
    silent = "marking" not in d and set(d["result"]) <= {"table"}
    need("withheld" not in d or silent, f"{d['id']}: withheld, and yet it says something")


# --- What the custody log says

def check_log(bundle, manifest, held, withheld, witnesses, kept):
    bad = []
    log = {"ok": False, "checkpoint": None, "signers": [], "witnessed": [], "timestamped": 0, "items": 0, "records": 0,
           "altered": 0, "withheld": withheld, "bad": bad}
    with noting(bad, "log/checkpoint"):
        need("log" in manifest, "the bundle has no custody log")
        key = read_key(manifest["log"], 1)
        top = read_checkpoint(bundle.read("log/checkpoint"), key)
        log["checkpoint"] = {"origin": top.origin, "size": top.size, "root": base64.b64encode(top.root).decode()}
        log["signers"] = [f"{key.name}+{key.id.hex()}"]
        opened = check_openings(bundle, top, bad)
        log["items"] = check_items(bundle, opened, bad)
        log["records"], log["altered"] = check_record_proofs(bundle, held, opened, bad)
        with noting(bad, "handover"):
            check_handover(manifest, opened)
        checkpoints = check_history(bundle, key, top, bad)
        check_kept(kept, key, checkpoints, bad)
        log["witnessed"] = check_witnesses(checkpoints, witnesses, bad)
        log["timestamped"] = count_stamps(bundle, checkpoints, bad)
    log["ok"] = not bad
    return log


def check_openings(bundle, top, bad):
    """The open fields of the leaves that are proven, by index."""
    opened, last = {}, ("", -1)
    with noting(bad, "log/openings.jsonl"):
        for n, line in enumerate(bundle.lines("log/openings.jsonl"), 1):
            with noting(bad, f"opening {n}"):
                need(len(line) <= MiB, "over 1 MiB")
                o = parse(line, OPENING)
                values = check_opening(o, top)
                now = (max(values.get("at", ""), last[0]), o["index"])
                need(now[1] > last[1], f"leaf {o['index']} comes after leaf {last[1]}")
                need(values.get("at", now[0]) == now[0], f"leaf {o['index']} is older than the one before")
                opened[o["index"]], last = values, now
    return opened


def check_opening(opening, top):
    values, leaf = {}, "turtlebay-leaf/1\n"
    for name in FIELDS:
        field = opening["fields"][name]
        if "value" in field:
            value = values[name] = field["value"]
            need(fits(value, VALUES.get(name, str)), f"leaf {opening['index']}: no such {name}: {value!a}")
            leaf += f"{name} {committed(bytes.fromhex(field['salt']), name, value).hex()}\n"
        else:
            leaf += f"{name} {field['commitment']}\n"
    need(sum(len(v.encode()) for v in values.values()) <= 65536, "an event over 65,536 bytes")
    root = root_along(hashes(opening["path"]), sha(b"\0" + leaf.encode()), opening["index"], top.size)
    need(root == top.root, f"leaf {opening['index']}: it does not lead to the root of the checkpoint")
    return values


def committed(salt, name, value):
    return sha(salt + b"\0" + name.encode() + b"\0" + value.encode())


def check_items(bundle, opened, bad):
    items = []
    with noting(bad, "log/items.json"):
        items = bundle.json("log/items.json", [ITEM])
        need(ascending([i["id"] for i in items]), "not sorted by id, or one is there twice")
    for i in items:
        with noting(bad, f"item {i['id']}"):
            leaf = opened.get(i["leaf"], {})
            need(leaf.get("act") in ("receive", "derive", "copy", "redact"), f"leaf {i['leaf']} does not show that it came in")
            shown = leaf.get("object"), leaf.get("digest")
            need(shown == (i["id"], i["sha256"]), f"leaf {i['leaf']} does not show its id and digest")
    for name in sorted(bundle.members):
        if name.startswith("items/") and name[6:] not in {i["sha256"] for i in items}:
            bad.append((name, "log/items.json does not list it"))
    return len(items)


def check_record_proofs(bundle, held, opened, bad):
    """How many records are proven, and how many are vouched for by the handover alone."""
    records, counts, last = {}, [0, 0], ("", "")
    with noting(bad, "log/records.jsonl"):
        for n, line in enumerate(bundle.lines("log/records.jsonl"), 1):
            with noting(bad, f"log/records.jsonl, line {n}"):
                r = parse(line, RECORD)
                need((r["kind"], r["id"]) > last, "not sorted by kind and id, or there twice")
                last = r["kind"], r["id"]
                records[last] = r
    expected = {(kind, e["id"]): e["sha256"] for kind, entries in held.items() for e in entries}
    for kind, record_id in sorted(set(expected) | set(records)):
        with noting(bad, f"record {kind} {record_id}"):
            need((kind, record_id) in records, "log/records.jsonl does not have it")
            r = records[kind, record_id]
            need(expected.get((kind, record_id)) == r["sha256"], "not the record of the index")
            if "proof" in r:
                check_record_proof(r, opened.get(r["leaf"], {}))
            counts["altered" in r] += 1
    return counts


def check_record_proof(r, leaf):
    proof, salt = r["proof"], bytes.fromhex(r["proof"]["salt"])
    text = f"turtlebay-record/1\n{committed(salt, r['id'], r['sha256']).hex()}\n"
    root = root_along(hashes(proof["path"]), sha(b"\0" + text.encode()), proof["index"], proof["size"])
    need(leaf.get("act") in ("derive", "mark"), f"leaf {r['leaf']} does not show that it was made")
    need(leaf.get("digest") == root.hex(), f"its proof does not lead to the digest of leaf {r['leaf']}")


def check_handover(manifest, opened):
    members = sorted((m["name"], m["sha256"]) for m in manifest["members"] if not m["name"].startswith("log/"))
    digest = hashlib.sha256("".join(f"{name} {d}\n" for name, d in members).encode()).hexdigest()
    exports = [o.get("digest") for o in opened.values() if o.get("act") == "export"]
    need(digest in exports, "no leaf shows an export of these members")


def check_history(bundle, key, top, bad):
    """The checkpoints that hold, by size."""
    checkpoints = {top.size: top}
    with noting(bad, "log/history.json"):
        history = bundle.json("log/history.json", HISTORY)
        need(len(history) <= 1000, "more than 1,000 checkpoints")
        later = top
        for n, entry in reversed(list(enumerate(history, 1))):
            with noting(bad, f"history {n}"):
                earlier = read_checkpoint(entry["checkpoint"].encode(), key)
                need(earlier.size < later.size, "not smaller than the one after it")
                check_continues(earlier, later, entry["proof"])
                later = checkpoints[earlier.size] = earlier
    return checkpoints


def check_kept(kept, key, checkpoints, bad):
    """What the reader kept must be found again."""
    for name, data in kept:
        with noting(bad, f"kept checkpoint {name}"):
            mine = read_checkpoint(data, key)
            need(mine.size in checkpoints, f"nothing shows that the log continues the {mine.size} leaves of this checkpoint")
            need(checkpoints[mine.size].text == mine.text, f"the log was rewritten: {mine.size} leaves had another root")


def check_witnesses(checkpoints, witnesses, bad):
    witnessed = []
    for _, checkpoint in sorted(checkpoints.items()):
        for key in witnesses:
            for signature in checkpoint.signatures:
                if signature[:2] == (key.name, key.id):
                    with noting(bad, f"witness {key.name}"):
                        witnessed.append({"by": key.name, "at": cosigned(checkpoint, signature, key), "size": checkpoint.size})
    return witnessed


def count_stamps(bundle, checkpoints, bad):
    stamps = collections.defaultdict(list)
    for name in bundle.members:
        match = re.fullmatch(r"log/stamps/([0-9]{1,16})-([0-9]{1,16})\.tsr", name)
        if match:
            stamps[int(match[1])].append(int(match[2]))
    for size, numbers in sorted(stamps.items()):
        with noting(bad, f"log/stamps/{size}"):
            need(size in checkpoints, "there is no checkpoint of that size")
            need(sorted(numbers) == list(range(1, len(numbers) + 1)), "not numbered from 1")
    return sum(map(len, stamps.values()))


# --- The answer

def judge(path, *given, **named):
    try:
        file = Bounded(path)
    except OSError as error:
        raise Refused(f"not a file: {error}") from None
    with file:
        return judge_bundle(Bundle(file), *given, **named)


def judge_bundle(bundle, signers=(), witnesses=(), kept=()):
    bad, log, count = [], None, 0
    signature = {"key": "", "valid": False, "trusted": False}
    with noting(bad, "manifest.json"):
        manifest, digest = read_manifest(bundle)
        count = len(manifest["members"])
        check_members(bundle, manifest, bad)
        signature = check_signature(bundle, manifest, digest, signers, bad)
        held, withheld = check_index(bundle, manifest, bad)
        check_derivations(bundle, held, bad)
        if "log" in manifest or kept:
            log = check_log(bundle, manifest, held, withheld, witnesses, kept)
            log["bad"] = [{"what": what, "why": why} for what, why in log["bad"]]
    ok = not bad and signature["valid"] and (not signers or signature["trusted"]) and (log is None or log["ok"])
    members = {"checked": count, "bad": [{"member": member, "why": why} for member, why in bad]}
    return {"ok": ok, "bytes": members, "signature": signature, "log": log}


def plain(text):
    """Without what could command a terminal."""
    return ascii(text)[1:-1]


def show(answer, signers):
    log, signature, bad = answer["log"], answer["signature"], answer["bytes"]["bad"]
    who = "by a signer given" if signature["trusted"] else "NOT by a signer given" if signers else "signer unknown"
    print(f"members      {answer['bytes']['checked']}, with {len(bad)} faults")
    print(f"signature    {'valid' if signature['valid'] else 'NOT valid'}, {who}: {plain(signature['key'])}")
    if log:
        at = log["checkpoint"] or {"origin": "no log", "size": 0}
        counts = ", ".join(f"{log[what]} {what}" for what in ("items", "records", "altered", "withheld"))
        print(f"custody      {counts}; {plain(at['origin'])} with {at['size']} leaves; {len(log['bad'])} faults")
        for w in log["witnessed"]:
            print(f"witnessed    by {plain(w['by'])} at {w['at']}, {w['size']} leaves")
        print(f"timestamped  {log['timestamped']} tokens, not verified here")
    for fault in bad + (log["bad"] if log else []):
        print(f"  {plain(fault.get('member', fault.get('what')))}: {plain(fault['why'])}")
    print("derivations  not derived again by this program")
    print("verified" if answer["ok"] else "NOT verified")


def content(argument):
    return pathlib.Path(argument).read_text("utf-8").rstrip("\r\n") if os.path.exists(argument) else argument


def main():
    parser = argparse.ArgumentParser(description="Verifies a bundle of Turtle Bay.")
    parser.add_argument("bundle")
    parser.add_argument("--signer", metavar="KEY|FILE", action="append", default=[])
    parser.add_argument("--witness", metavar="KEY|FILE", action="append", default=[])
    parser.add_argument("--checkpoint", metavar="FILE", action="append", default=[])
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    try:
        signers = [content(s) for s in args.signer]
        for signer in signers:
            read_key(signer, 1)
        witnesses = [read_key(content(w), 4) for w in args.witness]
        kept = [(name, pathlib.Path(name).read_bytes()) for name in args.checkpoint]
    except (Fault, OSError, ValueError) as error:
        parser.error(str(error))
    try:
        answer = judge(args.bundle, signers, witnesses, kept)
    except Refused as why:
        print(json.dumps({"refused": str(why)}) if args.json else f"cannot be judged: {why}")
        return 3
    print(json.dumps(answer)) if args.json else show(answer, signers)
    return 0 if answer["ok"] else 1


if __name__ == "__main__":
    sys.exit(main())
