package custody

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"slices"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

// RecordTree is a Merkle tree over the records of one batch. Its root is the digest
// of the event that logs the batch, so that one leaf of the log vouches for a million
// records, and each can be proven to belong to it without showing the others.
//
// Records are added one after the other and not kept: the tree needs memory for 64
// hashes. To prove records, add the same records in the same order to a
// RecordProver.
type RecordTree struct {
	mac  hash.Hash
	size int64
	peak []tlog.Hash // roots of the full subtrees, the largest first
}

const recordHeader = "turtlebay-record/1\n"

// KeySize is the number of bytes of a batch's key.
const KeySize = 32

// NewRecordTree makes an empty tree. The key of the batch, KeySize random bytes, is
// private: whoever has it can test whether a record that they guess is in the batch.
func NewRecordTree(key []byte) (*RecordTree, error) {
	if len(key) != KeySize {
		return nil, fmt.Errorf("record tree: key of %d bytes, want %d", len(key), KeySize)
	}
	return &RecordTree{mac: hmac.New(sha256.New, key)}, nil
}

// Add adds a record by its id and the digest of its bytes (hex SHA-256).
func (t *RecordTree) Add(id, digest string) error {
	_, err := t.add(id, digest, nil)
	return err
}

// add adds a record and gives the hashes that the tree is stored by.
func (t *RecordTree) add(id, digest string, stored []tlog.Hash) ([]tlog.Hash, error) {
	if err := checkRecordName(id, digest); err != nil {
		return stored, err
	}
	h := recordLeaf(t.salt(id, digest), id, digest)
	stored = append(stored, h)
	for n := t.size; n&1 == 1; n >>= 1 {
		h = tlog.NodeHash(t.peak[len(t.peak)-1], h)
		t.peak = t.peak[:len(t.peak)-1]
		stored = append(stored, h)
	}
	t.peak = append(t.peak, h)
	t.size++
	return stored, nil
}

// Size is the number of records.
func (t *RecordTree) Size() int64 { return t.size }

// Root is the root in lower-case hexadecimal, as an event's digest has it.
func (t *RecordTree) Root() string {
	if t.size == 0 {
		h := emptyRoot()
		return hex.EncodeToString(h[:])
	}
	h := t.peak[len(t.peak)-1]
	for _, left := range slices.Backward(t.peak[:len(t.peak)-1]) {
		h = tlog.NodeHash(left, h)
	}
	return hex.EncodeToString(h[:])
}

func (t *RecordTree) salt(id, digest string) []byte {
	t.mac.Reset()
	t.mac.Write([]byte(id))
	t.mac.Write([]byte{0})
	t.mac.Write([]byte(digest))
	return t.mac.Sum(nil)
}

func checkRecordName(id, digest string) error {
	if id == "" || strings.ContainsRune(id, 0) || !isDigest(digest) {
		return fmt.Errorf("record %s, digest %s: want an id without NUL and 64 lower-case hexadecimal digits: %w", quoted(id), quoted(digest), ErrMalformed)
	}
	return nil
}

func recordLeaf(salt []byte, id, digest string) tlog.Hash {
	b := make([]byte, 0, 256)
	b = append(append(b, salt...), 0)
	b = append(append(b, id...), 0)
	c := sha256.Sum256(append(b, digest...))
	b = append(b[:0], recordHeader...)
	return tlog.RecordHash(append(hex.AppendEncode(b, c[:]), '\n'))
}

// RecordProver is a RecordTree that keeps its hashes, 64 bytes a record, and can
// prove each of them.
type RecordProver struct {
	tree   *RecordTree
	stored []tlog.Hash
}

// NewRecordProver makes an empty tree with the key of the batch.
func NewRecordProver(key []byte) (*RecordProver, error) {
	t, err := NewRecordTree(key)
	return &RecordProver{tree: t}, err
}

// Add adds a record by its id and the digest of its bytes (hex SHA-256).
func (p *RecordProver) Add(id, digest string) (err error) {
	p.stored, err = p.tree.add(id, digest, p.stored)
	return err
}

// Size is the number of records.
func (p *RecordProver) Size() int64 { return p.tree.Size() }

// Root is the root in lower-case hexadecimal.
func (p *RecordProver) Root() string { return p.tree.Root() }

// RecordProof proves that a record belongs to a batch.
type RecordProof struct {
	Index int64       `json:"index"`
	Path  []tlog.Hash `json:"path"`
	Salt  string      `json:"salt"` // hex
	Size  int64       `json:"size"`
}

// Prove proves the record that was added as number index, from 0, with this id and
// digest.
func (p *RecordProver) Prove(index int64, id, digest string) (RecordProof, error) {
	if index < 0 || index >= p.Size() {
		return RecordProof{}, fmt.Errorf("prove record %s: number %d of %d: %w", quoted(id), index, p.Size(), ErrNoLeaf)
	}
	salt := p.tree.salt(id, digest)
	if recordLeaf(salt, id, digest) != p.stored[tlog.StoredHashIndex(0, index)] {
		return RecordProof{}, fmt.Errorf("prove record %s: not what was added as number %d: %w", quoted(id), index, ErrNoLeaf)
	}
	path, err := tlog.ProveRecord(p.Size(), index, hashes(p.stored))
	if err != nil {
		return RecordProof{}, fmt.Errorf("prove record %s: %w", quoted(id), err)
	}
	return RecordProof{Index: index, Path: path, Salt: hex.EncodeToString(salt), Size: p.Size()}, nil
}

// hashes are stored hashes in memory, as tlog reads them.
type hashes []tlog.Hash

func (s hashes) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, at := range indexes {
		if at < 0 || at >= int64(len(s)) {
			return nil, fmt.Errorf("no stored hash %d", at)
		}
		out[i] = s[at]
	}
	return out, nil
}

// CheckRecord checks that the record with this id and digest (hex SHA-256 of its
// bytes) is in the batch whose root (hex) is given: the digest of the event that
// logged the batch. It returns ErrProof or ErrMalformed.
func CheckRecord(p RecordProof, root, id, digest string) error {
	if err := checkRecordName(id, digest); err != nil {
		return err
	}
	salt, err := hex.DecodeString(p.Salt)
	if err != nil || !isDigest(p.Salt) || !isDigest(root) {
		return fmt.Errorf("proof of record %s: salt or root is not 32 bytes in hexadecimal: %w", quoted(id), ErrMalformed)
	}
	raw, err := hex.DecodeString(root)
	if err != nil {
		return err
	}
	if p.Size > maxSize || tlog.CheckRecord(p.Path, p.Size, tlog.Hash(raw), p.Index, recordLeaf(salt, id, digest)) != nil {
		return fmt.Errorf("proof of record %s, number %d of %d: %w", quoted(id), p.Index, p.Size, ErrProof)
	}
	return nil
}
