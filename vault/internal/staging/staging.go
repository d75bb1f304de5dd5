// Package staging lets files take their places together with leaves of a log:
//
//	c := dir.Begin(log.Size())
//	err := c.Put("cards/EV-000001.json", b) // in a folder of pending/, on the disk
//	c.Plan.Leaves = append(c.Plan.Leaves, event)
//	err = c.Announce()                      // change.json: what belongs where
//	_, err = log.Append(ctx, c.Plan.Leaves...)
//	err = c.Install()                       // from here on the files follow the log
//	err = c.Discard()
//
// The leaves decide. A change whose leaves are in the log is installed, however often
// that is begun; one whose leaves are not is discarded and leaves no trace.
package staging

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/turtlebay/turtlebay/vault/custody"
)

// ErrPlan: a change.json is not what was written.
var ErrPlan = errors.New("change.json is not in its form")

// Unfinished begins the name of a file that WriteFile has not finished.
const Unfinished = ".unfinished-"

// Folder is the folder of a vault in which changes wait.
const Folder = "pending"

const (
	planFile = "change.json"
	version  = 1
	maxPlan  = 256 << 20 // bytes of change.json, which names every leaf of an act
)

// Plan is what a change is to do, and after a crash all that is known of it.
type Plan struct {
	Version int             `json:"change"`
	Base    int64           `json:"base"` // the index that the first leaf will have
	Leaves  []custody.Event `json:"leaves"`
	Put     []Put           `json:"put,omitempty"`
	Remove  []string        `json:"remove,omitempty"`
	Outside bool            `json:"outside,omitempty"` // the act is done by others: the leaves do not tell whether
}

// Put is a file of the change and its place in the vault, with slashes.
type Put struct {
	From string `json:"from"`
	To   string `json:"to"`
}

// Dir is the folder of a vault.
type Dir struct {
	Root   string
	Shred  func(path string) bool  // which files are overwritten before they are removed
	StepIs func(step string) error // called before each step, so that a test can make it fail; nil is nothing
}

// Path is a path in the folder, given with slashes.
func (d Dir) Path(path string) string { return filepath.Join(d.Root, filepath.FromSlash(path)) }

// Step is where a test makes the disk fail or the process die.
func (d Dir) Step(name string) error {
	if d.StepIs == nil {
		return nil
	}
	return d.StepIs(name)
}

// Change is a change that is being prepared, or that was found.
type Change struct {
	Plan   Plan
	d      Dir
	name   string // of its folder in pending, "" until something is staged
	staged int
}

// Begin begins a change whose first leaf will have the index base.
func (d Dir) Begin(base int64) *Change {
	return &Change{d: d, Plan: Plan{Version: version, Base: base}}
}

// Waiting lists the changes that an interruption left.
func (d Dir) Waiting() ([]string, error) {
	entries, err := os.ReadDir(d.Path(Folder))
	var out []string
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return out, err
}

// Find reads a change that waits. The error is fs.ErrNotExist where it had not come
// to be announced, ErrPlan where its plan is damaged.
func (d Dir) Find(name string) (*Change, error) {
	c := &Change{d: d, name: name}
	f, err := os.Open(c.path(planFile))
	if err != nil {
		return c, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxPlan+1))
	if err != nil {
		return c, err
	}
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&c.Plan); err != nil || !c.Plan.valid() || len(b) > maxPlan {
		return c, fmt.Errorf("%s/%s: %w", Folder, strconv.QuoteToGraphic(name), ErrPlan)
	}
	return c, nil
}

func (p Plan) valid() bool {
	foreign := func(path string) bool { return !filepath.IsLocal(filepath.FromSlash(path)) }
	return p.Version == version && p.Base >= 0 && len(p.Leaves) > 0 && !slices.ContainsFunc(p.Remove, foreign) &&
		!slices.ContainsFunc(p.Put, func(f Put) bool { return foreign(f.From) || foreign(f.To) })
}

// Elsewhere are the paths at which a file waits that belongs to path.
func (d Dir) Elsewhere(path string) (out []string, waiting bool) {
	names, _ := d.Waiting()
	for _, name := range names {
		c, err := d.Find(name)
		if err != nil {
			continue
		}
		for _, p := range c.Plan.Put {
			if p.To == path {
				out = append(out, c.path(p.From))
			}
		}
	}
	return out, len(names) > 0
}

func (c *Change) path(name string) string { return filepath.Join(c.d.Root, Folder, c.name, name) }

// Create makes a file of the change, with no place yet, and returns it with its name.
func (c *Change) Create() (*os.File, string, error) {
	if err := c.makeFolder(); err != nil {
		return nil, "", err
	}
	if err := c.d.Step("stage"); err != nil {
		return nil, "", err
	}
	c.staged++
	name := strconv.Itoa(c.staged)
	f, err := os.OpenFile(c.path(name), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	return f, name, err
}

// Reopen opens a file of the change that has no place yet, to be read.
func (c *Change) Reopen(name string) (*os.File, error) { return os.Open(c.path(name)) }

func (c *Change) makeFolder() error {
	if c.name != "" {
		return nil
	}
	dir, err := os.MkdirTemp(c.d.Path(Folder), "")
	c.name = filepath.Base(dir)
	return err
}

// Place gives a file of the change its place; another that was to be there is
// forgotten.
func (c *Change) Place(name, to string) {
	c.Plan.Put = slices.DeleteFunc(c.Plan.Put, func(p Put) bool { return p.To == to })
	c.Plan.Remove = slices.DeleteFunc(c.Plan.Remove, func(path string) bool { return path == to })
	c.Plan.Put = append(c.Plan.Put, Put{name, to})
}

// Forget removes a file of the change that has no place.
func (c *Change) Forget(name string) error { return os.Remove(c.path(name)) }

// Put stages a whole file.
func (c *Change) Put(to string, b []byte) error {
	f, name, err := c.Create()
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err == nil {
		err = f.Sync()
	}
	c.Place(name, to)
	return errors.Join(err, f.Close())
}

// Remove has a file of the vault removed, if it is there then.
func (c *Change) Remove(path string) {
	c.Plan.Put = slices.DeleteFunc(c.Plan.Put, func(p Put) bool { return p.To == path })
	if !slices.Contains(c.Plan.Remove, path) {
		c.Plan.Remove = append(c.Plan.Remove, path)
	}
}

// Where is the path of a file as it will be after the change.
func (c *Change) Where(path string) string {
	for _, p := range c.Plan.Put {
		if p.To == path {
			return c.path(p.From)
		}
	}
	return c.d.Path(path)
}

// Announce writes the plan, if there is anything to do beside the leaves.
func (c *Change) Announce() error {
	if c.name == "" && !c.Plan.Outside && len(c.Plan.Remove) == 0 {
		return nil
	}
	if err := c.makeFolder(); err != nil {
		return err
	}
	b, err := json.Marshal(c.Plan)
	if err != nil {
		return err
	}
	if len(b) > maxPlan {
		return fmt.Errorf("an act of %d leaves is too long", len(c.Plan.Leaves))
	}
	if err := c.d.Step("announce"); err != nil {
		return err
	}
	if err := WriteFile(c.path(planFile), b); err != nil {
		return err
	}
	return SyncDir(c.d.Path(Folder))
}

// Install gives the files their places and removes what is to go. It can be done
// again after it was interrupted.
func (c *Change) Install() error {
	touched := map[string]bool{}
	for _, p := range c.Plan.Put {
		if err := c.d.Step("install " + p.To); err != nil {
			return err
		}
		to := c.d.Path(p.To)
		if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
			return err
		}
		err := os.Rename(c.path(p.From), to)
		if _, there := os.Stat(to); errors.Is(err, fs.ErrNotExist) && there == nil {
			err = nil // it was moved before the interruption
		}
		if err != nil {
			return err
		}
		touched[filepath.Dir(to)], touched[filepath.Dir(filepath.Dir(to))] = true, true
	}
	for _, path := range c.Plan.Remove {
		if err := c.d.Step("remove " + path); err != nil {
			return err
		}
		if err := c.d.erase(path); err != nil {
			return err
		}
		touched[filepath.Dir(c.d.Path(path))] = true
	}
	for dir := range touched {
		if err := SyncDir(dir); err != nil {
			return err
		}
	}
	return nil
}

// erase removes a file that may be gone. One to be shredded is overwritten before:
// where the disk writes in place, nothing of it stays.
func (d Dir) erase(path string) error {
	at := d.Path(path)
	if info, err := os.Lstat(at); err == nil && info.Mode().IsRegular() && d.Shred != nil && d.Shred(path) {
		f, err := os.OpenFile(at, os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		_, err = f.Write(make([]byte, info.Size()))
		if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
			return err
		}
	}
	if err := os.Remove(at); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// Discard removes what is left of the change.
func (c *Change) Discard() error {
	if c.name == "" {
		return nil
	}
	if err := c.d.Step("clear"); err != nil {
		return err
	}
	return os.RemoveAll(c.path(""))
}

// WriteFile writes a file so that it is there whole or not at all.
func WriteFile(path string, b []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), Unfinished+"*")
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return SyncDir(filepath.Dir(path))
}

// SyncDir makes renames in a folder last. Not every file system can; that is no
// fault.
func SyncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	_ = d.Sync()
	return d.Close()
}
