package custody

import (
	"bufio"
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gofrs/flock"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// The files of a log. Everything but the events could be published.
const (
	eventsFile     = "events"      // JSON lines: the events with their salts; private
	hashesFile     = "hashes"      // the tree: 32 bytes at 32 times tlog.StoredHashIndex
	checkpointFile = "checkpoint"  // the signed note over all leaves
	keptFolder     = "checkpoints" // earlier ones, with cosignatures and time-stamps
	lockFile       = "lock"        // empty; whoever appends holds it

	unfinished = ".unfinished-" // begins the name of a file before it is whole
	maxLine    = 512 << 10      // an event of maxEvent bytes that all need escapes
	lockWait   = 10 * time.Second
	lockPoll   = 5 * time.Millisecond
)

// fsync puts the bytes of a file on the disk. Tests that make thousands of logs do
// without.
var fsync = (*os.File).Sync

// files are the open files of a log.
type files struct {
	dir            string
	events, hashes *os.File
}

// create makes an empty log where there is nothing of one. The checkpoint comes
// last: without it, there is no log.
func create(dir string, s note.Signer) (created bool, err error) {
	path := filepath.Join(dir, checkpointFile)
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return false, err
	}
	kept, err := readKept(dir)
	if err != nil {
		return false, err
	}
	for _, name := range []string{eventsFile, hashesFile} {
		f, err := os.OpenFile(filepath.Join(dir, name), os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			return false, err
		}
		size, err := f.Seek(0, io.SeekEnd)
		if err := errors.Join(err, fsync(f), f.Close()); err != nil {
			return false, err
		}
		if size > 0 || len(kept) > 0 {
			return false, fmt.Errorf("%s is missing: %w", checkpointFile, ErrDamaged)
		}
	}
	c, err := sign(s, 0, emptyRoot())
	if err != nil {
		return false, err
	}
	return true, writeFile(path, c.Note)
}

// removeUnfinished removes what writeFile did not come to rename.
func removeUnfinished(dir string) (removed int64, err error) {
	for _, folder := range []string{dir, filepath.Join(dir, keptFolder)} {
		entries, err := os.ReadDir(folder)
		if err != nil {
			return removed, err
		}
		for _, e := range entries {
			if strings.HasPrefix(e.Name(), unfinished) {
				if err := os.Remove(filepath.Join(folder, e.Name())); err != nil {
					return removed, err
				}
				removed++
			}
		}
	}
	return removed, nil
}

func openFiles(dir string, write bool) (*files, error) {
	flag := os.O_RDONLY
	if write {
		flag = os.O_RDWR
	}
	f := &files{dir: dir}
	var missing []string
	for _, p := range []struct {
		name string
		file **os.File
	}{{eventsFile, &f.events}, {hashesFile, &f.hashes}} {
		opened, err := os.OpenFile(filepath.Join(dir, p.name), flag, 0)
		if errors.Is(err, fs.ErrNotExist) {
			missing = append(missing, p.name)
		} else if err != nil {
			return nil, errors.Join(err, f.close())
		}
		*p.file = opened
	}
	if missing == nil {
		return f, nil
	}
	err := fmt.Errorf("%s is missing: %w", missing[0], ErrDamaged)
	if _, e := os.Lstat(filepath.Join(dir, checkpointFile)); len(missing) == 2 && errors.Is(e, fs.ErrNotExist) {
		err = ErrNoLog
	}
	return nil, errors.Join(err, f.close())
}

func (f *files) close() error {
	var errs []error
	for _, file := range []*os.File{f.events, f.hashes} {
		if file != nil {
			errs = append(errs, file.Close())
		}
	}
	return errors.Join(errs...)
}

// sizes are the lengths of the two files in bytes.
func (f *files) sizes() (events, hashes int64, err error) {
	e, err := f.events.Stat()
	if err != nil {
		return 0, 0, err
	}
	h, err := f.hashes.Stat()
	if err != nil {
		return 0, 0, err
	}
	return e.Size(), h.Size(), nil
}

// ReadHashes reads stored hashes; it makes files a tlog.HashReader.
func (f *files) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, at := range indexes {
		if _, err := f.hashes.ReadAt(out[i][:], at*tlog.HashSize); err != nil {
			return nil, fmt.Errorf("%s: hash %d: %w", hashesFile, at, asDamage(err))
		}
	}
	return out, nil
}

// asDamage is ErrDamaged where a file ends too soon, else the error.
func asDamage(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return ErrDamaged
	}
	return err
}

// write puts a batch on the disk: the events, then their hashes, then the checkpoint
// that signs for them. Each is there before the next begins, so that any hash beyond
// those of the checkpoint tells that the events are complete.
func (f *files) write(b *batch) error {
	if _, err := f.events.WriteAt(b.text, b.at); err != nil {
		return err
	}
	if err := fsync(f.events); err != nil {
		return err
	}
	if _, err := f.hashes.WriteAt(b.stored(), b.base*tlog.HashSize); err != nil {
		return err
	}
	if err := fsync(f.hashes); err != nil {
		return err
	}
	return writeFile(filepath.Join(f.dir, checkpointFile), b.head.Note)
}

// takeBack removes what a failed write left: the hashes first, see write.
func (f *files) takeBack(events, hashes int64) error {
	err := f.hashes.Truncate(hashes)
	if err == nil {
		err = fsync(f.hashes)
	}
	if err == nil {
		err = f.events.Truncate(events)
	}
	if err == nil {
		err = fsync(f.events)
	}
	if err != nil {
		return fmt.Errorf("take the append back, the next opening of the log will finish or cut it: %w", err)
	}
	return nil
}

// writeFile writes a file of the log so that it is there whole or not at all.
func writeFile(path string, b []byte) error {
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, unfinished+"*")
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err == nil {
		err = fsync(f)
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	// a rename that did not last leaves the older state; not every file system can tell
	if d, err := os.Open(dir); err == nil {
		_ = fsync(d)
		_ = d.Close()
	}
	return nil
}

// readFile reads a small file of a log.
func readFile(path string, most int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && int64(len(b)) > most {
		err = fmt.Errorf("more than %d bytes: %w", most, ErrDamaged)
	}
	return b, err
}

// lockFolder takes the lock of whoever appends.
func lockFolder(ctx context.Context, dir string) (unlock func(), err error) {
	ctx, cancel := context.WithTimeout(ctx, lockWait)
	defer cancel()
	lock := flock.New(filepath.Join(dir, lockFile), flock.SetPermissions(0o600))
	if _, err := lock.TryLockContext(ctx, lockPoll); err != nil {
		if errors.Is(err, context.DeadlineExceeded) {
			err = ErrBusy
		}
		return nil, errors.Join(err, lock.Close())
	}
	return func() { _ = lock.Close() }, nil
}

// eventLine is a line of the events file. The object comes first, so that it is
// found without reading the rest.
type eventLine struct {
	Object   string `json:"object"`
	Act      string `json:"act,omitempty"`
	Actor    string `json:"actor,omitempty"`
	At       string `json:"at,omitempty"`
	Digest   string `json:"digest,omitempty"`
	Parent   string `json:"parent,omitempty"`
	Tool     string `json:"tool,omitempty"`
	Detail   string `json:"detail,omitempty"`
	Reason   string `json:"reason,omitempty"`
	Previous string `json:"previous,omitempty"`
	Salt     string `json:"salt"`
}

// formatLine is an event as the events file has it, with its line feed.
func formatLine(e *Event, salt []byte) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(eventLine{
		e.Object, e.Act, e.Actor, e.At, e.Digest, e.Parent, e.Tool, e.Detail, e.Reason, e.Previous, hex.EncodeToString(salt),
	})
	return b.Bytes(), err
}

// parseLine reads a line of the events file, without its line feed, in the one form
// that formatLine writes.
func parseLine(line []byte) (Event, []byte, error) {
	var j eventLine
	if err := json.Unmarshal(line, &j); err != nil {
		return Event{}, nil, fmt.Errorf("no event: %w", ErrDamaged)
	}
	e := Event{j.Act, j.Actor, j.At, j.Object, j.Digest, j.Parent, j.Tool, j.Detail, j.Reason, j.Previous}
	salt, err := hex.DecodeString(j.Salt)
	if err != nil || len(salt) != saltSize {
		return Event{}, nil, fmt.Errorf("salt is not %d bytes: %w", saltSize, ErrDamaged)
	}
	if again, err := formatLine(&e, salt); err != nil || !bytes.Equal(again[:len(again)-1], line) {
		return Event{}, nil, fmt.Errorf("not in the form in which events are written: %w", ErrDamaged)
	}
	return e, salt, nil
}

// objectOf is the object of a line.
func objectOf(line []byte) (string, error) {
	const begin = `{"object":"`
	if rest, ok := bytes.CutPrefix(line, []byte(begin)); ok {
		if end := bytes.IndexByte(rest, '"'); end >= 0 && bytes.IndexByte(rest[:end], '\\') < 0 {
			return string(rest[:end]), nil
		}
	}
	e, _, err := parseLine(line)
	return e.Object, err
}

// lineReader reads a part of the events file line by line with bounded memory.
type lineReader struct {
	r    *bufio.Reader
	long []byte
}

func newLineReader(r io.ReaderAt, from, to int64) *lineReader {
	buffer := int(min(256<<10, max(to-from+1, 1<<10)))
	return &lineReader{r: bufio.NewReaderSize(io.NewSectionReader(r, from, to-from), buffer)}
}

// next gives a line without its line feed, to be used before the next call, the
// number of bytes it takes in the file, and whether a line feed ended it. Of a line
// over maxLine only the beginning is given. At the end the error is io.EOF.
func (l *lineReader) next() (line []byte, size int64, whole bool, err error) {
	l.long = l.long[:0]
	for {
		part, err := l.r.ReadSlice('\n')
		size += int64(len(part))
		whole = err == nil
		if len(l.long) == 0 && whole {
			return part[:len(part)-1], size, true, nil
		}
		if room := maxLine + 1 - len(l.long); room > 0 {
			l.long = append(l.long, part[:min(room, len(part))]...)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
		case whole:
			return bytes.TrimSuffix(l.long, []byte{'\n'}), size, true, nil
		case errors.Is(err, io.EOF) && size > 0:
			return l.long, size, false, nil
		default:
			return nil, 0, false, err
		}
	}
}
