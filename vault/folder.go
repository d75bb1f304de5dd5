package vault

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"filippo.io/age"

	"github.com/turtlebay/turtlebay/vault/internal/staging"
)

// What is read into memory at once is bounded.
const maxCard = 4 << 20 // bytes of a card, a key, vault.json

const (
	format  = "turtlebay-vault"
	version = 1

	headerFile = "vault.json"
	lockFile   = "lock"
	logDir     = "log"
	itemsDir   = "items"
	cardsDir   = "cards"
	keysDir    = "keys"
)

// header is vault.json.
type header struct {
	Format    string `json:"format"`
	Version   int    `json:"version"`
	Recipient string `json:"recipient"` // of the vault's key
}

func (h header) encode() []byte {
	b, _ := json.Marshal(h) // two strings and a number
	return append(b, '\n')
}

// findOrMake reads vault.json, which is written last: where it is, the rest must be,
// and where it is not, nothing else may be.
func (v *Vault) findOrMake() (made bool, err error) {
	if err := v.tidy(); err != nil {
		return false, err
	}
	err = v.readHeader()
	if err == nil {
		if empty(v.path(logDir)) {
			return false, fmt.Errorf("%w: %s is gone", ErrDamaged, logDir)
		}
		return false, v.makeDirs()
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return false, err
	}
	for _, sub := range []string{itemsDir, cardsDir, keysDir} {
		if !empty(v.path(sub)) {
			return false, fmt.Errorf("%w: %s is gone", ErrDamaged, headerFile)
		}
	}
	return true, v.create()
}

func (v *Vault) create() error {
	if v.o.Key == nil {
		return ErrLocked
	}
	identity, err := v.o.Key()
	if err != nil {
		return err
	}
	if err := v.makeDirs(); err != nil {
		return err
	}
	if _, err := v.openLog(); err != nil {
		return err
	}
	size := v.log.Size()
	if err := v.log.Close(); err != nil {
		return err
	}
	v.log = nil
	if size > 0 {
		return fmt.Errorf("%w: %s is gone", ErrDamaged, headerFile)
	}
	v.identity, v.header = identity, header{format, version, identity.Recipient().String()}
	return staging.WriteFile(v.path(headerFile), v.header.encode())
}

func (v *Vault) makeDirs() error {
	for _, sub := range []string{itemsDir, cardsDir, keysDir, staging.Folder} {
		if err := os.MkdirAll(v.path(sub), 0o700); err != nil {
			return err
		}
	}
	return nil
}

// tidy removes what a crash left of vault.json before it was whole.
func (v *Vault) tidy() error {
	left, err := filepath.Glob(v.path(staging.Unfinished + "*"))
	for _, path := range left {
		err = errors.Join(err, os.Remove(path))
	}
	return err
}

// empty reports whether there is nothing in the folder, or no folder.
func empty(dir string) bool {
	entries, _ := os.ReadDir(dir)
	return len(entries) == 0
}

// readHeader takes vault.json in the one form in which it is written, so that no
// byte of it can change unseen.
func (v *Vault) readHeader() error {
	b, err := readBounded(v.path(headerFile), maxCard)
	if err != nil {
		return err
	}
	var h header
	if err := decode(b, &h); err != nil || h.Format != format || h.Version < version {
		return fmt.Errorf("%w: %s is not in its form", ErrDamaged, headerFile)
	}
	if h.Version > version {
		return fmt.Errorf("%s: %w: %d, this program knows %d", headerFile, ErrNewer, h.Version, version)
	}
	if _, err := age.ParseX25519Recipient(h.Recipient); err != nil || string(h.encode()) != string(b) {
		return fmt.Errorf("%w: %s is not in its form", ErrDamaged, headerFile)
	}
	v.header = h
	return nil
}

func (v *Vault) path(parts ...string) string { return v.dir.Path(strings.Join(parts, "/")) }

// readBounded reads a regular file of at most so many bytes. It opens nothing else: a
// pipe would wait for ever.
func readBounded(path string, most int64) ([]byte, error) {
	f, err := openRegular(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && int64(len(b)) > most {
		err = fmt.Errorf("more than %d bytes", most)
	}
	return b, err
}

func openRegular(path string) (*os.File, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("not a regular file")
	}
	return os.Open(path)
}

// quoted is text from outside as it can stand in a message: short, in quotation
// marks, nothing in it that moves a cursor or turns the direction of writing.
func quoted(text string) string {
	const most = 120
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "…"
	}
	return strconv.QuoteToGraphic(text)
}

// files lists everything in the folder but the log and what waits.
func (v *Vault) files() ([]string, error) {
	var out []string
	err := filepath.WalkDir(v.dir.Root, func(at string, e fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) && at != v.dir.Root {
			return nil // gone meanwhile
		}
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(v.dir.Root, at)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		shard, isShard := strings.CutPrefix(rel, itemsDir+"/")
		switch {
		case !e.IsDir():
			out = append(out, rel)
		case rel == logDir || rel == staging.Folder:
			return fs.SkipDir
		case rel != "." && rel != itemsDir && rel != cardsDir && rel != keysDir && (!isShard || len(shard) != 2):
			out = append(out, rel)
			return fs.SkipDir
		}
		return nil
	})
	return out, err
}
