package custody

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Options are what a log is opened with.
type Options struct {
	Signer   note.Signer      // the log's key; not needed to read
	Verifier note.Verifier    // the log's public key; its name is the origin
	Now      func() time.Time // the clock; not needed to read
	Rand     io.Reader        // where salts come from; nil is crypto/rand
	ReadOnly bool             // open what is there, change nothing
}

func (o Options) validate() error {
	switch {
	case o.Verifier == nil:
		return errors.New("a verifier is needed")
	case o.ReadOnly:
		return nil
	case o.Signer == nil || o.Now == nil:
		return errors.New("a signer and a clock are needed to append")
	case o.Signer.Name() != o.Verifier.Name() || o.Signer.KeyHash() != o.Verifier.KeyHash():
		return fmt.Errorf("the signer %s does not belong to the verifier %s", quoted(o.Signer.Name()), quoted(o.Verifier.Name()))
	}
	return nil
}

// Log is an open log. It shows the log as of its opening, its last Append or the
// last Refresh.
type Log struct {
	o     Options
	files *files

	mu         sync.Mutex
	head       Checkpoint       // the newest; its note has the log's signature alone
	cosigned   []note.Signature // of the head
	lines      []int64          // where each event begins, and where the last one ends
	last       map[string]int64 // the last event of each object, for Append
	lastAt     string
	reconciled Reconciled
}

// Open opens the log in the folder dir, which it makes, with an empty log, where
// there is nothing. What an interrupted append left is put right and said: an append
// whose events were all on the disk is finished, another is cut. Whatever else does
// not fit is ErrDamaged, and the function Verify names the places. ErrNoLog is
// returned for a log to be read that is not there, ErrBusy where another process
// holds the log for longer than ten seconds.
func Open(dir string, o Options) (*Log, Reconciled, error) {
	l := &Log{o: o, lines: []int64{0}, last: map[string]int64{}}
	if l.o.Rand == nil {
		l.o.Rand = rand.Reader
	}
	err := o.validate()
	if err == nil {
		err = l.open(dir)
	}
	if err != nil {
		if l.files != nil {
			_ = l.files.close()
		}
		return nil, Reconciled{}, fmt.Errorf("open custody log %s: %w", dir, err)
	}
	return l, l.reconciled, nil
}

func (l *Log) open(dir string) (err error) {
	if l.o.ReadOnly {
		if l.files, err = openFiles(dir, false); err != nil {
			return err
		}
		return l.load()
	}
	if err := os.MkdirAll(filepath.Join(dir, keptFolder), 0o700); err != nil {
		return err
	}
	unlock, err := lockFolder(context.Background(), dir)
	if err != nil {
		return err
	}
	defer unlock()
	if l.reconciled.Removed, err = removeUnfinished(dir); err != nil {
		return err
	}
	if l.reconciled.Created, err = create(dir, l.o.Signer); err != nil {
		return err
	}
	if l.files, err = openFiles(dir, true); err != nil {
		return err
	}
	if err := l.load(); err != nil {
		return err
	}
	if err := l.settle(); err != nil {
		return err
	}
	l.reconciled.ClockBehind = behind(l.lastAt, l.o.Now())
	return nil
}

// behind is by how much the clock is behind the last event.
func behind(lastAt string, now time.Time) time.Duration {
	last, err := time.Parse(timeLayout, lastAt)
	if err != nil {
		return 0
	}
	return max(0, last.Sub(now.Truncate(time.Second)))
}

// load takes in what the newest checkpoint covers and checks cheaply that the files
// carry it: the number of events, the last of them, the roots now and before.
func (l *Log) load() error {
	kept, err := readKept(l.files.dir) // before the checkpoint, which may move meanwhile
	if err != nil {
		return err
	}
	head, err := readHead(l.files.dir, l.o.Verifier)
	if err != nil {
		return err
	}
	if n := len(kept); head.Size < l.head.Size || n > 0 && kept[n-1].size > head.Size {
		return fmt.Errorf("%s: signs %d leaves, an earlier one signed more: %w", checkpointFile, head.Size, ErrDamaged)
	}
	for _, c := range []Checkpoint{head, l.head} {
		root, err := tlog.TreeHash(c.Size, l.files)
		if err != nil {
			return err
		}
		if c.Note != nil && root != c.Root {
			return fmt.Errorf("%s: not the tree of %d leaves that was signed: %w", hashesFile, c.Size, ErrDamaged)
		}
	}
	lines, objects, err := l.scan(head.Size)
	if err != nil {
		return err
	}
	lastAt, err := l.files.checkLast(lines)
	if err != nil {
		return err
	}
	cosigned, err := readCosigned(l.files.dir, kept, head.Size)
	if err != nil {
		return err
	}
	for i, object := range objects {
		l.last[object] = l.head.Size + int64(i)
	}
	l.head, l.lines, l.lastAt, l.cosigned = head, lines, lastAt, cosigned
	return nil
}

// scan finds where the events up to the given number of leaves begin, and, to
// append, their objects.
func (l *Log) scan(leaves int64) (lines []int64, objects []string, err error) {
	size, _, err := l.files.sizes()
	if err != nil {
		return nil, nil, err
	}
	lines = l.lines
	r := newLineReader(l.files.events, lines[len(lines)-1], size)
	for int64(len(lines)) <= leaves {
		line, n, whole, err := r.next()
		if errors.Is(err, io.EOF) || err == nil && !whole {
			return nil, nil, fmt.Errorf("%s: %d events, %d are signed for: %w", eventsFile, len(lines)-1, leaves, ErrDamaged)
		} else if err != nil {
			return nil, nil, err
		}
		if !l.o.ReadOnly {
			object, err := objectOf(line)
			if err != nil {
				return nil, nil, fmt.Errorf("%s: leaf %d: %w", eventsFile, len(lines)-1, err)
			}
			objects = append(objects, object)
		}
		lines = append(lines, lines[len(lines)-1]+n)
	}
	return lines, objects, nil
}

// checkLast checks the last event against its leaf: then the lines were counted
// right, and nothing that is signed for is taken for the rest of an append. It gives
// the time of that event.
func (f *files) checkLast(lines []int64) (at string, err error) {
	i := int64(len(lines)) - 2
	if i < 0 {
		return "", nil
	}
	e, salt, err := f.event(lines, i)
	if err != nil {
		return "", err
	}
	leaf, err := f.ReadHashes([]int64{tlog.StoredHashIndex(0, i)})
	if err != nil {
		return "", err
	}
	if leaf[0] != leafHash(commitments(&e, salt)) {
		return "", fmt.Errorf("%s: leaf %d: not the event that was signed for: %w", eventsFile, i, ErrDamaged)
	}
	return e.At, nil
}

// Close lets go of the files.
func (l *Log) Close() error {
	if err := l.files.close(); err != nil {
		return fmt.Errorf("close custody log: %w", err)
	}
	return nil
}

// Refresh takes in what another process appended or cosigned. It returns ErrDamaged
// where the log is no continuation of what this Log showed.
func (l *Log) Refresh() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.load(); err != nil {
		return fmt.Errorf("refresh custody log: %w", err)
	}
	return nil
}

// shown is what the log shows at the moment.
func (l *Log) shown() (Checkpoint, []int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.head, l.lines
}

// Reconciled is what Open did, and what Append had to put right since because
// another process was interrupted.
func (l *Log) Reconciled() Reconciled {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.reconciled
}

// Origin is the name of the log's key.
func (l *Log) Origin() string { return l.o.Verifier.Name() }

// Dir is the folder of the log.
func (l *Log) Dir() string { return l.files.dir }

// Size is the number of leaves.
func (l *Log) Size() int64 {
	head, _ := l.shown()
	return head.Size
}

// Checkpoint is the signed note over all leaves, with the cosignatures that were
// added to it.
func (l *Log) Checkpoint() []byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	return withSignatures(l.head, l.cosigned).Note
}

// Entry is an event with the index of its leaf.
type Entry struct {
	Index int64
	Event
}

// Event is the event of a leaf.
func (l *Log) Event(index int64) (Event, error) {
	e, _, err := l.event(index)
	return e, err
}

func (l *Log) event(index int64) (Event, []byte, error) {
	head, lines := l.shown()
	if index < 0 || index >= head.Size {
		return Event{}, nil, fmt.Errorf("leaf %d of %d: %w", index, head.Size, ErrNoLeaf)
	}
	return l.files.event(lines, index)
}

// event reads the event of a leaf; lines says where each begins.
func (f *files) event(lines []int64, index int64) (Event, []byte, error) {
	from, to := lines[index], lines[index+1]-1
	if to-from > maxLine {
		return Event{}, nil, fmt.Errorf("%s: leaf %d: %d bytes: %w", eventsFile, index, to-from, ErrDamaged)
	}
	line := make([]byte, to-from)
	if _, err := f.events.ReadAt(line, from); err != nil {
		return Event{}, nil, fmt.Errorf("%s: leaf %d: %w", eventsFile, index, asDamage(err))
	}
	e, salt, err := parseLine(line)
	if err != nil {
		return Event{}, nil, fmt.Errorf("%s: leaf %d: %w", eventsFile, index, err)
	}
	return e, salt, nil
}

// Events are all events in order. An error ends them.
func (l *Log) Events() iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		head, lines := l.shown()
		r := newLineReader(l.files.events, 0, lines[len(lines)-1])
		for i := range head.Size {
			line, _, _, err := r.next()
			var e Event
			if err == nil {
				e, _, err = parseLine(line)
			}
			if err != nil {
				yield(Entry{}, fmt.Errorf("%s: leaf %d: %w", eventsFile, i, asDamage(err)))
				return
			}
			if !yield(Entry{i, e}, nil) {
				return
			}
		}
	}
}

// Prove opens the named fields of a leaf and proves the leaf against Checkpoint;
// without names it opens none. It hands out no proof that does not hold.
func (l *Log) Prove(index int64, fields ...string) (Opening, error) {
	return l.ProveAt(l.Size(), index, fields...)
}

// ProveAt is Prove against the checkpoint of an earlier size.
func (l *Log) ProveAt(size, index int64, fields ...string) (Opening, error) {
	head, _ := l.shown()
	if index < 0 || index >= size || size > head.Size {
		return Opening{}, fmt.Errorf("prove leaf %d of %d, the log has %d: %w", index, size, head.Size, ErrNoLeaf)
	}
	e, salt, err := l.event(index)
	if err != nil {
		return Opening{}, err
	}
	path, err := tlog.ProveRecord(size, index, l.files)
	if err != nil {
		return Opening{}, fmt.Errorf("prove leaf %d: %w", index, err)
	}
	root, err := tlog.TreeHash(size, l.files)
	if err != nil {
		return Opening{}, fmt.Errorf("prove leaf %d: %w", index, err)
	}
	o, err := opened(index, &e, salt, path, fields)
	if err != nil {
		return Opening{}, err
	}
	if err := CheckOpening(o, Checkpoint{Origin: head.Origin, Size: size, Root: root}); err != nil {
		return Opening{}, fmt.Errorf("prove leaf %d: the event is not the one that was signed for: %w", index, ErrDamaged)
	}
	return o, nil
}

// Consistency proves that the first older leaves are the beginning of the first
// newer leaves. From nothing, the proof is empty.
func (l *Log) Consistency(older, newer int64) ([]tlog.Hash, error) {
	head, _ := l.shown()
	if older < 0 || older > newer || newer > head.Size {
		return nil, fmt.Errorf("prove consistency of %d and %d leaves, the log has %d: %w", older, newer, head.Size, ErrNoLeaf)
	}
	if older == 0 {
		return []tlog.Hash{}, nil
	}
	p, err := tlog.ProveTree(newer, older, l.files)
	if err != nil {
		return nil, fmt.Errorf("prove consistency of %d and %d leaves: %w", older, newer, err)
	}
	return p, nil
}
