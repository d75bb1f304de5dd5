#!/usr/bin/env python3
"""A second verifier for the bundles of Turtle Bay, written from verify.md and custody.md alone.

    verify.py BUNDLE [--signer KEY|FILE]... [--witness KEY|FILE]... [--checkpoint FILE]... [--json]

It checks that the members are those of the manifest, that the signer signed it, that the records
are those of the index and of every derivation, and all that the custody log says of the bundle.
It does not derive again, read the report or verify tokens (RFC 3161); a signer not given may be
anybody. Exit status: 0 verified, 1 not verified, 2 wrong use, 3 cannot be judged.
"""
import argparse, base64, collections, contextlib, datetime, hashlib, json, os, pathlib, re, sys
import zipfile, zlib

MiB = 1 << 20
LIMITS = {"signature.note": MiB // 16, "manifest.json": 2 * MiB, "paragraphs.json": 2 * MiB,
          "records/inputs.json": 16 * MiB, "derivations.jsonl": 32 * MiB,
          "report/report.html": 32 * MiB, "log/records.jsonl": 128 * MiB}
NAMES = re.compile(r"README\.txt|report/[\w.-]+|records/(inputs\.json|[a-z][a-z0-9_]*\.jsonl)"
                   r"|derivations\.jsonl|paragraphs\.json|items/[0-9a-f]{64}|log/(checkpoint|"
                   r"(openings|records)\.jsonl|(items|history)\.json|stamps/[0-9]+-[0-9]+\.tsr)")
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
    except (LookupError, TypeError, ValueError, AttributeError):
        bad.append((place, "not of the form it should have"))

# --- JSON, and the shapes it must have

def number(value):
    return type(value) is int and 0 <= value < 2**53

def either(*shapes):
    return lambda value: any(fits(value, shape) for shape in shapes)

def fits(value, shape):
    """Whether it is of a type, matches a pattern, passes a test, or is a list or object of such."""
    if isinstance(shape, dict):
        same = type(value) is dict and value.keys() == shape.keys()
        return same and all(fits(value[name], shape[name]) for name in shape)
    if isinstance(shape, list):
        return type(value) is list and all(fits(v, shape[0]) for v in value)
    if isinstance(shape, re.Pattern):
        return type(value) is str and bool(shape.fullmatch(value))
    return type(value) is shape if isinstance(shape, type) else shape(value)

HEX = re.compile("[0-9a-f]{64}")
MEMBERS = [{"name": str, "sha256": HEX, "size": number}]
COMMITTED = {"id": str, "sha256": HEX, "withheld": lambda v: v is True}
ENTRIES = [either({"id": str, "sha256": HEX}, COMMITTED)]
FIELD = either({"commitment": HEX}, {"salt": HEX, "value": str})
OPENING = {"fields": dict.fromkeys(FIELDS, FIELD), "index": number, "path": [str]}
ITEM = {"id": str, "leaf": number, "sha256": HEX}
PROOF = {"index": number, "path": [str], "salt": HEX, "size": number}
ALTERED = {"altered": lambda v: v is True, "id": str, "kind": str,
           "leaf": lambda v: number(v) and v == 0, "sha256": HEX}
RECORD = either({**ITEM, "kind": str, "proof": PROOF}, ALTERED)
HISTORY = [{"checkpoint": str, "proof": [str]}]

def canonical(value):
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))

def parse(data, shape):
    try:
        value = json.loads(data.decode(), parse_float=int, parse_constant=int)  # int refuses both
        need(canonical(value).encode() == data, "not canonical JSON")
    except (ValueError, RecursionError):
        raise Fault("not canonical JSON") from None
    need(fits(value, shape), "not of the form it should have")
    return value

def unbase64(text, *sizes):
    data = base64.b64decode(text, validate=True)
    need(base64.b64encode(data).decode() == text, "not base64")
    need(not sizes or len(data) in sizes, "not of the right length")
    return data

def ascending(values):
    return all(a < b for a, b in zip(values, values[1:]))

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
    name, key_id, rest = text.split("+", 2)
    data = unbase64(rest, 33)
    key = Key(name, sha(name.encode() + b"\n" + data)[:4], data[1:])
    need(data[0] == kind and key.id.hex() == key_id, "not such a key, or its ID is not its own")
    return key

def read_note(data):
    """The signed text, and the signatures as (name, ID, signature)."""
    text, _, rest = data.decode().partition("\n\n")
    *lines, end = rest.split("\n")
    need(len(data) <= MiB // 16 and lines and not end, "not a text, an empty line and signatures")
    need(len(set(lines)) == len(lines) <= 100, "over 100 signatures, or one is there twice")
    return text + "\n", [read_signature(line) for line in lines]

def read_signature(line):
    match = re.fullmatch(r"— ([^\s+\x00-\x1f]+) (\S+)", line)
    need(match, "a line that is no signature")
    data = unbase64(match[2])
    need(len(data) > 4, "a signature that is too short")
    return match[1], data[:4], data[4:]

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
    """The size of the left subtree: the largest power of two below."""
    return 1 << (size - 1).bit_length() - 1

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
    """The root of the tree of a size to which the path of a proof leads from a leaf's text."""
    path = [unbase64(h, 32) for h in proof["path"]]
    return root_along(path, sha(b"\0" + text.encode()), proof["index"], size)

def check_continues(old, new, proof):
    """That the tree of the checkpoint new continues that of old, which is no larger."""
    proof = [unbase64(h, 32) for h in proof]
    def roots(m, n, whole):
        """Of the first m and of all n leaves of a subtree; whole if m are all that old has."""
        if whole and m == n:
            return old.root, old.root
        need(proof, "the proof has too few hashes")
        other, k = proof.pop(), left_of(n)
        if m == n:
            return other, other
        if m <= k:
            before, after = roots(m, k, whole)
            return before, node(after, other)
        before, after = roots(m - k, n - k, False)
        return node(other, before), node(other, after)
    found = roots(old.size, new.size, True) if old.size else (old.root, new.root)
    need(not proof, "the proof has too many hashes")
    need(found == (old.root, new.root), f"{new.size} leaves do not continue the {old.size}")
