"""Tests of verify.py: published vectors, trees with all their proofs, and a bundle made here that is then spoilt in many ways.

    python3 -m unittest test_verify.py
    BUNDLE=report.tbz python3 -m unittest test_verify.py    # and one that Turtle Bay made
"""
import base64, contextlib, hashlib, hmac, io, json, os, pathlib, struct, sys, tempfile, unittest, zipfile

import verify
from verify import Fault, Refused, canonical, node, parse, sha

HANDED = pathlib.Path(os.environ.get("BUNDLE", ""))


# --- What a writer does

def sign(seed, message):
    h = hashlib.sha512(seed).digest()
    a = int.from_bytes(h[:32], "little") & (1 << 254) - 8 | 1 << 254
    public = verify.encoded(verify.multiply(a, verify.BASE))
    r = int.from_bytes(hashlib.sha512(h[32:] + message).digest(), "little") % verify.ORDER
    start = verify.encoded(verify.multiply(r, verify.BASE))
    k = int.from_bytes(hashlib.sha512(start + public + message).digest(), "little")
    return public, start + ((r + k * a) % verify.ORDER).to_bytes(32, "little")


def b64(data):
    return base64.b64encode(data).decode()


def root(hashes):
    """MTH of RFC 6962, section 2.1."""
    if len(hashes) < 2:
        return hashes[0] if hashes else sha(b"")
    k = max(1 << i for i in range(20) if 1 << i < len(hashes))
    return node(root(hashes[:k]), root(hashes[k:]))


def path(m, hashes):
    """PATH of RFC 6962, section 2.1.1."""
    if len(hashes) == 1:
        return []
    k = max(1 << i for i in range(20) if 1 << i < len(hashes))
    return path(m, hashes[:k]) + [root(hashes[k:])] if m < k else path(m - k, hashes[k:]) + [root(hashes[:k])]


def proof(m, hashes, whole=True):
    """SUBPROOF of RFC 6962, section 2.1.2."""
    if m == len(hashes):
        return [] if whole else [root(hashes)]
    k = max(1 << i for i in range(20) if 1 << i < len(hashes))
    if m <= k:
        return proof(m, hashes[:k], whole) + [root(hashes[k:])]
    return proof(m - k, hashes[k:], False) + [root(hashes[:k])]


class Signer:
    def __init__(self, name, kind=1):
        self.name, self.kind, self.seed = name, kind, hashlib.sha256(name.encode()).digest()
        data = bytes([kind]) + sign(self.seed, b"")[0]
        self.id = sha(name.encode() + b"\n" + data)[:4]
        self.key = f"{name}+{self.id.hex()}+{b64(data)}"

    def line(self, text, seconds=1700000000):
        time = struct.pack(">Q", seconds) if self.kind == 4 else b""
        text = f"cosignature/v1\ntime {seconds}\n{text}" if time else text
        return f"— {self.name} {b64(self.id + time + sign(self.seed, text.encode())[1])}\n"


DESK, LOG, WITNESS = Signer("desk.example"), Signer("turtlebay-log-6ae6783f"), Signer("witness.example", 4)
OTHER_WITNESS, OTHER_LOG = Signer("other.example", 4), Signer("turtlebay-log-00000000")


class Log:
    def __init__(self):
        self.events, self.hashes = [], []

    def append(self, act, **fields):
        n = len(self.events)
        event = dict.fromkeys(verify.FIELDS, "")
        event.update(fields, act=act, at=f"2026-11-22T12:00:{n:02}Z", actor="somebody")
        salt = hashlib.sha256(f"salt {n}".encode()).digest()
        salts = {name: hmac.new(salt, name.encode(), "sha256").digest() for name in event}
        commitments = {name: verify.committed(salts[name], name, event[name]).hex() for name in event}
        leaf = "turtlebay-leaf/1\n" + "".join(f"{name} {commitments[name]}\n" for name in verify.FIELDS)
        self.events.append((event, salts))
        self.hashes.append(sha(b"\0" + leaf.encode()))
        return n

    def opening(self, n, *shown):
        event, salts = self.events[n]
        fields = {name: {"salt": salts[name].hex(), "value": event[name]} if name in shown
                  else {"commitment": verify.committed(salts[name], name, event[name]).hex()} for name in event}
        return {"fields": fields, "index": n, "path": [b64(h) for h in path(n, self.hashes)]}

    def checkpoint(self, size, *witnesses, signer=LOG):
        text = f"{signer.name}\n{size}\n{b64(root(self.hashes[:size]))}\n"
        return text + "\n" + "".join(s.line(text) for s in (signer, *witnesses))


def js(value):
    return canonical(value).encode()


def jsonl(values):
    return b"".join(js(v) + b"\n" for v in values)


def hexsha(data):
    return hashlib.sha256(data).hexdigest()


def bundle(change=lambda stage, value: value, log=True):
    """The members of a bundle. change sees every part before it is made final, and gives what to take instead."""
    evidence = b"cargo,2701\n"
    records = {"shipment": [{"id": f"SHP-{n}", "observation": {"type": "shipment", "tonnes": str(n)}} for n in range(1, 6)],
               "note": [{"id": "NTE-1", "text": "by the desk, \u2028 \ue000 \U0001f422"}]}
    lines = change("lines", {kind: [js(r) for r in rs] for kind, rs in sorted(records.items())})
    commitment = hexsha(b"hidden")
    index = {kind: [{"id": json.loads(l)["id"], "sha256": hexsha(l)} for l in ls] for kind, ls in lines.items()}
    index["shipment"].append({"id": "withheld-" + commitment[:12], "sha256": commitment, "withheld": True})
    index["hidden"] = [{"id": "withheld-" + commitment[:12], "sha256": commitment, "withheld": True}]
    index = change("index", index)
    held = {kind: [e for e in es if "withheld" not in e] for kind, es in index.items()}
    d = {"function": "shipment.count@1", "id": "", "params": {"from": "2017"}, "result": {},
         "inputs": [dict(zip(("count", "digest"), verify.record_set(held["shipment"])), kind="shipment"),
                    {"count": 0, "digest": hexsha(b""), "kind": "cyber_incident"}]}
    d.update(id=hexsha(js(d))[:16], result={"value": "5"})
    d = change("derivation", d)
    files = {"README.txt": b"read me\n", "report/report.html": b"<p>", "records/inputs.json": js(index),
             "derivations.jsonl": jsonl([d]),
             "paragraphs.json": js([{"figures": [{"derivation": d["id"], "text": "5"}], "label": "1", "number": 1}])}
    files.update({f"records/{kind}.jsonl": b"".join(l + b"\n" for l in ls) for kind, ls in lines.items() if ls})
    if log:
        files["items/" + hexsha(evidence)] = evidence
    files = change("files", files)
    if log:
        handed = "".join(f"{name} {hexsha(data)}\n" for name, data in sorted(files.items()))
        files.update(custody(change, lines, index, hexsha(evidence), hexsha(handed.encode())))
    files = change("all", files)
    about = {"body": "Council", "date": "2026-11-22", "period": "2017–2023", "title": "On record", "view": "official"}
    manifest = {"about": about, "format": "turtlebay-bundle",
                "members": [{"name": n, "sha256": hexsha(f), "size": len(f)} for n, f in sorted(files.items())],
                "signer": DESK.key, "version": 1, "withheld": {"tlp:amber": 2}}
    if log:
        manifest["log"] = LOG.key
    manifest = change("manifest", manifest)
    files["manifest.json"] = js(manifest)
    text = f"turtlebay-bundle/1\nmanifest.json sha256 {hexsha(files['manifest.json'])}\n"
    files["signature.note"] = change("note", f"{text}\n{DESK.line(text)}").encode()
    return files


def custody(change, lines, index, item, handed):
    """The members of log/: leaf 0 receives, 1 is looked at, 2 makes the records, 4 hands out."""
    shipments = index["shipment"][:len(lines["shipment"])]
    salts = [hmac.new(b"k" * 32, f"{e['id']}\0{e['sha256']}".encode(), "sha256").digest() for e in shipments]
    leaves = [sha(b"\0turtlebay-record/1\n" + verify.committed(s, e["id"], e["sha256"]).hex().encode() + b"\n")
              for s, e in zip(salts, shipments)]
    log = Log()
    log.append("receive", object="EV-000001", digest=item)
    log.append("view", object="EV-000001", previous="0")
    log.append("derive", object="RB-000001", digest=root(leaves).hex(), parent="EV-000001")
    log.append("mark", object="EV-000001", reason="because")
    log.append("export", object="report", digest=handed)
    log.append("grant", object="EV-000001")
    change("log", log)
    openings = change("openings", [log.opening(0, "act", "at", "object", "digest"),
                                   log.opening(2, "act", "digest", "parent", "at"), log.opening(4, "act", "digest")])
    items = change("items", [{"id": "EV-000001", "leaf": 0, "sha256": item}])
    records = [{"altered": True, "id": "NTE-1", "kind": "note", "leaf": 0, "sha256": index["note"][0]["sha256"]}]
    records += [{"id": e["id"], "kind": "shipment", "leaf": 2, "sha256": e["sha256"],
                 "proof": {"index": n, "path": [b64(h) for h in path(n, leaves)], "salt": salts[n].hex(), "size": len(leaves)}}
                for n, e in enumerate(shipments)]
    records = change("records", records)
    history = change("history", [{"checkpoint": log.checkpoint(0), "proof": []},
                                 {"checkpoint": log.checkpoint(1, WITNESS), "proof": [b64(h) for h in proof(1, log.hashes[:3])]},
                                 {"checkpoint": log.checkpoint(3), "proof": [b64(h) for h in proof(3, log.hashes)]}])
    checkpoint = change("checkpoint", log.checkpoint(len(log.hashes), WITNESS, OTHER_WITNESS))
    return {"log/checkpoint": checkpoint.encode(), "log/openings.jsonl": jsonl(openings), "log/items.json": js(items),
            "log/records.jsonl": jsonl(records), "log/history.json": js(history), "log/stamps/3-1.tsr": b"token"}


# --- Tests

class Ed25519(unittest.TestCase):
    VECTORS = [  # RFC 8032, section 7.1: seed, public key, message, signature
        ("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
         "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
         "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
         "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"),
        ("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
         "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
         "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
         "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"),
        ("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
         "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
         "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
         "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"),
        ("833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
         "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf", hashlib.sha512(b"abc").hexdigest(),
         "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b589"
         "09351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704"),
    ]

    def test_vectors(self):
        for vector in self.VECTORS:
            seed, public, message, signature = map(bytes.fromhex, vector)
            self.assertEqual(sign(seed, message), (public, signature))
            self.assertTrue(verify.signed(public, message, signature))
            self.assertFalse(verify.signed(public, message + b"x", signature))
            for place in (0, 31, 32, 63):
                changed = bytearray(signature)
                changed[place] ^= 1
                self.assertFalse(verify.signed(public, message, bytes(changed)))

    def test_refused(self):
        seed, public, message, signature = map(bytes.fromhex, self.VECTORS[1])
        more = int.from_bytes(signature[32:], "little") + verify.ORDER
        self.assertFalse(verify.signed(public, message, signature[:32] + more.to_bytes(32, "little")), "S is not reduced")
        self.assertFalse(verify.signed(public, message, signature[:63]))
        self.assertFalse(verify.signed(public, message, signature + b"\0"))
        self.assertIsNone(verify.point((2).to_bytes(32, "little")), "not on the curve")
        self.assertIsNone(verify.point((verify.P + 1).to_bytes(32, "little")), "y is not reduced")
        self.assertIsNone(verify.point((1 | 1 << 255).to_bytes(32, "little")), "minus nought")


class Tree(unittest.TestCase):
    LEAVES = [sha(b"\0" + bytes([n])) for n in range(20)]

    def test_known(self):
        """Roots from the test data of certificate-transparency."""
        data = [bytes.fromhex(d) for d in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657",
                                           "606162636465666768696a6b6c6d6e6f")]
        leaves = [sha(b"\0" + d) for d in data]
        self.assertEqual(root([]).hex(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        self.assertEqual(root(leaves[:1]).hex(), "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d")
        self.assertEqual(root(leaves).hex(), "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328")

    def test_inclusion(self):
        for size in range(1, 21):
            leaves = self.LEAVES[:size]
            for n in range(size):
                p = path(n, leaves)
                self.assertEqual(verify.root_along(p, leaves[n], n, size), root(leaves))
                for wrong in (p + [sha(b"")], p[:-1] if p else [sha(b"")]):
                    with self.assertRaises(Fault):
                        verify.root_along(wrong, leaves[n], n, size)
                self.assertRaises(Fault, verify.root_along, p, leaves[n], size, size)
                for other in range(size):
                    if other != n and len(path(other, leaves)) == len(p):
                        self.assertNotEqual(verify.root_along(p, leaves[n], other, size), root(leaves))

    def test_consistency(self):
        def checkpoint(size, leaves=self.LEAVES):
            return verify.Checkpoint("", "", size, root(leaves[:size]), [])
        rewritten = [sha(b"other")] + self.LEAVES[1:]
        for new in range(0, 21):
            for old in range(0, new + 1):
                p = [b64(h) for h in proof(old, self.LEAVES[:new])] if old else []
                verify.check_continues(checkpoint(old), checkpoint(new), p)
                wrong = [(checkpoint(new), p + [b64(sha(b""))])] + ([(checkpoint(new), p[:-1])] if p else [])
                wrong += [(checkpoint(new), p[:i] + [b64(sha(b"x"))] + p[i + 1:]) for i in range(len(p))]
                wrong += [(checkpoint(new, rewritten), p)] if old else []
                for after, q in wrong:
                    with self.assertRaises(Fault):
                        verify.check_continues(checkpoint(old), after, q)


class JSON(unittest.TestCase):
    def test_canonical(self):
        text = {"\u20ac": "Euro", "\r": "CR", "\ufb33": "Dalet", "1": "One", 
                "\u0080": "Control", "\u00f6": "o"}
        self.assertEqual(canonical(text), '{"\\r":"CR","1":"One","\u0080":"Control","\u00f6":"o","\u20ac":"Euro",'
                         '"\ufb33":"Dalet"}')
        self.assertEqual(canonical("\u20ac$\u000f\nA'B\"\\\\\"/\u2028\x7f\b\f\t"),
                         '"\u20ac$\\u000f\\nA\'B\\"\\\\\\\\\\"/\u2028\x7f\\b\\f\\t"')
        self.assertEqual(canonical([True, None, 0, -1, 2**53 - 1, [], {}]), "[true,null,0,-1,9007199254740991,[],{}]")

    def test_refused(self):
        for data in (b'{"b":1,"a":2}', b'{"a":1,"a":1}', b"[1, 2]", b"[1]\n", b"[1.0]", b"[1e3]",
                     b"[NaN]", b"[-Infinity]", b"[-0]", b'["\\u0041"]', b'["\\/"]', b'["\\ud800"]', b'["\xff"]', b"\xef\xbb\xbf[1]",
                     b"[01]", b"", b"[" * 100000, b"1" * 5000, b'["\\u000A"]', b'["\x0a"]', b'["\\u001F"]'):
            with self.assertRaises(Fault, msg=data[:20]):
                parse(data)


class Notes(unittest.TestCase):
    def test_keys(self):
        self.assertEqual(verify.read_key(LOG.key, 1).id, LOG.id)
        name, key_id, data = LOG.key.split("+", 2)
        for wrong in ("", name, f"{name}+{key_id}", f"{name}+00000000+{data}", f"x{name}+{key_id}+{data}",
                      f"{name}+{key_id.upper()}+{data}", LOG.key + "\n", LOG.key + "=", WITNESS.key):
            self.assertRaises((Fault, ValueError), verify.read_key, wrong, 1)

    def test_checkpoints(self):
        log, key = Log(), verify.read_key(LOG.key, 1)
        for n in range(3):
            log.append("view")
        good = log.checkpoint(2, WITNESS)
        self.assertEqual(verify.read_checkpoint(good.encode(), key).size, 2)
        other = "— other.example AAAAAAAA\n"
        verify.read_checkpoint((good + other).encode(), key)
        text = good.split("\n\n")[0] + "\n"
        many = "".join(other.replace("other", f"other{n}") for n in range(99))
        verify.read_checkpoint((good + many.split("\n", 1)[1]).encode(), key)
        for wrong in (good[:-1], good + "\n", good.replace("\n2\n", "\n02\n"), good.replace("\n2\n", "\n3\n"),
                      good.replace("\n\n", "\nx\n\n"), good.replace("—", "-"), good.replace("— wit", "—  wit"), text, text + "\n",
                      f"{text}\n{WITNESS.line(text)}{LOG.line(text)}", good + many, good + other * 2, good + LOG.line("other"),
                      good + good.split("\n")[4] + "\n", good + "— x AAAAAA==\n", good + "— x\x01 AAAAAAAA\n",
                      good + "— x+y AAAAAAAA\n", good.replace("\n", "\r\n"), log.checkpoint(2, signer=OTHER_LOG),
                      good + "— other.example " + "A" * 65536 + "\n"):
            self.assertRaises((Fault, ValueError), verify.read_checkpoint, wrong.encode(), key)
        empty = f"{LOG.name}\n0\n{b64(sha(b'x'))}\n"
        self.assertRaises(Fault, verify.read_checkpoint, f"{empty}\n{LOG.line(empty)}".encode(), key)


class Bundles(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def write(self, files, name="b.tbz"):
        target = os.path.join(self.folder.name, name)
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as z:
            for member, data in files.items():
                z.writestr(member, data)
        return target

    def judge(self, files, **given):
        return verify.judge(self.write(files), **given)

    def spoilt(self, expected, stage, change, **given):
        """The bundle with one part changed, everything else made to fit, has this fault and is not verified."""
        done = []
        def hook(at, value):
            if at != stage:
                return value
            done.append(at)
            new = change(value)
            return value if new is None else new
        answer = self.judge(bundle(hook), **given)
        self.assertEqual(done, [stage])
        self.assertFalse(answer["ok"])
        faults = [f"{f['member']}: {f['why']}" for f in answer["bytes"]["bad"]]
        faults += [f"{f['what']}: {f['why']}" for f in (answer["log"] or {"bad": []})["bad"]]
        self.assertTrue(any(expected in f for f in faults), faults)
        return faults

    def test_good(self):
        witness = verify.read_key(WITNESS.key, 4)
        answer = self.judge(bundle(), signers=[DESK.key], witnesses=[witness])
        self.assertEqual(answer["bytes"]["bad"], [])
        self.assertEqual(answer["log"]["bad"], [])
        self.assertTrue(answer["ok"])
        self.assertEqual(answer["signature"], {"key": DESK.key, "valid": True, "trusted": True})
        log = answer["log"]
        self.assertEqual([log[n] for n in ("items", "records", "altered", "withheld", "timestamped")], [1, 5, 1, 2, 1])
        self.assertEqual([w["size"] for w in log["witnessed"]], [1, 6])
        self.assertEqual(log["witnessed"][0]["at"], "2023-11-14T22:13:20Z")
        self.assertEqual(log["signers"], [f"{LOG.name}+{LOG.id.hex()}"])

    def test_without_log(self):
        answer = self.judge(bundle(log=False))
        self.assertTrue(answer["ok"] and answer["log"] is None)
        self.assertFalse(self.judge(bundle(log=False), kept=[("k", b"")])["ok"])
        answer = self.judge(bundle(lambda at, v: dict(v, **{"log/items.json": b"[]"}) if at == "all" else v, log=False))
        self.assertFalse(answer["ok"])

    def test_signer(self):
        answer = self.judge(bundle(), signers=[LOG.key])
        self.assertFalse(answer["ok"] or answer["signature"]["trusted"])

    def test_one_byte(self):
        """One bit of any member changed after signing, a member less, a member more."""
        files = bundle()
        for name, data in files.items():
            for place in {0, len(data) // 2, len(data) - 1}:
                changed = bytearray(data)
                changed[place] ^= 1
                answer = self.judge(dict(files, **{name: bytes(changed)}))
                self.assertFalse(answer["ok"], name)
                self.assertTrue(answer["bytes"]["bad"], name)
            if name != "manifest.json":
                answer = self.judge({n: d for n, d in files.items() if n != name})
                self.assertIn(name, [f["member"] for f in answer["bytes"]["bad"]])
        answer = self.judge(dict(files, **{"report/more.txt": b""}))
        self.assertIn("report/more.txt", [f["member"] for f in answer["bytes"]["bad"]])

    def test_manifest(self):
        self.spoilt("not a bundle", "manifest", lambda m: m.update(format="other"))
        self.spoilt("not sorted", "manifest", lambda m: m["members"].reverse())
        self.spoilt("others are withheld", "manifest", lambda m: m["withheld"].update({"tlp:red": 1}))
        self.spoilt("not the manifest's bytes", "manifest", lambda m: m["members"][0].update(size=1))
        self.spoilt("not the bytes of its name", "files", lambda files: files.update({"items/" + "0" * 64: b"x"}))
        self.spoilt("not one by the signer", "note", lambda note: note + LOG.line(note.split("\n\n")[0] + "\n"))
        self.spoilt("there twice", "note", lambda note: note + note[note.index("—"):])
        self.spoilt("not one by the signer", "manifest", lambda m: m.update(signer=LOG.key))

    def test_index(self):
        self.spoilt("not sorted", "index", lambda i: i["shipment"].reverse())
        self.spoilt("not the records of the index", "index", lambda i: i["shipment"][1].update(sha256="0" * 64))
        self.spoilt("not the records of the index", "index", lambda i: i["shipment"].pop(4) and None)
        self.spoilt("not the records of the index", "index", lambda i: i["shipment"][4].update(id="SHP-6"))
        self.spoilt("not the id of its commitment", "index", lambda i: i["hidden"][0].update(id="withheld-0"))
        self.spoilt("not the id of", "index", lambda i: i["hidden"][0].update(withheld=False))
        self.spoilt("not canonical", "lines", lambda lines: lines["shipment"].__setitem__(0, b'{"id": "SHP-1"}'))
        self.spoilt("not the kinds", "files", lambda files: files.update({"records/hidden.jsonl": b""}))

    def test_derivations(self):
        self.spoilt("not the id of what", "derivation", lambda d: d["params"].update({"from": "2018"}))
        def other(d):
            d["inputs"][0].update(count=4)
            d.update(id=hexsha(js(dict(d, id="", result={})))[:16])
        self.spoilt("not derived from these", "derivation", other)

    def test_openings(self):
        self.spoilt("does not lead to the root", "openings", lambda o: o[0]["fields"]["object"].update(value="EV-000002"))
        self.spoilt("does not lead to the root", "openings", lambda o: o[0].update(index=1))
        self.spoilt("no such leaf", "openings", lambda o: o[2].update(index=6))
        self.spoilt("too many or too few", "openings", lambda o: o[0]["path"].pop() and None)
        self.spoilt("not sorted", "openings", lambda o: o.reverse())
        self.spoilt("not sorted", "openings", lambda o: o.insert(0, o[0]))
        self.spoilt("not the members", "openings", lambda o: o[0]["fields"].pop("reason") and None)

    def test_items(self):
        self.spoilt("not of the form", "items", lambda i: i[0].update(leaf=2))
        self.spoilt("does not show that", "items", lambda i: i[0].update(id="EV-000002"))
        self.spoilt("does not show that", "items", lambda i: i[0].update(sha256="0" * 64))
        self.spoilt("not listed", "items", lambda i: i.clear())
        self.spoilt("there twice", "items", lambda i: i.append(i[0]))

    def test_records(self):
        self.spoilt("not the record", "records", lambda r: r.pop(3) and None)
        self.spoilt("not the record", "records", lambda r: r.append(dict(r[0], kind="zzz")))
        self.spoilt("not the record", "records", lambda r: r[2].update(sha256="0" * 64))
        self.spoilt("not the records", "records", lambda r: r.reverse())
        self.spoilt("not the records", "records", lambda r: r.insert(0, r[0]))
        self.spoilt("SHP-1: leaf 2 does not show", "records", lambda r: r[1]["proof"].update(salt="0" * 64))
        self.spoilt("SHP-1: leaf 2 does not show", "records", lambda r: r[1]["proof"].update(index=1))
        self.spoilt("too many or too few", "records", lambda r: r[1]["proof"].update(size=1))
        self.spoilt("leaf 0 does not show that it was made", "records", lambda r: r[1].update(leaf=0))
        self.spoilt("not the members", "records", lambda r: r[1].update(altered=True))
        self.spoilt("neither proven nor altered", "records", lambda r: r[0].update(altered=False))
        self.spoilt("neither proven nor altered", "records", lambda r: r[0].update(leaf=2))

    def test_handover(self):
        self.spoilt("handover", "openings", lambda o: o.pop() and None)
        self.spoilt("handover", "all", lambda files: files.update({"README.txt": b"other"}))

    def test_history(self):
        self.spoilt("do not continue", "history", lambda h: h[2]["proof"].__setitem__(-1, b64(sha(b""))))
        self.spoilt("too few", "history", lambda h: h[1]["proof"].clear())
        self.spoilt("too many", "history", lambda h: h[0]["proof"].append(b64(sha(b""))))
        self.spoilt("not smaller", "history", lambda h: h.append(h[2]))
        other = lambda checkpoint: checkpoint.replace("\n3\n", "\n2\n")
        self.spoilt("first signature", "history", lambda h: h[2].update(checkpoint=other(h[2]["checkpoint"])))
        self.spoilt("without a checkpoint", "history", lambda h: h.clear())
        self.spoilt("more than 1,000", "history", lambda h: h * 400)

    def test_checkpoint(self):
        self.spoilt("first signature", "checkpoint", lambda c: c.replace("\n6\n", "\n7\n"))
        self.spoilt("not a checkpoint of turtlebay-log-6", "checkpoint", lambda c: Log().checkpoint(0, signer=OTHER_LOG))

    def test_witness(self):
        keys = [verify.read_key(WITNESS.key, 4)]
        def other_time(c):
            lines = c.split("\n")
            raw = bytearray(base64.b64decode(lines[5].split(" ")[2]))
            raw[11] ^= 1
            lines[5] = f"— {WITNESS.name} {b64(raw)}"
            return "\n".join(lines)
        self.spoilt("does not verify", "checkpoint", other_time, witnesses=keys)
        answer = self.judge(bundle(lambda at, v: other_time(v) if at == "checkpoint" else v))
        self.assertTrue(answer["ok"], "an unknown key's signature means nothing")
        answer = self.judge(bundle(), witnesses=[verify.read_key(Signer("absent.example", 4).key, 4)])
        self.assertTrue(answer["ok"] and answer["log"]["witnessed"] == [])

    def test_stamps(self):
        self.spoilt("not numbered", "all", lambda f: f.update({"log/stamps/3-3.tsr": b""}))
        self.spoilt("without a checkpoint", "all", lambda f: f.update({"log/stamps/2-1.tsr": b""}))

    def test_kept(self):
        files, log, rewritten = bundle(), Log(), Log()
        bundle(lambda at, v: log.hashes.extend(v.hashes) if at == "log" else v)
        rewritten.hashes = [sha(b"other")] + log.hashes[1:]
        for size, of, why in ((0, log, None), (1, log, None), (3, log, None), (6, log, None), (2, log, "nothing shows"),
                              (3, rewritten, "rewritten"), (6, rewritten, "rewritten")):
            answer = self.judge(files, kept=[("mine", of.checkpoint(size, OTHER_WITNESS).encode())])
            self.assertEqual(answer["ok"], why is None)
            self.assertIn(why or "", "".join(f["why"] for f in answer["log"]["bad"]))
        self.assertFalse(self.judge(files, kept=[("mine", log.checkpoint(3, signer=OTHER_LOG).encode())])["ok"])

    def test_refused(self):
        files = bundle()
        def refused(why, target):
            with self.assertRaises(Refused) as caught:
                verify.judge(target)
            self.assertIn(why, str(caught.exception))
        for name in ("../x", "/x", "x/", "a//b", "./x", "a/..", "a b", "é", "A\\b", "a/./b", "report/.x", "report/-x"):
            refused("a name that no member has", self.write(dict(files, **{name: b""})))
        refused("twice", self.write(dict(files, **{"readme.TXT": b""})))
        refused("400 times", self.write(dict(files, **{"report/bomb": bytes(4 << 20)})))
        refused("10,000", self.write(dict(files, **{f"report/{n}": b"" for n in range(10000)})))
        refused("version 2", self.write(dict(files, **{"manifest.json": b'{"format":"turtlebay-bundle","version":2}'})))
        refused("no manifest", self.write({"x": b""}))
        refused("not a zip", __file__)
        refused("not a zip", os.path.join(self.folder.name, "absent"))
        refused("not a zip", self.folder.name)
        data = pathlib.Path(self.write(files)).read_bytes()
        for cut in (0, 10, len(data) // 2, len(data) - 1):
            target = pathlib.Path(self.folder.name, "cut")
            target.write_bytes(data[:cut])
            refused("not a zip", str(target))

    def test_damaged_data(self):
        """Bytes changed in the packed data, not only in what is packed."""
        target = pathlib.Path(self.write(bundle()))
        data = bytearray(target.read_bytes())
        place = data.index(b"report/report.html") + len("report/report.html") + 1
        data[place] ^= 0xff
        self.assertEqual(self.why(target, data, "report/report.html"), "does not unpack")

    def test_headers_that_lie(self):
        target = pathlib.Path(self.write(bundle()))
        data = target.read_bytes()
        entry = data.rindex(b"README.txt") - 46
        for place, why in ((10, "does not unpack"), (16, "does not unpack")):
            changed = bytearray(data)
            changed[entry + place] = 12 if place == 10 else data[entry + place] ^ 1
            self.assertIn(why, self.why(target, changed, "README.txt"))

    def why(self, target, data, member):
        """The first fault of a member of this zip."""
        target.write_bytes(data)
        answer = verify.judge(str(target))
        self.assertFalse(answer["ok"])
        return [f["why"] for f in answer["bytes"]["bad"] if f["member"] == member][0]

    def test_program(self):
        files = bundle()
        target, key = self.write(files), os.path.join(self.folder.name, "key")
        pathlib.Path(key).write_text(WITNESS.key + "\n")
        kept = os.path.join(self.folder.name, "kept")
        pathlib.Path(kept).write_bytes(files["log/checkpoint"])
        self.assertEqual(self.run_program(target, "--signer", DESK.key, "--witness", key, "--checkpoint", kept)[0], 0)
        status, out = self.run_program(target, "--json")
        self.assertEqual((status, json.loads(out)["ok"]), (0, True))
        status, out = self.run_program(target, "--signer", LOG.key)
        self.assertEqual(status, 1)
        self.assertIn("NOT verified", out)
        self.assertEqual(self.run_program(self.write(dict(files, **{"README.txt": b""})))[0], 1)
        self.assertEqual(self.run_program(key)[0], 3)
        self.assertEqual(self.run_program(key, "--json")[0], 3)
        with contextlib.redirect_stderr(io.StringIO()), self.assertRaises(SystemExit) as caught:
            self.run_program(target, "--signer", "nonsense")
        self.assertEqual(caught.exception.code, 2)

    def run_program(self, *args):
        sys.argv, out = ["verify.py", *args], io.StringIO()
        with contextlib.redirect_stdout(out):
            status = verify.main()
        return status, out.getvalue()


@unittest.skipUnless(HANDED.is_file(), "set BUNDLE to a bundle that Turtle Bay made")
class Handed(unittest.TestCase):
    def test_verifies(self):
        answer = verify.judge(str(HANDED))
        self.assertEqual((answer["bytes"]["bad"], answer["log"] and answer["log"]["bad"]), ([], []))
        self.assertTrue(answer["ok"])

    def test_one_byte(self):
        """One byte of each member changed: never verified."""
        with zipfile.ZipFile(HANDED) as z:
            files = {name: z.read(name) for name in z.namelist()}
        with tempfile.TemporaryDirectory() as folder:
            for name, data in files.items():
                changed = bytearray(data or b"\0")
                changed[len(changed) // 2] ^= 1
                target = os.path.join(folder, "changed.tbz")
                with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as z:
                    for other, content in files.items():
                        z.writestr(other, bytes(changed) if other == name else content)
                self.assertFalse(verify.judge(target)["ok"], name)


if __name__ == "__main__":
    unittest.main()
