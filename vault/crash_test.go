package vault_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/turtlebay/turtlebay/marking"
	"github.com/turtlebay/turtlebay/vault"
	"github.com/turtlebay/turtlebay/vault/custody"
)

// deeds are acts on the vault that prepared makes; each may be interrupted anywhere.
var deeds = map[string]func(*vault.Vault) error{
	"add": func(v *vault.Vault) error {
		_, _, err := v.Add(ctx, strings.NewReader("new"), vault.New{Source: "S", Marking: amber})
		return err
	},
	"add plain": func(v *vault.Vault) error {
		_, _, err := v.Add(ctx, strings.NewReader("new"), vault.New{Source: "S", Plain: true})
		return err
	},
	"add what is known, in clear, with a child": func(v *vault.Vault) error {
		_, _, err := v.Add(ctx, strings.NewReader("plain"), vault.New{Source: "S", Marking: red})
		return err
	},
	"add many": func(v *vault.Vault) error {
		var parcels []vault.Parcel
		for _, text := range []string{"one", "secret"} {
			parcels = append(parcels, vault.Parcel{
				New:  vault.New{Source: "S"},
				Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil },
			})
		}
		_, err := v.AddAll(ctx, parcels)
		return err
	},
	"copy": func(v *vault.Vault) error { _, _, err := v.Copy(ctx, "EV-000001", "", ""); return err },
	"mark": func(v *vault.Vault) error { _, err := v.Mark(ctx, "EV-000002", amber, ""); return err },
	"propose": func(v *vault.Vault) error {
		_, err := v.ProposeLowering(ctx, "EV-000001", public0, "letter")
		return err
	},
	"destroy": func(v *vault.Vault) error { _, err := v.Destroy(ctx, "EV-000001", "asked to"); return err },
	"destroy what is shared": func(v *vault.Vault) error {
		_, err := v.Destroy(ctx, "EV-000002", "asked to")
		return err
	},
	"view": func(v *vault.Vault) error {
		c, err := v.Open(ctx, "EV-000001", custodian, "to look")
		if err != nil {
			return err
		}
		return c.Close()
	},
	"export": func(v *vault.Vault) error {
		_, err := v.Export(ctx, custodian, []string{"EV-000001", "EV-000002"}, vault.Addressee{Name: "N", Reader: custodian},
			func(vault.Item, io.Reader) error { return nil })
		return err
	},
}

var public0 marking.Marking

// prepared is a vault with an encrypted item, and one in clear with a copy.
func prepared(t *testing.T) *site {
	t.Helper()
	s := newSite(t)
	v := s.open(t)
	add(t, v, "secret", vault.New{Marking: amber})
	add(t, v, "plain", vault.New{Plain: true})
	if _, _, err := v.Copy(ctx, "EV-000002", "", ""); err != nil {
		t.Fatal(err)
	}
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	return s
}

// clone is the same vault in another folder.
func (s *site) clone(t *testing.T) *site {
	t.Helper()
	out := *s
	out.dir = filepath.Join(tempDir(t), "vault")
	if err := os.CopyFS(out.dir, os.DirFS(s.dir)); err != nil {
		t.Fatal(err)
	}
	return &out
}

// facts is everything that a vault says, as text.
func facts(t *testing.T, v *vault.Vault) string {
	t.Helper()
	list, err := v.List(custodian)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for _, item := range list {
		b, err := json.Marshal(item)
		if err != nil {
			t.Fatal(err)
		}
		out.Write(b)
		if !item.Destroyed {
			out.WriteString(" " + content(t, v, item.ID))
		}
		out.WriteString("\n")
	}
	// what was announced and not carried out is no fact
	void := map[string]bool{}
	all := leaves(t, v)
	for _, e := range all {
		if e.Act == custody.Void {
			void[e.Detail] = true
		}
	}
	for i, e := range all {
		if e.Act != custody.Void && !void[fmt.Sprintf("leaf %d", i)] {
			fmt.Fprintf(&out, "%s %s %s\n", e.Act, e.Object, e.Reason)
		}
	}
	return out.String()
}

type crash struct{}

// interrupted does the deed; at each of its steps, counted from 1, fail decides what
// happens.
func interrupted(t *testing.T, s *site, deed func(*vault.Vault) error, fail func(n int, step string) error) (v *vault.Vault, err error) {
	t.Helper()
	n, counting := 0, false
	v, _, err = vault.OpenWithSteps(ctx, s.dir, s.options(t), func(step string) error {
		if !counting {
			return nil
		}
		n++
		return fail(n, step)
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = v.Close() })
	counting = true
	defer func() {
		counting = false
		if p := recover(); p != nil {
			if _, ok := p.(crash); !ok {
				panic(p)
			}
		}
	}()
	return v, deed(v)
}

// Whatever is interrupted wherever: the vault is as before or as after, nothing waits
// or lies about, and it goes on. In the one round the process dies and the vault is
// opened again; in the next another process has it open and goes on; in the last the
// disk is full and the same process goes on.
func TestInterruptedAtEveryStep(t *testing.T) {
	base := prepared(t)
	before := facts(t, base.clone(t).open(t))
	for name, deed := range deeds {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			done := base.clone(t).open(t)
			if err := deed(done); err != nil {
				t.Fatal(err)
			}
			after := facts(t, done)
			if after == before {
				t.Fatal("the deed changes nothing")
			}
			var old, changed int
			rounds := []string{"reopened", "another", "full disk"}
			if !slices.Contains([]string{"add many", "destroy", "export"}, name) {
				rounds = rounds[:1] // the others are made of the same steps
			}
			for _, round := range rounds {
				for at := 1; ; at++ {
					v := interruptedIn(t, round, base.clone(t), at, deed)
					if v == nil {
						break
					}
					switch got := facts(t, v); got {
					case before:
						old++
					case after:
						changed++
					default:
						t.Errorf("%s at step %d:\n%s", round, at, cmp.Diff(before, got))
					}
					goesOn(t, v)
				}
			}
			if voided := name == "export"; old == 0 || changed == 0 && !voided {
				t.Errorf("%d times as before, %d times as after: the steps do not cover the act", old, changed)
			}
		})
	}
}

// interruptedIn interrupts a deed at one of its steps and returns the vault that goes
// on after it, nil if there is no such step.
func interruptedIn(t *testing.T, round string, s *site, at int, deed func(*vault.Vault) error) *vault.Vault {
	t.Helper()
	var other *vault.Vault
	if round == "another" {
		other = s.open(t)
	}
	reached := false
	v, err := interrupted(t, s, deed, func(n int, _ string) error {
		if n != at {
			return nil
		}
		if reached = true; round == "full disk" {
			return syscall.ENOSPC
		}
		panic(crash{})
	})
	switch {
	case !reached:
		return nil
	case round == "full disk":
		wantErr(t, err, syscall.ENOSPC)
		if err := v.Settle(ctx); err != nil {
			t.Fatal(err)
		}
	case round == "another":
		if err := other.Settle(ctx); err != nil {
			t.Fatal(err)
		}
		return other
	default:
		return s.open(t)
	}
	return v
}

// goesOn wants a sound vault with nothing left of what was interrupted.
func goesOn(t *testing.T, v *vault.Vault) {
	t.Helper()
	add(t, v, "and on", vault.New{Plain: true})
	wantSound(t, v)
}

// The log's own append is interrupted between its files: what it finishes is done,
// what it cuts is not.
func TestInterruptedInTheLog(t *testing.T) {
	base := prepared(t)
	before := facts(t, base.clone(t).open(t))
	old := map[string][]byte{}
	for _, name := range []string{"events", "hashes", "checkpoint"} {
		old[name] = mustRead(t, filepath.Join(base.dir, "log", name))
	}
	for _, name := range []string{"add many", "mark", "destroy", "export"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			done := base.clone(t).open(t)
			if err := deeds[name](done); err != nil {
				t.Fatal(err)
			}
			after := facts(t, done)
			if name == "export" {
				after = before // it is not known what was handed over: void
			}
			for cut, tc := range map[string]struct {
				back []string // files that are as they were before the append
				half bool     // the events end in half a line
				want string
			}{
				"no checkpoint":            {[]string{"checkpoint"}, false, after},
				"no hashes, no checkpoint": {[]string{"checkpoint", "hashes"}, false, before},
				"half an event":            {[]string{"checkpoint", "hashes"}, true, before},
				"nothing":                  {[]string{"checkpoint", "hashes", "events"}, false, before},
			} {
				for _, another := range []bool{false, true} {
					s := base.clone(t)
					v := s.open(t)
					_, _ = interrupted(t, s, deeds[name], func(_ int, step string) error {
						if step == "logged" {
							panic(crash{})
						}
						return nil
					})
					for _, file := range tc.back {
						mustWrite(t, filepath.Join(s.dir, "log", file), old[file])
					}
					if events := filepath.Join(s.dir, "log", "events"); tc.half {
						b := mustRead(t, events)
						mustWrite(t, events, b[:len(b)-10])
					}
					if !another {
						v = s.open(t)
					} else if err := v.Settle(ctx); err != nil {
						t.Fatal(err)
					} else if len(v.Mended()) == 0 {
						t.Errorf("%s: nothing was said", cut)
					}
					if diff := cmp.Diff(tc.want, facts(t, v)); diff != "" {
						t.Errorf("%s:\n%s", cut, diff)
					}
					goesOn(t, v)
				}
			}
		})
	}
}

// An act of others is void when they fail, and after a crash unless they say that
// they carried it out.
func TestActs(t *testing.T) {
	event := custody.Event{Act: custody.Derive, Object: "RB-000001", Digest: strings.Repeat("ab", 32)}
	acts := func(v *vault.Vault) (out []string) {
		for _, e := range leaves(t, v) {
			out = append(out, strings.TrimSpace(fmt.Sprint(e.Act, " ", e.Object, " ", e.Detail)))
		}
		return out
	}
	t.Run("done", func(t *testing.T) {
		v := newSite(t).open(t)
		var told int64 = -1
		leaf, err := v.Act(ctx, event, func(leaf int64) error { told = leaf; return nil })
		if err != nil || leaf != 0 || told != 0 {
			t.Error(leaf, told, err)
		}
		if diff := cmp.Diff([]string{"derive RB-000001"}, acts(v)); diff != "" {
			t.Error(diff)
		}
		wantSound(t, v)
	})
	t.Run("failed", func(t *testing.T) {
		v := newSite(t).open(t)
		no := errors.New("no room")
		_, err := v.Act(ctx, event, func(int64) error { return no })
		wantErr(t, err, no)
		if diff := cmp.Diff([]string{"derive RB-000001", "void RB-000001 leaf 0"}, acts(v)); diff != "" {
			t.Error(diff)
		}
		wantSound(t, v)
	})
	for name, carried := range map[string]func(*vault.Options){
		"not known": func(*vault.Options) {},
		"not carried out": func(o *vault.Options) {
			o.Carried = func(context.Context, int64, custody.Event) (bool, error) { return false, nil }
		},
		"carried out": func(o *vault.Options) {
			o.Carried = func(_ context.Context, leaf int64, e custody.Event) (bool, error) {
				return leaf == 0 && e.Object == event.Object, nil
			}
		},
	} {
		t.Run("crash, "+name, func(t *testing.T) {
			s := newSite(t)
			s.open(t)
			func() {
				defer func() { _ = recover() }()
				_, _ = s.open(t).Act(ctx, event, func(int64) error { panic(crash{}) })
			}()
			v, did := s.reopen(t, carried)
			want := []string{"derive RB-000001", "void RB-000001 leaf 0"}
			if name == "carried out" {
				want = want[:1]
			}
			if diff := cmp.Diff(want, acts(v)); diff != "" {
				t.Error(diff)
			}
			if len(want) == 2 && (len(did.Did) != 1 || !strings.Contains(did.Did[0], "void")) {
				t.Errorf("said %q", did.Did)
			}
			wantSound(t, v)
			if _, did := s.reopen(t, carried); len(did.Did) > 0 || len(leaves(t, s.open(t))) != len(want) {
				t.Errorf("once more: %q", did.Did)
			}
		})
	}
	t.Run("that would change an item", func(t *testing.T) {
		s := prepared(t)
		v := s.open(t)
		e := leaves(t, v)[0]
		e.At, e.Previous, e.Act = "", "", custody.Mark
		if _, err := v.Act(ctx, e, func(int64) error { return nil }); err == nil {
			t.Error("taken")
		}
		wantSound(t, v)
	})
}

// TestMain lets the test binary be the process that is killed.
func TestMain(m *testing.M) {
	if dir := os.Getenv("VAULT_TEST_DIR"); dir != "" {
		if err := child(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// child writes to a vault as fast as it can and says what it did, act by act.
func child(dir string) error {
	s := &site{
		dir: dir, key: os.Getenv("VAULT_TEST_KEY"), clock: &clock{},
		skey: os.Getenv("VAULT_TEST_SKEY"), vkey: os.Getenv("VAULT_TEST_VKEY"),
	}
	s.clock.set("2026-11-22 10:00:00")
	if job, ok := jobs[os.Getenv("VAULT_TEST_JOB")]; ok {
		return job(s)
	}
	o, err := s.makeOptions()
	if err != nil {
		return err
	}
	v, _, err := vault.Open(ctx, dir, o)
	if err != nil {
		return err
	}
	list, err := v.List(custodian)
	if err != nil {
		return err
	}
	fmt.Println("ready")
	last := ""
	for n := len(list); ; n++ {
		text := fmt.Sprintf("item %d %s", n, strings.Repeat("x", rand.IntN(60_000)))
		item, _, err := v.Add(ctx, strings.NewReader(text), vault.New{Source: "S", Plain: n%3 == 0})
		if err != nil {
			return err
		}
		fmt.Println("added", item.ID, item.SHA256)
		switch {
		case n%4 == 1 && last != "":
			fmt.Println("destroying", last)
			if _, err := v.Destroy(ctx, last, "round"); err != nil {
				return err
			}
			fmt.Println("destroyed", last)
		case n%4 == 2:
			if _, err := v.Mark(ctx, item.ID, red, "round"); err != nil {
				return err
			}
			fmt.Println("marked", item.ID)
		case n%4 == 3:
			_, err := v.Export(ctx, custodian, []string{item.ID}, vault.Addressee{Name: "N", Reader: custodian}, func(vault.Item, io.Reader) error { return nil })
			if err != nil {
				return err
			}
		}
		last = item.ID
	}
}

func (s *site) spawn(t *testing.T, job string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(),
		"VAULT_TEST_DIR="+s.dir, "VAULT_TEST_KEY="+s.key, "VAULT_TEST_SKEY="+s.skey, "VAULT_TEST_VKEY="+s.vkey, "VAULT_TEST_JOB="+job)
	cmd.Stderr = os.Stderr
	return cmd
}

// A process is killed at random while it writes; the next finds everything that was
// said to be done, and nothing by halves.
//
// TURTLEBAY_KILL_ROUNDS sets another number of rounds than 24.
func TestKilled(t *testing.T) {
	rounds := 24
	if text := os.Getenv("TURTLEBAY_KILL_ROUNDS"); text != "" {
		var err error
		if rounds, err = strconv.Atoi(text); err != nil {
			t.Fatal(err)
		}
	}
	seed := uint64(time.Now().UnixNano())
	random := rand.New(rand.NewPCG(seed, 0))
	t.Logf("seed %d", seed)
	did := map[string]int{}
	items := 0
	var s *site
	var want ledger
	for round := range rounds {
		if round%6 == 0 {
			s, want = newSite(t), ledger{added: map[string]string{}, destroyed: map[string]bool{}, marked: map[string]bool{}}
		}
		before := len(want.added)
		want.run(t, s, time.Duration(random.IntN(60_000))*time.Microsecond)
		v, r := s.reopen(t)
		for _, line := range r.Did {
			word, _, _ := strings.Cut(line, ":")
			did[word]++
		}
		want.check(t, v)
		wantSound(t, v)
		items += len(want.added) - before
		if err := v.Close(); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			return
		}
	}
	for line, n := range maps.All(did) {
		t.Logf("%d times: %s", n, line)
	}
	if items < rounds {
		t.Errorf("only %d items in %d rounds: nothing was interrupted", items, rounds)
	}
	t.Logf("%d items were added", items)
}

// ledger is what a child said.
type ledger struct {
	added             map[string]string // SHA-256 by id
	destroyed, marked map[string]bool
	destroying        string // begun, not known to be done
}

// run has a child write and kills it after a while.
func (l *ledger) run(t *testing.T, s *site, after time.Duration) {
	t.Helper()
	cmd := s.spawn(t, "")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		word := strings.Fields(lines.Text())
		switch word[0] {
		case "ready":
			time.AfterFunc(after, func() { _ = cmd.Process.Kill() })
		case "added":
			l.added[word[1]] = word[2]
		case "destroying":
			l.destroying = word[1]
		case "destroyed":
			l.destroyed[word[1]] = true
		case "marked":
			l.marked[word[1]] = true
		}
	}
	var exit *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &exit) || exit.Success() || exit.Exited() {
		t.Fatalf("the child was not killed: %v", err)
	}
}

func (l *ledger) check(t *testing.T, v *vault.Vault) {
	t.Helper()
	list, err := v.List(custodian)
	if err != nil {
		t.Fatal(err)
	}
	held := map[string]vault.Item{}
	for _, item := range list {
		held[item.ID] = item
		if sum, said := l.added[item.ID]; said && sum != item.SHA256 {
			t.Errorf("%s holds other bytes than were added", item.ID)
		}
		l.added[item.ID] = item.SHA256 // the last may be there without having been said
		if item.Destroyed != l.destroyed[item.ID] && item.ID != l.destroying {
			t.Errorf("%s: destroyed is %v", item.ID, item.Destroyed)
		}
		l.destroyed[item.ID] = item.Destroyed
		if l.marked[item.ID] && item.Marking.TLP != "red" {
			t.Errorf("%s lost its marking", item.ID)
		}
	}
	for id := range l.added {
		if _, ok := held[id]; !ok {
			t.Errorf("%s was added and is gone", id)
		}
	}
}
