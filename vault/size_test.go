package vault_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/turtlebay/turtlebay/vault"
)

// jobs are what a child can do beside writing until it is killed.
var jobs = map[string]func(*site) error{
	"idle":  func(s *site) error { return addSized(s, 64<<10) },
	"large": func(s *site) error { return addSized(s, large) },
	"view":  view,
	"read only folder": func(s *site) error {
		o, err := s.makeOptions()
		if err != nil {
			return err
		}
		if _, _, err := vault.Open(ctx, s.dir, o); !errors.Is(err, os.ErrPermission) {
			return fmt.Errorf("opened for writing: %w", err)
		}
		o.ReadOnly = true
		v, _, err := vault.Open(ctx, s.dir, o)
		if err != nil {
			return err
		}
		list, err := v.List(custodian)
		if err != nil || len(list) != 3 {
			return fmt.Errorf("%d items: %w", len(list), err)
		}
		c, err := v.Peek(ctx, list[0].ID)
		if err != nil {
			return err
		}
		return c.Close()
	},
}

const large = 64 << 20

// noise is bytes that do not repeat soon and need no memory.
type noise struct{ state uint64 }

func (r *noise) Read(p []byte) (int, error) {
	for i := range p {
		r.state = r.state*6364136223846793005 + 1442695040888963407
		p[i] = byte(r.state >> 56)
	}
	return len(p), nil
}

func addSized(s *site, size int64) error {
	o, err := s.makeOptions()
	if err != nil {
		return err
	}
	v, _, err := vault.Open(ctx, s.dir, o)
	if err != nil {
		return err
	}
	begin := time.Now()
	item, _, err := v.Add(ctx, io.LimitReader(&noise{state: uint64(size)}, size), vault.New{Source: "S", Marking: amber})
	if err != nil || item.Size != size {
		return fmt.Errorf("%+v: %w", item, err)
	}
	fmt.Printf("added %d MB in %s\n", size>>20, time.Since(begin).Round(time.Millisecond))
	return v.Close()
}

// view reads the large item in every way there is.
func view(s *site) error {
	o, err := s.makeOptions()
	if err != nil {
		return err
	}
	v, _, err := vault.Open(ctx, s.dir, o)
	if err != nil {
		return err
	}
	list, err := v.List(custodian)
	if err != nil {
		return err
	}
	id := list[len(list)-1].ID
	if _, _, err := v.Copy(ctx, id, "", ""); err != nil {
		return err
	}
	_, err = v.Export(ctx, custodian, []string{id}, vault.Addressee{Name: "N", Reader: custodian}, func(_ vault.Item, r io.Reader) error {
		n, err := io.Copy(io.Discard, r)
		if n != large {
			err = fmt.Errorf("%d bytes: %w", n, err)
		}
		return err
	})
	if err != nil {
		return err
	}
	if r, err := v.Check(ctx, nil); err != nil || !r.OK() {
		return fmt.Errorf("%v: %w", r.Faults, err)
	}
	return v.Close()
}

// The memory that many items take while they are listed, and the time, are small.
func TestManyItems(t *testing.T) {
	const n = 200
	s := newSite(t)
	v := s.open(t)
	var parcels []vault.Parcel
	for i := range n {
		parcels = append(parcels, vault.Parcel{
			New:  vault.New{Source: "S", Title: fmt.Sprint("item ", i), Marking: amber},
			Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(fmt.Sprint("item ", i))), nil },
		})
	}
	begin := time.Now()
	if _, err := v.AddAll(ctx, parcels); err != nil {
		t.Fatal(err)
	}
	added := time.Since(begin)
	begin = time.Now()
	r := s.open(t, readOnly)
	list, err := r.List(utopia)
	if err != nil || len(list) != n {
		t.Fatal(len(list), err)
	}
	listed := time.Since(begin)
	begin = time.Now()
	if _, err := r.List(utopia); err != nil {
		t.Fatal(err)
	}
	again := time.Since(begin)
	begin = time.Now()
	wantSound(t, r)
	t.Logf("%d encrypted items: added in %s, opened and listed in %s, listed again in %s, checked in %s", n, added, listed, again, time.Since(begin))
	if again > listed/2 {
		t.Errorf("listing again takes %s, the first time %s: nothing is kept", again, listed)
	}
}

// An act that is cancelled ends soon, whatever it reads.
func TestCancelledStream(t *testing.T) {
	v := newSite(t).open(t)
	short, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
	defer cancel()
	begin := time.Now()
	_, _, err := v.Add(short, &noise{}, vault.New{Source: "without end"})
	wantErr(t, err, context.DeadlineExceeded)
	if took := time.Since(begin); took > 5*time.Second {
		t.Errorf("took %s", took)
	}
	wantSound(t, v)
}
