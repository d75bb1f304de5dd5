// Package seal holds the files of a folder against what they were when the last
// writer left it: size and SHA-256 of each, in one file that carries the SHA-256 of
// itself. It finds what was altered, what is gone and what appeared.
//
//	{"file":"desk.json","size":40,"sha256":"9d…"}
//	{"file":"desk.sqlite","loose":true}
//	{"file":"vault/log","leaves":12,"root":"q8…"}
//	{"seal":"turtlebay-seal/1","sha256":"5c…"}
//
// A file is loose where its bytes may move though its content stays; it is there or
// not, and its content is for others to check. What has a root is no file but a log in
// a folder of that name: how many leaves it had and the root of their tree, which is for
// others to check as well. The last line has the SHA-256 of all
// lines before it.
//
//	s, err := seal.Read("desk/desk.seal")
//	next, err := s.Renew(root, seal.Session{Before: before, Begun: begun})
//	err = next.Write("desk/desk.seal")
package seal

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// ErrBroken is returned, wrapped, for a seal that is not as it was written.
var ErrBroken = errors.New("the seal is broken")

const format = "turtlebay-seal/1"

// Entry is a file as the seal has it.
type Entry struct {
	File   string `json:"file"` // from the folder, parts parted by /
	Size   int64  `json:"size,omitempty"`
	SHA256 string `json:"sha256,omitempty"`
	Loose  bool   `json:"loose,omitempty"`
	Leaves int64  `json:"leaves,omitempty"`
	Root   string `json:"root,omitempty"` // of a log: the root of the tree of its leaves, base64
}

// Seal is what a folder's files were, by name.
type Seal map[string]Entry

// Log is the line of a log, and whether there is one of that name.
func (s Seal) Log(name string) (e Entry, sealed bool) {
	e, sealed = s[name]
	return e, sealed && e.Root != ""
}

// last is the last line of the file.
type last struct {
	Seal   string `json:"seal"`
	SHA256 string `json:"sha256"`
}

// maxFile bounds what is read: some 400,000 files.
const maxFile = 64 << 20

// Read reads a seal. The error is that of package os where there is none.
func Read(path string) (Seal, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, err
	}
	s, err := parse(b)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBroken, err)
	}
	return s, nil
}

// parse takes a seal in the one form in which it is written, so that no byte of it
// can change unseen.
func parse(b []byte) (Seal, error) {
	if len(b) > maxFile {
		return nil, fmt.Errorf("it has more than %d bytes", maxFile)
	}
	s := Seal{}
	for line := range bytes.Lines(b) {
		if bytes.HasPrefix(line, []byte(`{"seal":`)) {
			break
		}
		var e Entry
		if err := json.Unmarshal(line, &e); err != nil {
			return nil, fmt.Errorf("line %d is not in its form", len(s)+1)
		}
		s[e.File] = e
	}
	if !bytes.Equal(s.Bytes(), b) {
		return nil, errors.New("its lines are not those that were written")
	}
	return s, nil
}

func closing(lines []byte) []byte {
	sum := sha256.Sum256(lines)
	b, err := json.Marshal(last{format, hex.EncodeToString(sum[:])})
	if err != nil {
		panic(err) // it is made of text
	}
	return append(b, '\n')
}

// Bytes are the seal as it is written: the files sorted by name.
func (s Seal) Bytes() []byte {
	var out []byte
	for _, name := range slices.Sorted(maps.Keys(s)) {
		b, err := json.Marshal(s[name])
		if err != nil {
			panic(err) // it is made of text and numbers
		}
		out = append(append(out, b...), '\n')
	}
	return append(out, closing(out)...)
}

// Files are the regular files of a folder, by name, as Stat shows them.
type Files map[string]fs.FileInfo

// maxDepth bounds how deep folders lie in each other; links may go round.
const maxDepth = 8

// List finds the files of a folder. Links are followed; skip says which names
// (parts parted by /) are left out, folders with all that is in them.
func List(root string, skip func(name string) bool) (Files, error) {
	out := Files{}
	return out, out.list(root, ".", skip, maxDepth)
}

func (f Files) list(root, dir string, skip func(string) bool, depth int) error {
	entries, err := os.ReadDir(filepath.Join(root, filepath.FromSlash(dir)))
	if err != nil {
		return err
	}
	for _, e := range entries {
		name := path.Join(dir, e.Name())
		if skip(name) {
			continue
		}
		info, err := os.Stat(filepath.Join(root, filepath.FromSlash(name)))
		switch {
		case errors.Is(err, fs.ErrNotExist): // a link to nothing, or removed meanwhile
		case err != nil:
			return err
		case info.Mode().IsRegular():
			f[name] = info
		case info.IsDir() && depth > 0:
			if err := f.list(root, name, skip, depth-1); err != nil {
				return err
			}
		}
	}
	return nil
}

// hash reads a file for its entry.
func hash(root, name string) (Entry, error) {
	f, err := os.Open(filepath.Join(root, filepath.FromSlash(name)))
	if err != nil {
		return Entry{}, err
	}
	defer f.Close()
	sum := sha256.New()
	n, err := io.Copy(sum, f)
	return Entry{File: name, Size: n, SHA256: hex.EncodeToString(sum.Sum(nil))}, err
}

// under reports whether the file lies in one of the folders.
func under(name string, dirs []string) bool {
	return slices.ContainsFunc(dirs, func(dir string) bool { return strings.HasPrefix(name, dir+"/") })
}
