package desk

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"reflect"
	"slices"
	"strings"

	"github.com/turtlebay/turtlebay/desk/whole"
	"github.com/turtlebay/turtlebay/marking"
	"github.com/turtlebay/turtlebay/vault/custody"
)

// accessFile holds the readers who were given access, accessObject is what the
// leaves about them are about.
const (
	accessFile   = "access.json"
	accessObject = "ACCESS"
)

// ErrNoGrant is returned for a reader who was never given access.
var ErrNoGrant = errors.New("was given no access")

// Readers lists those who were given access, by name.
func (d *Desk) Readers() ([]marking.Reader, error) {
	b, err := os.ReadFile(d.Path(accessFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var out []marking.Reader
	if err == nil {
		err = json.Unmarshal(b, &out)
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w: %w", accessFile, ErrDamaged, err)
	}
	return out, nil
}

// Reader is the reader of that name as access was given. It returns ErrNoGrant,
// wrapped, where there is none.
func (d *Desk) Reader(name string) (marking.Reader, error) {
	rs, err := d.Readers()
	if err != nil {
		return marking.Reader{}, err
	}
	if i := slices.IndexFunc(rs, func(r marking.Reader) bool { return r.Name == name }); i >= 0 {
		return rs[i], nil
	}
	return marking.Reader{}, fmt.Errorf("%q: %w", name, ErrNoGrant)
}

// granted is the detail of a leaf about access. A reader with nothing but a name was
// cut off.
type granted struct {
	Reader  marking.Reader `json:"reader"`
	Revoked bool           `json:"revoked,omitempty"`
}

// Grant gives a reader access in place of what the reader of that name had: an act,
// with a leaf.
func (d *Desk) Grant(ctx context.Context, r marking.Reader, reason string) error {
	if strings.TrimSpace(r.Name) == "" {
		return errors.New("give access: a reader needs a name")
	}
	if err := r.Validate(); err != nil {
		return fmt.Errorf("give access to %q: %w", r.Name, err)
	}
	r.On = "" // the day of reading is that of reading
	return d.setAccess(ctx, granted{Reader: r}, reason)
}

// Revoke cuts a reader off. It returns ErrNoGrant, wrapped, for one who had no access.
func (d *Desk) Revoke(ctx context.Context, name, reason string) error {
	if _, err := d.Reader(name); err != nil {
		return err
	}
	return d.setAccess(ctx, granted{Reader: marking.Reader{Name: name}, Revoked: true}, reason)
}

func (d *Desk) setAccess(ctx context.Context, g granted, reason string) error {
	return d.write(ctx, func() error {
		rs, err := d.Readers()
		if err != nil {
			return err
		}
		detail, err := json.Marshal(g)
		if err != nil {
			return fmt.Errorf("give access to %q: %w", g.Reader.Name, err)
		}
		b, err := json.MarshalIndent(g.in(rs), "", "  ")
		if err != nil {
			return fmt.Errorf("give access to %q: %w", g.Reader.Name, err)
		}
		e := custody.Event{Act: custody.Grant, Object: accessObject, Detail: string(detail), Reason: reason}
		_, err = d.vault.Act(ctx, e, func(int64) error { return whole.Write(d.Path(accessFile), append(b, '\n'), 0o600) })
		return err
	})
}

// in lists the readers as they are with this change.
func (g granted) in(rs []marking.Reader) []marking.Reader {
	out := slices.DeleteFunc(slices.Clone(rs), func(r marking.Reader) bool { return r.Name == g.Reader.Name })
	if !g.Revoked {
		out = append(out, g.Reader)
	}
	slices.SortFunc(out, func(a, b marking.Reader) int { return cmp.Compare(a.Name, b.Name) })
	return append([]marking.Reader{}, out...)
}

// accessGiven says, after a crash, whether a change of access was carried out.
func (d *Desk) accessGiven(e custody.Event) (bool, error) {
	var g granted
	if err := json.NewDecoder(strings.NewReader(e.Detail)).Decode(&g); err != nil { // a late clock adds words
		return false, fmt.Errorf("read a leaf about access: %w", err)
	}
	r, err := d.Reader(g.Reader.Name)
	switch {
	case errors.Is(err, ErrNoGrant):
		return g.Revoked, nil
	case err != nil:
		return false, err
	}
	return !g.Revoked && reflect.DeepEqual(r, g.Reader), nil
}
