package custody

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/gofrs/flock"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Fault is a place where the files of a log are not what was written.
type Fault struct {
	File string // relative to the folder of the log
	Leaf int64  // index of the leaf, -1 where it is about the file
	Why  string
}

// String is the fault in one line.
func (f Fault) String() string {
	if f.Leaf < 0 {
		return f.File + ": " + f.Why
	}
	return fmt.Sprintf("%s: leaf %d: %s", f.File, f.Leaf, f.Why)
}

// Verification is the answer of Verify.
type Verification struct {
	Leaves     int64    // that the checkpoint signs for
	Faults     []Fault  // at most 1000
	More       int64    // faults beyond those
	Unfinished []string // what an interrupted append left and the next opening puts right: no fault
}

// OK reports whether there is no fault.
func (v Verification) OK() bool { return len(v.Faults) == 0 }

const maxFaults = 1000

// Verify computes every commitment, hash and root of the log again and checks every
// signature of its key. It names the file, and where there is one the leaf, of
// whatever differs, were it one byte of one file. Cosignatures and tokens are checked
// against their digests; who made them is for others to check, who know the keys.
//
// Verify is [Log.Verify] for a log that cannot be opened. Its error is about reading:
// a log with faults gives none.
func Verify(ctx context.Context, dir string, v note.Verifier) (Verification, error) {
	a := &audit{dir: dir, key: v, why: map[int64]string{}}
	defer a.close()
	for _, step := range []func(context.Context) error{a.open, a.readHashes, a.readEvents, a.compareTrees, a.checkRest, a.checkKept} {
		if err := step(ctx); err != nil {
			return Verification{}, fmt.Errorf("verify custody log %s: %w", dir, err)
		}
	}
	return a.out, nil
}

// Verify verifies what is on the disk, see the function Verify.
func (l *Log) Verify(ctx context.Context) (Verification, error) {
	return Verify(ctx, l.files.dir, l.o.Verifier)
}

// audit is a verification on its way.
type audit struct {
	dir string
	key note.Verifier
	out Verification

	events, hashes         *os.File // nil where missing
	eventsSize, hashesSize int64
	kept                   []keptFile
	head                   Checkpoint // of size 0 and without note where it cannot be trusted

	leaves   int64            // that are looked for
	stored   []tlog.Hash      // the tree as the hashes file has it
	computed []tlog.Hash      // the tree as the events give it; zero is unknown
	why      map[int64]string // what is wrong with the event of a leaf
	end      int64            // where the last event ends, if all are in their places
	ordered  bool
	remarks  []Fault // on events that are those that were signed for
}

func (a *audit) fault(file string, leaf int64, format string, args ...any) {
	if len(a.out.Faults) >= maxFaults {
		a.out.More++
		return
	}
	a.out.Faults = append(a.out.Faults, Fault{file, leaf, fmt.Sprintf(format, args...)})
}

// because is the text of an error without the words that every fault shares.
func because(file string, err error) string {
	text := strings.TrimPrefix(err.Error(), file+": ")
	return strings.ReplaceAll(strings.ReplaceAll(text, ": "+ErrDamaged.Error(), ""), ErrDamaged.Error()+": ", "")
}

func (a *audit) close() {
	for _, f := range []*os.File{a.events, a.hashes} {
		if f != nil {
			_ = f.Close()
		}
	}
}

// open takes the state between two appends. What is signed for does not change
// afterwards.
func (a *audit) open(ctx context.Context) error {
	unlock, err := lockShared(ctx, a.dir)
	if err != nil {
		return err
	}
	defer unlock()
	if a.head, err = readHead(a.dir, a.key); errors.Is(err, ErrDamaged) {
		a.fault(checkpointFile, -1, "%s", because(checkpointFile, err))
	} else if err != nil {
		return err
	}
	a.out.Leaves = a.head.Size
	if a.kept, err = readKept(a.dir); err != nil {
		return err
	}
	for _, p := range []struct {
		name string
		file **os.File
		size *int64
	}{{eventsFile, &a.events, &a.eventsSize}, {hashesFile, &a.hashes, &a.hashesSize}} {
		f, err := os.Open(filepath.Join(a.dir, p.name))
		if errors.Is(err, fs.ErrNotExist) {
			a.fault(p.name, -1, "missing")
			continue
		} else if err != nil {
			return err
		}
		*p.file = f
		if *p.size, err = f.Seek(0, io.SeekEnd); err != nil {
			return err
		}
	}
	if a.head.Note == nil && a.events == nil && a.hashes == nil {
		if _, err := os.Lstat(filepath.Join(a.dir, checkpointFile)); len(a.kept) == 0 && errors.Is(err, fs.ErrNotExist) {
			return ErrNoLog
		}
	}
	return a.checkNames()
}

// lockShared keeps whoever appends waiting for a moment. A log on a medium that
// cannot be written has no lock, and needs none.
func lockShared(ctx context.Context, dir string) (unlock func(), err error) {
	ctx, cancel := context.WithTimeout(ctx, lockWait)
	defer cancel()
	lock := flock.New(filepath.Join(dir, lockFile), flock.SetFlag(os.O_RDONLY))
	if _, err := lock.TryRLockContext(ctx, lockPoll); err != nil && !errors.Is(err, fs.ErrNotExist) {
		if errors.Is(err, context.DeadlineExceeded) {
			err = ErrBusy
		}
		return nil, errors.Join(err, lock.Close())
	}
	return func() { _ = lock.Close() }, nil
}

// readHashes reads the tree as it is stored.
func (a *audit) readHashes(context.Context) error {
	if a.hashes == nil {
		return nil
	}
	count := a.hashesSize / tlog.HashSize
	if a.head.Note != nil {
		want := tlog.StoredHashCount(a.head.Size)
		if count < want {
			a.fault(hashesFile, -1, "%d bytes, %d leaves take %d", a.hashesSize, a.head.Size, want*tlog.HashSize)
		}
		count = min(count, want)
	}
	b := make([]byte, count*tlog.HashSize)
	if _, err := a.hashes.ReadAt(b, 0); err != nil && len(b) > 0 {
		return fmt.Errorf("%s: %w", hashesFile, err)
	}
	a.stored = make([]tlog.Hash, count)
	for i := range a.stored {
		copy(a.stored[i][:], b[i*tlog.HashSize:])
	}
	return nil
}

// storedHash is a hash of the stored tree, zero where there is none.
func (a *audit) storedHash(level int, n int64) tlog.Hash {
	if i := tlog.StoredHashIndex(level, n); i < int64(len(a.stored)) {
		return a.stored[i]
	}
	return tlog.Hash{}
}

// readEvents computes the leaf of every event. A line that is not the leaf whose
// turn it is is looked for among all leaves, so that a line feed that was lost or
// added is one fault and does not make every later event one.
func (a *audit) readEvents(ctx context.Context) error {
	a.leaves = a.head.Size
	if a.head.Note == nil {
		for tlog.StoredHashCount(a.leaves+1) <= int64(len(a.stored)) {
			a.leaves++
		}
	}
	leaves := make([]tlog.Hash, min(a.leaves, max(int64(len(a.stored)), a.eventsSize)))
	if int64(len(leaves)) < a.leaves {
		a.fault(checkpointFile, -1, "signs for %d leaves, of which the other files have less than %d", a.leaves, len(leaves)+1)
		a.leaves = int64(len(leaves))
	}
	a.ordered = true
	if a.events != nil {
		if err := a.readLines(ctx, leaves); err != nil {
			return err
		}
	}
	for i := range leaves {
		if (leaves[i] == tlog.Hash{}) && a.why[int64(i)] == "" {
			a.why[int64(i)] = "missing"
		}
	}
	a.computed = treeOf(leaves)
	return nil
}

func (a *audit) readLines(ctx context.Context, leaves []tlog.Hash) error {
	f := finder{a: a}
	r := newLineReader(a.events, 0, a.eventsSize)
	seen := history{last: map[string]int64{}}
	next := int64(0)
	for number := int64(1); next < a.leaves || !a.ordered || len(a.why) > 0; number++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		line, size, whole, err := r.next()
		if errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("%s: %w", eventsFile, err)
		}
		a.end += size
		e, leaf, err := readLeaf(line, whole)
		if err == nil {
			if at, ok := f.find(leaf, next); ok {
				a.ordered = a.ordered && at == next
				leaves[at], next = leaf, at+1
				delete(a.why, at)
				a.remarks = append(a.remarks, seen.check(at, &e)...)
				continue
			}
			err = errNotSigned
		}
		switch {
		case next >= a.leaves:
			a.fault(eventsFile, -1, "line %d: after the last event that is signed for: %s", number, because(eventsFile, err))
		case leaves[next] == tlog.Hash{}:
			leaves[next] = leaf
			a.why[next] = fmt.Sprintf("line %d: %s", number, because(eventsFile, err))
		}
		next++
	}
	return nil
}

var errNotSigned = errors.New("not the event that was signed for")

// readLeaf computes the leaf of a line of the events file.
func readLeaf(line []byte, whole bool) (Event, tlog.Hash, error) {
	e, salt, err := parseLine(line)
	if err == nil && !whole {
		err = errors.New("no line feed after it")
	}
	if err != nil {
		return Event{}, tlog.Hash{}, err
	}
	return e, leafHash(commitments(&e, salt)), nil
}

// checkRest judges what lies beyond what is signed for.
func (a *audit) checkRest(context.Context) error {
	if len(a.out.Faults) == 0 && !a.ordered {
		a.fault(eventsFile, -1, "every event is there, but not in its place")
	}
	if len(a.out.Faults) == 0 {
		for _, r := range a.remarks {
			a.fault(r.File, r.Leaf, "%s", r.Why)
		}
	}
	short := int64(len(a.stored)) < tlog.StoredHashCount(a.head.Size)
	if a.head.Note == nil || a.events == nil || a.hashes == nil || short || len(a.why) > 0 || !a.ordered {
		return nil
	}
	rest, err := restOf(a.head.Size, a.end, a.eventsSize, a.hashesSize)
	switch {
	case err != nil:
		a.fault(hashesFile, -1, "%s", because(hashesFile, err))
	case rest.finish:
		a.out.Unfinished = append(a.out.Unfinished, eventsFile+": an append that was interrupted, to be finished")
	case rest.cut > 0:
		a.out.Unfinished = append(a.out.Unfinished, fmt.Sprintf("%s: %d bytes of an interrupted append, to be cut", eventsFile, rest.cut))
	}
	return nil
}

// checkKept checks the history: signatures and digests, and that the log is still a
// continuation of every checkpoint that was kept.
func (a *audit) checkKept(context.Context) error {
	have := map[int64]bool{}
	for _, k := range a.kept {
		file := keptFolder + "/" + k.name
		var (
			b   []byte
			c   Checkpoint
			err error
		)
		if k.kind == kindCheckpoint {
			have[k.size] = true
			c, err = k.checkpoint(a.dir, a.key)
		} else {
			b, err = k.read(a.dir)
		}
		_, isSignature := parseSignature(string(bytes.TrimSuffix(b, []byte{'\n'})))
		switch {
		case errors.Is(err, ErrDamaged):
			a.fault(file, -1, "%s", because(file, err))
		case err != nil:
			return err
		case k.kind == kindCosignature && !isSignature:
			a.fault(file, -1, "no signature")
		case k.kind == kindCheckpoint && a.head.Note != nil && k.size > a.head.Size:
			a.fault(file, -1, "signs for %d leaves, the log has %d: it was cut", k.size, a.head.Size)
		case k.kind == kindCheckpoint && k.size <= a.leaves && c.Root != a.root(k.size, a.stored) && c.Root != a.root(k.size, a.computed):
			a.fault(file, -1, "signs another tree of %d leaves than the log has: one of them was rewritten", k.size)
		}
	}
	for _, k := range a.kept {
		if !have[k.size] {
			a.fault(keptFolder+"/"+k.name, -1, "its checkpoint is missing")
		}
	}
	return nil
}

// checkNames looks for files that no log has.
func (a *audit) checkNames() error {
	known := func(name string) bool {
		return name == eventsFile || name == hashesFile || name == checkpointFile || name == keptFolder || name == lockFile
	}
	inHistory := func(name string) bool { _, ok := parseKept(name); return ok }
	for _, folder := range []struct {
		prefix string
		known  func(string) bool
	}{{"", known}, {keptFolder + "/", inHistory}} {
		entries, err := os.ReadDir(filepath.Join(a.dir, folder.prefix))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		for _, e := range entries {
			name := folder.prefix + e.Name()
			switch {
			case strings.HasPrefix(e.Name(), unfinished):
				a.out.Unfinished = append(a.out.Unfinished, name+": of an interrupted write, to be removed")
			case !folder.known(e.Name()):
				a.fault(strings.Trim(strconv.QuoteToGraphic(name), `"`), -1, "no file of a custody log")
			case name == lockFile && size(e) > 0:
				a.fault(name, -1, "holds something, and should be empty")
			case e.IsDir() != (name == keptFolder):
				a.fault(name, -1, "not the kind of file that it should be")
			}
		}
	}
	return nil
}

func size(e os.DirEntry) int64 {
	info, err := e.Info()
	if err != nil {
		return 0 // gone meanwhile
	}
	return info.Size()
}
