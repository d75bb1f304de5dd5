package vault_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/turtlebay/turtlebay/marking"
	"github.com/turtlebay/turtlebay/vault"
	"github.com/turtlebay/turtlebay/vault/custody"
	"github.com/turtlebay/turtlebay/vault/key"
)

func TestAddAndRead(t *testing.T) {
	s := newSite(t)
	v, did := s.reopen(t)
	if !did.Created || len(did.Did) == 0 {
		t.Errorf("a new vault says %+v", did)
	}
	const text = "Bill of lading no. 7\n"
	item, known, err := v.Add(ctx, strings.NewReader(text), vault.New{Title: "bill.txt", Source: "Port of Utopia", Marking: amber})
	if err != nil || known {
		t.Fatal(known, err)
	}
	want := vault.Item{
		ID: "EV-000001", SHA256: item.SHA256, Size: int64(len(text)), MediaType: "text/plain; charset=utf-8",
		Role: vault.Original, Title: "bill.txt", Marking: amber, Encrypted: true,
		Received: []vault.Receipt{{Source: "Port of Utopia", On: "2026-11-22", Marking: amber}},
	}
	if diff := cmp.Diff(want, item); diff != "" {
		t.Error(diff)
	}
	c, err := v.Open(ctx, item.ID, utopia, "drafting")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := iotest.TestReader(c, []byte(text)); err != nil {
		t.Error(err)
	}
	e, err := v.Log().Event(1)
	if err != nil || e.Act != custody.View || e.Reason != "drafting" || e.Detail != "by Utopia" || e.Digest != item.SHA256 {
		t.Errorf("leaf of the view: %+v, %v", e, err)
	}
	for _, path := range files(t, s.dir) {
		b := string(mustRead(t, filepath.Join(s.dir, path)))
		if strings.Contains(b, "lading") || strings.Contains(b, "Port of Utopia") || strings.Contains(b, "bill.txt") {
			t.Errorf("%s holds content, source or title in clear", path)
		}
	}
	again := s.open(t, readOnly)
	got, err := again.Get(item.ID, utopia)
	if diff := cmp.Diff(item, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
	wantSound(t, v)
}

func TestAddRefuses(t *testing.T) {
	v := newSite(t).open(t)
	original := add(t, v, "original", vault.New{})
	for name, n := range map[string]vault.New{
		"no source":             {},
		"blank source":          {Source: " \t"},
		"unknown role":          {Source: "S", Role: "photo"},
		"original with parent":  {Source: "S", Parent: original.ID},
		"extract of nothing":    {Role: vault.Extract},
		"extract of an absent":  {Role: vault.Extract, Parent: "EV-000099"},
		"marked but plain":      {Source: "S", Plain: true, Marking: amber},
		"unknown level":         {Source: "S", Marking: marking.Marking{TLP: "purple"}},
		"parameters not JSON":   {Role: vault.Extract, Parent: original.ID, Params: "{"},
		"a title without end":   {Source: "S", Title: strings.Repeat("x", 5000)},
		"parameters of 40,000":  {Role: vault.Extract, Parent: original.ID, Params: `"` + strings.Repeat("x", 40_000) + `"`},
		"a source without end":  {Source: strings.Repeat("x", 5000)},
		"working without a par": {Role: vault.Working, Source: "S"},
	} {
		if _, _, err := v.Add(ctx, strings.NewReader("bytes"), n); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	if list, err := v.List(custodian); len(list) != 1 || err != nil {
		t.Errorf("list %v, %v", list, err)
	}
	if n := len(leaves(t, v)); n != 1 {
		t.Errorf("%d leaves", n)
	}
	wantSound(t, v)
}

func TestSameBytes(t *testing.T) {
	s := newSite(t)
	v := s.open(t)
	first := add(t, v, "same", vault.New{Source: "A", Marking: amber})
	again, known, err := v.Add(ctx, strings.NewReader("same"), vault.New{Source: "B", Marking: marking.Marking{UN: "confidential"}})
	if err != nil || !known || again.ID != first.ID {
		t.Fatalf("%+v, %v, %v", again, known, err)
	}
	if got := again.Marking.String(); got != "un:confidential; tlp:amber" {
		t.Errorf("marking %s", got)
	}
	if len(again.Received) != 2 || again.Received[1].Source != "B" {
		t.Errorf("received %+v", again.Received)
	}
	// once more from a source that it has: a leaf, no line on the card
	again, _, err = v.Add(ctx, strings.NewReader("same"), vault.New{Source: "A", Marking: amber})
	if err != nil || len(again.Received) != 2 {
		t.Errorf("received %+v, %v", again.Received, err)
	}
	if diff := cmp.Diff([]string{"receive", "receive", "receive"}, actsOn(t, v, first.ID)); diff != "" {
		t.Error(diff)
	}
	copied, _, err := v.Copy(ctx, first.ID, "to work with", "")
	if err != nil || copied.ID == first.ID || copied.SHA256 != first.SHA256 || copied.Role != vault.Working || copied.Parent != first.ID {
		t.Errorf("copy %+v, %v", copied, err)
	}
	if n := len(slices.DeleteFunc(files(t, s.dir), func(f string) bool { return !strings.HasPrefix(f, "items/") })); n != 1 {
		t.Errorf("%d files for the same bytes", n)
	}
	wantSound(t, v)
}

// Several in one act: one append, all or none, and those of the same bytes known.
func TestAddAll(t *testing.T) {
	v := newSite(t).open(t)
	parcel := func(text string, n vault.New) vault.Parcel {
		return vault.Parcel{New: n, Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil }}
	}
	out, err := v.AddAll(ctx, []vault.Parcel{
		parcel("one", vault.New{Source: "A", Plain: true}),
		parcel("two", vault.New{Source: "A"}),
		parcel("one", vault.New{Source: "B", Marking: red}), // the first gets a key in the same act
		parcel("two", vault.New{Role: vault.Working, Parent: "EV-000002"}),
	})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, a := range out {
		got = append(got, fmt.Sprint(a.ID, " ", a.Known, " ", a.Encrypted, " ", len(a.Received)))
	}
	if diff := cmp.Diff([]string{"EV-000001 false false 1", "EV-000002 false true 1", "EV-000001 true true 2", "EV-000003 false true 0"}, got); diff != "" {
		t.Error(diff)
	}
	wantSound(t, v)
	broken := parcel("three", vault.New{Source: "A"})
	broken.Open = func() (io.ReadCloser, error) {
		return io.NopCloser(io.MultiReader(strings.NewReader("thr"), iotest.ErrReader(errors.New("the stick was pulled")))), nil
	}
	before := leaves(t, v)
	if _, err := v.AddAll(ctx, []vault.Parcel{parcel("four", vault.New{Source: "A"}), broken}); err == nil || !strings.Contains(err.Error(), "the stick was pulled") {
		t.Errorf("error %v", err)
	}
	if diff := cmp.Diff(before, leaves(t, v)); diff != "" {
		t.Error(diff)
	}
	if r := wantSound(t, v); r.Items != 3 {
		t.Errorf("%d items", r.Items)
	}
}

func TestAddCancelled(t *testing.T) {
	v := newSite(t).open(t)
	ctx, cancel := context.WithCancel(ctx)
	r := io.MultiReader(strings.NewReader("begin"), readerFunc(func(p []byte) (int, error) { cancel(); return copy(p, "…"), nil }))
	_, _, err := v.Add(ctx, r, vault.New{Source: "S"})
	wantErr(t, err, context.Canceled)
	if r := wantSound(t, v); r.Items != 0 || r.Leaves != 0 {
		t.Errorf("left behind: %+v", r)
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// The key lies elsewhere: without it, what is encrypted stays closed and is checked
// all the same.
func TestLocked(t *testing.T) {
	s := newSite(t)
	v := s.open(t)
	secret := add(t, v, "secret", vault.New{Marking: amber})
	plain := add(t, v, "public", vault.New{Plain: true})
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	aside := s.key + ".away"
	if err := os.Rename(s.key, aside); err != nil {
		t.Fatal(err)
	}
	v = s.open(t)
	if !v.Locked() {
		t.Error("not locked")
	}
	_, err := v.Get(secret.ID, custodian)
	wantErr(t, err, vault.ErrLocked)
	_, err = v.Get(secret.ID, utopia)
	wantErr(t, err, vault.ErrNoItem)
	_, err = v.Peek(ctx, secret.ID)
	wantErr(t, err, vault.ErrLocked)
	_, _, err = v.Add(ctx, strings.NewReader("more"), vault.New{Source: "S"})
	wantErr(t, err, vault.ErrLocked)
	_, err = v.Mark(ctx, secret.ID, red, "")
	wantErr(t, err, vault.ErrLocked)
	_, err = v.Destroy(ctx, secret.ID, "asked to")
	wantErr(t, err, vault.ErrLocked)
	list, err := v.List(custodian)
	wantErr(t, err, vault.ErrLocked)
	if len(list) != 1 || list[0].ID != plain.ID {
		t.Errorf("list %+v", list)
	}
	if list, err := v.List(utopia); len(list) != 1 || err != nil {
		t.Errorf("list %+v, %v", list, err)
	}
	if content(t, v, plain.ID) != "public" {
		t.Error("what is public cannot be read")
	}
	add(t, v, "also public", vault.New{Plain: true})
	if r := wantSound(t, v); r.Unread != 1 || r.Items != 3 {
		t.Errorf("report %+v", r)
	}
	// the stick comes back while the vault is open
	if err := os.Rename(aside, s.key); err != nil {
		t.Fatal(err)
	}
	if v.Locked() || content(t, v, secret.ID) != "secret" {
		t.Error("still locked")
	}
	if r := wantSound(t, v); r.Unread != 0 {
		t.Errorf("report %+v", r)
	}
}

func TestAnotherKeyIsNoKey(t *testing.T) {
	s := newSite(t)
	item := add(t, s.open(t), "secret", vault.New{})
	other := filepath.Join(tempDir(t), "other.key")
	if err := key.MakeFile(other); err != nil {
		t.Fatal(err)
	}
	v := s.open(t, func(o *vault.Options) { o.Key = key.File(other) })
	_, err := v.Peek(ctx, item.ID)
	wantErr(t, err, vault.ErrLocked)
}

func TestDestroy(t *testing.T) {
	s := newSite(t)
	v := s.open(t)
	original := add(t, v, "same bytes", vault.New{Title: "secret plan", Source: "a friend", Marking: amber})
	copied, _, err := v.Copy(ctx, original.ID, "copy", "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := v.Destroy(ctx, original.ID, " "); err == nil {
		t.Error("destroyed without a reason")
	}
	same, err := v.Destroy(ctx, original.ID, "the source withdrew it")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{copied.ID}, same); diff != "" {
		t.Error(diff)
	}
	gone, err := v.Get(original.ID, utopia)
	if err != nil || !gone.Destroyed || gone.Title != "" || gone.Received != nil || gone.Marking.TLP != "amber" {
		t.Errorf("%+v, %v", gone, err)
	}
	_, err = v.Get(original.ID, public) // it is as hidden as it was
	wantErr(t, err, vault.ErrNoItem)
	_, err = v.Peek(ctx, original.ID)
	wantErr(t, err, vault.ErrDestroyed)
	_, err = v.Destroy(ctx, original.ID, "again")
	wantErr(t, err, vault.ErrDestroyed)
	_, err = v.Mark(ctx, original.ID, red, "")
	wantErr(t, err, vault.ErrDestroyed)
	_, _, err = v.Derive(ctx, original.ID, vault.Derivation{Role: vault.Extract, Tool: "t@1"}, strings.NewReader("x"))
	wantErr(t, err, vault.ErrDestroyed)
	if content(t, v, copied.ID) != "same bytes" {
		t.Error("the copy lost its bytes")
	}
	wantSound(t, v)
	if same, err := v.Destroy(ctx, copied.ID, "and so is the copy"); err != nil || same != nil {
		t.Error(same, err)
	}
	for _, f := range files(t, s.dir) {
		if strings.HasPrefix(f, "items/") || strings.HasPrefix(f, "keys/") {
			t.Errorf("%s is left", f)
		}
	}
	if diff := cmp.Diff([]string{"receive", "destroy"}, actsOn(t, v, original.ID)); diff != "" {
		t.Error(diff)
	}
	// the same bytes again are a new item: the old one stays destroyed
	if item := add(t, v, "same bytes", vault.New{}); item.ID != "EV-000003" {
		t.Errorf("%+v", item)
	}
	if r := wantSound(t, v); r.Destroyed != 2 {
		t.Errorf("%+v", r)
	}
}

func TestDerive(t *testing.T) {
	v := newSite(t).open(t)
	original := add(t, v, "the name is Smith", vault.New{Marking: amber})
	d := vault.Derivation{Role: vault.Redacted, Tool: "redact-text@1", Params: `{"bytes":"12-17"}`, Title: "redacted", Reason: "to be published"}
	item, known, err := v.Derive(ctx, original.ID, d, strings.NewReader("the name is █"))
	if err != nil || known || item.Parent != original.ID || item.Tool != d.Tool || item.Params != d.Params || item.Marking.TLP != "amber" || item.Received != nil {
		t.Errorf("%+v, %v, %v", item, known, err)
	}
	e, err := v.Log().Event(item.Leaf)
	if err != nil || e.Act != custody.Redact || e.Parent != original.ID || e.Tool != d.Tool || e.Reason != d.Reason || !strings.Contains(e.Detail, "params=") {
		t.Errorf("leaf %+v, %v", e, err)
	}
	if again, known, err := v.Derive(ctx, original.ID, d, strings.NewReader("the name is █")); !known || again.ID != item.ID || err != nil {
		t.Errorf("%+v, %v, %v", again, known, err)
	}
	wantSound(t, v)
}

// Names are kept verbatim and come into no message as they are.
func TestHostileNames(t *testing.T) {
	v := newSite(t).open(t)
	for _, title := range []string{"a\u202egnp.exe", "\x1b[2Jclear", "line\nbreak", "../../etc/passwd", "nul\x00", "Ünïcödé 漢字", "<script>&amp;", "\u2028"} {
		item := add(t, v, "bytes of "+title, vault.New{Title: title, Source: title + " source"})
		got, err := v.Get(item.ID, custodian)
		if err != nil || got.Title != title || got.Received[0].Source != title+" source" {
			t.Errorf("%q came back as %q, %v", title, got.Title, err)
		}
		_, _, err = v.Add(ctx, strings.NewReader("x"), vault.New{Title: title, Source: "S", Role: "no role"})
		if err == nil || strings.ContainsAny(err.Error(), "\u202e\x1b\n\x00\u2028") {
			t.Errorf("message %q", err)
		}
		_, err = v.Get(title, custodian)
		if !errors.Is(err, vault.ErrNoItem) || strings.ContainsAny(err.Error(), "\u202e\x1b\n\x00\u2028") {
			t.Errorf("message %q", err)
		}
	}
	if item := add(t, v, "latin", vault.New{Title: "caf\xe9"}); item.Title != `caf\xe9` {
		t.Errorf("title %q", item.Title)
	}
	wantSound(t, v)
}

// Two vaults on one folder: each writes what follows on what the other wrote.
func TestTwoWriters(t *testing.T) {
	s := newSite(t)
	a, b := s.open(t, by("A")), s.open(t, by("B"))
	done := make(chan error)
	for who, v := range map[string]*vault.Vault{"a": a, "b": b} {
		go func() {
			for i := range 6 {
				_, _, err := v.Add(ctx, strings.NewReader(fmt.Sprint(who, i/2)), vault.New{Source: who})
				if err != nil {
					done <- err
					return
				}
			}
			done <- nil
		}()
	}
	for range 2 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	for _, v := range []*vault.Vault{a, b} {
		list, err := v.List(custodian)
		if err != nil || len(list) != 6 || len(leaves(t, v)) != 12 {
			t.Errorf("%d items, %d leaves, %v", len(list), len(leaves(t, v)), err)
		}
		for i, item := range list {
			if item.ID != fmt.Sprintf("EV-%06d", i+1) {
				t.Errorf("item %d is %s", i, item.ID)
			}
		}
		wantSound(t, v)
	}
	// what one destroys is gone for the other, which had read it
	if _, err := a.Destroy(ctx, "EV-000001", "test"); err != nil {
		t.Fatal(err)
	}
	_, err := b.Peek(ctx, "EV-000001")
	wantErr(t, err, vault.ErrDestroyed)
}

// One writes, others read what is there, whatever moment they come at.
func TestReadWhileAnotherWrites(t *testing.T) {
	s := newSite(t)
	w := s.open(t)
	add(t, w, "first", vault.New{Marking: amber})
	r := s.open(t, readOnly)
	done := make(chan error)
	go func() {
		for i := range 15 {
			_, err := w.Mark(ctx, "EV-000001", marking.Join(amber, marking.Marking{Caveats: []string{fmt.Sprint("caveat ", i/2)}}), "")
			if errors.Is(err, vault.ErrLowering) {
				err = nil
			}
			if err == nil {
				_, _, err = w.Add(ctx, strings.NewReader("first"), vault.New{Source: fmt.Sprint("source ", i)})
			}
			if err != nil {
				done <- err
				return
			}
		}
		done <- nil
	}()
	for {
		if _, err := r.Get("EV-000001", custodian); err != nil {
			t.Fatal(err)
		}
		if content(t, r, "EV-000001") != "first" {
			t.Fatal("other bytes")
		}
		if report, err := r.Check(ctx, nil); err != nil || !report.OK() {
			t.Fatal(report.Faults, err)
		}
		select {
		case err := <-done:
			if err != nil {
				t.Error(err)
			}
			return
		default:
		}
	}
}

func TestBusy(t *testing.T) {
	s := newSite(t)
	refuse := errors.New("held by process 7")
	s.open(t)
	_, _, err := vault.Open(ctx, s.dir, func() vault.Options {
		o := s.options(t)
		o.Lock = func(context.Context) (func(), error) { return nil, refuse }
		return o
	}())
	wantErr(t, err, refuse)
	v, w := s.open(t), s.open(t)
	_, err = v.Act(ctx, custody.Event{Act: custody.Grant, Object: "desk"}, func(int64) error {
		short, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
		defer cancel()
		for _, other := range []*vault.Vault{v, w} {
			_, _, err := other.Add(short, strings.NewReader("x"), vault.New{Source: "S"})
			wantErr(t, err, vault.ErrBusy)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	wantSound(t, w)
}

func TestClockThatJumpsBack(t *testing.T) {
	s := newSite(t)
	v := s.open(t)
	add(t, v, "on time", vault.New{})
	s.clock.set("2020-01-01 00:00:00")
	item := add(t, v, "too early", vault.New{})
	if item.Received[0].On != "2026-11-22" {
		t.Errorf("received on %s", item.Received[0].On)
	}
	add(t, v, "too early as well", vault.New{})
	said := v.Mended()
	if len(said) != 1 || !strings.Contains(said[0], "clock") {
		t.Errorf("said %q", said)
	}
	if e := leaves(t, v)[1]; e.At != "2026-11-22T09:00:00Z" || !strings.Contains(e.Detail, "clock behind") {
		t.Errorf("leaf %+v", e)
	}
	if len(v.Mended()) > 0 {
		t.Error("said twice")
	}
	if _, did := s.reopen(t); len(did.Did) != 1 || !strings.Contains(did.Did[0], "clock") || did.Log.ClockBehind == 0 {
		t.Errorf("opening said %+v", did)
	}
	wantSound(t, v)
	s.clock.set("2026-12-01 00:00:00")
	if item := add(t, v, "caught up", vault.New{}); item.Received[0].On != "2026-12-01" {
		t.Errorf("received on %s", item.Received[0].On)
	}
	wantSound(t, s.open(t))
}

func TestReadOnly(t *testing.T) {
	s := newSite(t)
	_, _, err := vault.Open(ctx, s.dir, func() vault.Options { o := s.options(t); o.ReadOnly = true; return o }())
	wantErr(t, err, vault.ErrNoVault)
	item := add(t, s.open(t), "bytes", vault.New{})
	before := files(t, s.dir)
	v := s.open(t, readOnly)
	_, _, err = v.Add(ctx, strings.NewReader("x"), vault.New{Source: "S"})
	wantErr(t, err, vault.ErrReadOnly)
	_, err = v.Open(ctx, item.ID, custodian, "to look")
	wantErr(t, err, vault.ErrReadOnly)
	_, err = v.Destroy(ctx, item.ID, "reason")
	wantErr(t, err, vault.ErrReadOnly)
	if content(t, v, item.ID) != "bytes" {
		t.Error("cannot be read")
	}
	wantSound(t, v)
	if diff := cmp.Diff(before, files(t, s.dir)); diff != "" {
		t.Error(diff)
	}
}

// What is needed and what is gone is said before anything is written.
func TestOpenRefuses(t *testing.T) {
	for name, tc := range map[string]struct {
		spoil func(t *testing.T, dir string)
		want  error
	}{
		"newer":           {replace("vault.json", `"version":1`, `"version":2`), vault.ErrNewer},
		"other format":    {replace("vault.json", "turtlebay-vault", "turtlebay-vauld"), vault.ErrDamaged},
		"other spacing":   {replace("vault.json", `"version":1`, `"version": 1`), vault.ErrDamaged},
		"recipient":       {replace("vault.json", `"age1`, `"age2`), vault.ErrDamaged},
		"no vault.json":   {gone("vault.json"), vault.ErrDamaged},
		"no log":          {gone("log"), vault.ErrDamaged},
		"no log/events":   {gone("log/events"), vault.ErrDamaged},
		"a log that lost": {replace("log/events", `"act":"receive"`, `"act":"deceive"`), vault.ErrDamaged},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t)
			v := s.open(t)
			add(t, v, "bytes", vault.New{})
			if err := v.Close(); err != nil {
				t.Fatal(err)
			}
			tc.spoil(t, s.dir)
			before := files(t, s.dir)
			_, _, err := vault.Open(ctx, s.dir, s.options(t))
			wantErr(t, err, tc.want)
			if diff := cmp.Diff(before, files(t, s.dir)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func replace(path, old, with string) func(*testing.T, string) {
	return func(t *testing.T, dir string) {
		t.Helper()
		at := filepath.Join(dir, path)
		b := string(mustRead(t, at))
		if !strings.Contains(b, old) {
			t.Fatalf("%s has no %s", path, old)
		}
		mustWrite(t, at, []byte(strings.Replace(b, old, with, 1)))
	}
}

func gone(path string) func(*testing.T, string) {
	return func(t *testing.T, dir string) {
		t.Helper()
		if err := os.RemoveAll(filepath.Join(dir, path)); err != nil {
			t.Fatal(err)
		}
	}
}
