package vault_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/google/go-cmp/cmp"

	"github.com/turtlebay/turtlebay/marking"
	"github.com/turtlebay/turtlebay/vault"
	"github.com/turtlebay/turtlebay/vault/custody"
)

func TestMarkRaises(t *testing.T) {
	s := newSite(t)
	v := s.open(t)
	original := add(t, v, "public once", vault.New{Plain: true, Title: "list.csv"})
	extract, _, err := v.Derive(ctx, original.ID, vault.Derivation{Role: vault.Extract, Tool: "cut@1"}, strings.NewReader("once"))
	if err != nil || extract.Encrypted {
		t.Fatal(extract, err)
	}
	copied, _, err := v.Copy(ctx, extract.ID, "", "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := v.Mark(ctx, original.ID, amber, "the State asked"); err != nil {
		t.Fatal(err)
	}
	list, err := v.List(custodian)
	if err != nil || len(list) != 3 {
		t.Fatal(list, err)
	}
	for _, item := range list {
		if item.Marking.TLP != "amber" || !item.Encrypted {
			t.Errorf("%s: %s, encrypted %v", item.ID, item.Marking, item.Encrypted)
		}
	}
	for _, f := range files(t, s.dir) {
		if strings.HasSuffix(f, ".json") && strings.HasPrefix(f, "cards/") || strings.HasPrefix(f, "items/") && !strings.HasSuffix(f, ".age") {
			t.Errorf("%s lies there in clear", f)
		}
	}
	for id, text := range map[string]string{original.ID: "public once", extract.ID: "once", copied.ID: "once"} {
		if content(t, v, id) != text {
			t.Errorf("%s holds other bytes", id)
		}
	}
	wantSound(t, v)
	n := len(leaves(t, v))
	if _, err := v.Mark(ctx, original.ID, amber, "once more"); err != nil || len(leaves(t, v)) != n {
		t.Errorf("a marking that it has is an act: %v", err)
	}
	_, err = v.Mark(ctx, original.ID, marking.Marking{TLP: "green"}, "")
	wantErr(t, err, vault.ErrLowering)
	if _, err := v.Mark(ctx, original.ID, marking.Marking{TLP: "purple"}, ""); err == nil {
		t.Error("marked with an unknown level")
	}
}

func TestLoweringTakesTwoPersons(t *testing.T) {
	s := newSite(t)
	first, second := s.open(t, by("A. Expert")), s.open(t, by("B. Expert"))
	item := add(t, first, "to be released", vault.New{Marking: red})
	green := marking.Marking{TLP: "green"}
	_, err := second.ConfirmLowering(ctx, item.ID, green)
	wantErr(t, err, vault.ErrLowering)
	_, err = first.ProposeLowering(ctx, item.ID, green, "  ")
	wantErr(t, err, vault.ErrLowering)
	if _, err := first.ProposeLowering(ctx, item.ID, red, "letter"); !errors.Is(err, vault.ErrNotLower) {
		t.Error("proposed what lowers nothing")
	}
	proposed, err := first.ProposeLowering(ctx, item.ID, green, "letter of 5 June from the originator")
	if err != nil || proposed.Marking.TLP != "red" || proposed.Lowering == nil {
		t.Fatalf("%+v, %v", proposed, err)
	}
	for _, name := range []string{
		"A. Expert", "a expert", " A.EXPERT ", "Ａ. Expert", "...", "Expert, A.", "expert a", "А. Ехреrt", "\u0391. Expert", "A. Ex\u200bpert",
	} {
		_, err = s.open(t, by(name)).ConfirmLowering(ctx, item.ID, green)
		wantErr(t, err, vault.ErrSecondPerson)
	}
	_, err = second.ConfirmLowering(ctx, item.ID, marking.Marking{})
	wantErr(t, err, vault.ErrLowering)
	_, err = second.Get(item.ID, utopia)
	wantErr(t, err, vault.ErrNoItem)
	lowered, err := second.ConfirmLowering(ctx, item.ID, green)
	if err != nil || lowered.Marking.String() != "tlp:green" || lowered.Lowering != nil {
		t.Fatalf("%+v, %v", lowered, err)
	}
	if diff := cmp.Diff([]string{"receive", "mark", "mark"}, actsOn(t, second, item.ID)); diff != "" {
		t.Error(diff)
	}
	all := leaves(t, second)
	if all[1].Actor != "A. Expert" || all[2].Actor != "B. Expert" || !strings.Contains(all[2].Reason, "letter of 5 June") {
		t.Errorf("leaves %+v", all[1:])
	}
	// the bytes may be seen now, the source that gave them as red may not
	got, err := first.Get(item.ID, utopia)
	if err != nil || len(got.Received) != 0 {
		t.Errorf("%+v, %v", got, err)
	}
	_, err = first.ConfirmLowering(ctx, item.ID, green)
	wantErr(t, err, vault.ErrLowering)
	wantSound(t, first)
}

// What was proposed about one marking is not confirmed of another.
func TestRaisingEndsAProposal(t *testing.T) {
	s := newSite(t)
	first, second := s.open(t, by("A")), s.open(t, by("B"))
	item := add(t, first, "bytes", vault.New{Marking: amber})
	for i, raise := range []func() error{
		func() error { _, err := first.Mark(ctx, item.ID, red, "news"); return err },
		func() error {
			_, _, err := first.Add(ctx, strings.NewReader("bytes"), vault.New{
				Source: "another", Marking: marking.Marking{UN: "strictly confidential"},
			})
			return err
		},
	} {
		if _, err := first.ProposeLowering(ctx, item.ID, marking.Marking{}, "letter"); err != nil {
			t.Fatal(i, err)
		}
		if err := raise(); err != nil {
			t.Fatal(i, err)
		}
		_, err := second.ConfirmLowering(ctx, item.ID, marking.Marking{})
		wantErr(t, err, vault.ErrLowering)
	}
	if _, err := first.ProposeLowering(ctx, item.ID, marking.Marking{}, "letter"); err != nil {
		t.Fatal(err)
	}
	add(t, first, "bytes", vault.New{Source: "a third", Marking: amber}) // says nothing new
	if _, err := second.ConfirmLowering(ctx, item.ID, marking.Marking{}); err != nil {
		t.Error(err)
	}
	wantSound(t, second)
}

// A reader finds hidden items by nothing: not in lists, not by number, not by
// neighbours, not by adding the same bytes, not by what an error says.
func TestHiddenIsAbsent(t *testing.T) {
	s := newSite(t)
	v := s.open(t)
	hidden := add(t, v, "hidden bytes", vault.New{Marking: red, Title: "hidden title"})
	shown := add(t, v, "shown bytes", vault.New{Marking: amber})
	extract, _, err := v.Derive(ctx, hidden.ID, vault.Derivation{Role: vault.Extract, Tool: "cut@1", Params: `{"member":"hidden"}`}, strings.NewReader("bytes"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := v.ProposeLowering(ctx, extract.ID, amber, "letter"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.open(t, by("B")).ConfirmLowering(ctx, extract.ID, amber); err != nil {
		t.Fatal(err)
	}
	list, err := v.List(utopia)
	if err != nil || len(list) != 2 || list[0].ID != shown.ID || list[1].ID != extract.ID {
		t.Errorf("list %+v, %v", list, err)
	}
	if list[1].Parent != "" || list[1].Params != "" {
		t.Errorf("the extract names its hidden parent %q, or which part of it it is: %q", list[1].Parent, list[1].Params)
	}
	if seen, err := v.Get(extract.ID, custodian); err != nil || seen.Parent != hidden.ID || seen.Params == "" {
		t.Errorf("to the custodian the extract is %+v, %v", seen, err)
	}
	absent := strings.Replace(hidden.ID, "1", "9", 1)
	for name, ask := range map[string]func(id string) error{
		"get":  func(id string) error { _, err := v.Get(id, utopia); return err },
		"open": func(id string) error { _, err := v.Open(ctx, id, utopia, "x"); return err },
		"export": func(id string) error {
			_, err := v.Export(ctx, utopia, []string{shown.ID, id}, vault.Addressee{Name: "N", Reader: custodian}, nil)
			return err
		},
		"derive": func(id string) error {
			_, _, err := v.Add(ctx, strings.NewReader("x"), vault.New{Role: vault.Extract, Parent: id, Reader: &utopia})
			return err
		},
	} {
		a, b := ask(hidden.ID), ask(absent)
		wantErr(t, a, vault.ErrNoItem)
		if got := strings.ReplaceAll(fmt.Sprint(b), absent, hidden.ID); got != fmt.Sprint(a) {
			t.Errorf("%s: hidden %q, absent %q", name, a, b)
		}
	}
	// adding what is hidden says nothing: they get an item of their own
	item, known, err := v.Add(ctx, strings.NewReader("hidden bytes"), vault.New{Source: "Utopia", Reader: &utopia})
	if err != nil || known || item.ID == hidden.ID || len(item.Received) != 1 {
		t.Errorf("%+v, known %v, %v", item, known, err)
	}
	if _, known, err = v.Add(ctx, strings.NewReader("hidden bytes"), vault.New{Source: "Utopia", Reader: &utopia}); !known || err != nil {
		t.Errorf("their own item is not known to them: %v", err)
	}
	if _, known, _ := v.Add(ctx, strings.NewReader("hidden bytes"), vault.New{Source: "the desk", Marking: red}); !known {
		t.Error("the custodian is not told that the bytes are there")
	}
	wantSound(t, v)
}

// What they may see of a known item is shown to those who add it, and no more.
func TestAddingShowsNoOtherSource(t *testing.T) {
	s := newSite(t)
	v := s.open(t)
	protected := marking.Marking{Caveats: []string{marking.SourceProtected}}
	item := add(t, v, "bytes", vault.New{Source: "an insider", Marking: protected})
	if _, err := v.ProposeLowering(ctx, item.ID, marking.Marking{}, "note of the meeting"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.open(t, by("B")).ConfirmLowering(ctx, item.ID, marking.Marking{}); err != nil {
		t.Fatal(err)
	}
	got, known, err := v.Add(ctx, strings.NewReader("bytes"), vault.New{Source: "a newspaper", Reader: &public})
	if err != nil || !known || len(got.Received) != 1 || got.Received[0].Source != "a newspaper" {
		t.Errorf("%+v, %v, %v", got, known, err)
	}
	if got, _ := v.Get(item.ID, custodian); len(got.Received) != 2 {
		t.Errorf("%+v", got)
	}
}

// Asking for what is hidden takes no other time than asking for what is not there.
func TestHiddenTakesTheSameTime(t *testing.T) {
	var ratio float64
	for range 5 { // the machine may be busy with something else
		if ratio = measure(t); ratio < 1.5 {
			return
		}
	}
	t.Errorf("the one takes %.1f times as long as the other", ratio)
}

// measure is how many times longer the slower of the two questions takes, by the
// median of many.
func measure(t *testing.T) float64 {
	t.Helper()
	s := newSite(t)
	w := s.open(t)
	for i := range 20 {
		add(t, w, fmt.Sprint("hidden ", i), vault.New{Marking: red})
	}
	v := s.open(t, readOnly)
	times := map[bool][]time.Duration{}
	for i := range 400 {
		for _, hidden := range []bool{i%2 == 0, i%2 != 0} {
			id := fmt.Sprintf("EV-%06d", 1+i%20)
			if !hidden {
				id = fmt.Sprintf("EV-%06d", 500+i%20)
			}
			begin := time.Now()
			_, err := v.Get(id, utopia)
			times[hidden] = append(times[hidden], time.Since(begin))
			if !errors.Is(err, vault.ErrNoItem) {
				t.Fatal(err)
			}
		}
	}
	var median [2]float64
	for i, hidden := range []bool{false, true} {
		slices.Sort(times[hidden])
		median[i] = float64(times[hidden][len(times[hidden])/2])
	}
	return max(median[0]/median[1], median[1]/median[0])
}

func TestExport(t *testing.T) {
	v := newSite(t).open(t)
	a := add(t, v, "for all", vault.New{Plain: true})
	b := add(t, v, "for some", vault.New{Marking: amber})
	add(t, v, "for few", vault.New{Marking: red})
	add(t, v, "for few too", vault.New{Marking: red})
	add(t, v, "for us", vault.New{Marking: marking.Marking{TLP: "green", Caveats: []string{"originator-control:Ruritania"}}})
	ids := []string{"EV-000002", "EV-000001", "EV-000003", "EV-000005", "EV-000004", "EV-000001"}
	to := vault.Addressee{Name: "Utopia", Reader: utopia, Reason: "request no. 4"}
	got := map[string]string{}
	keep := func(item vault.Item, r io.Reader) error {
		b, err := io.ReadAll(r)
		got[item.ID] = string(b)
		return err
	}
	out, err := v.Export(ctx, custodian, ids, to, keep)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{a.ID: "for all", b.ID: "for some"}, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]vault.Withheld{{Label: "tlp:green with caveats", Count: 1}, {Label: "tlp:red", Count: 2}}, out.Withheld); diff != "" {
		t.Error(diff)
	}
	if len(out.Items) != 2 || out.Items[0].ID != b.ID {
		t.Errorf("items %+v", out.Items)
	}
	e := leaves(t, v)[5:]
	if len(e) != 2 || e[0].Act != custody.Export || e[0].Object != b.ID || e[0].Detail != "to Utopia" || e[0].Reason != "request no. 4" {
		t.Errorf("leaves %+v", e)
	}
	wantSound(t, v)
}

func TestExportEncrypted(t *testing.T) {
	v := newSite(t).open(t)
	item := add(t, v, strings.Repeat("long ", 50_000), vault.New{Marking: amber})
	theirs, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	to := vault.Addressee{Name: "Utopia", Reader: utopia, Key: theirs.Recipient()}
	_, err = v.Export(ctx, custodian, []string{item.ID}, to, func(_ vault.Item, r io.Reader) error {
		_, err := io.Copy(&out, r)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	r, err := age.Decrypt(&out, theirs)
	if err != nil {
		t.Fatal(err)
	}
	if b, err := io.ReadAll(r); err != nil || string(b) != strings.Repeat("long ", 50_000) {
		t.Errorf("%d bytes, %v", len(b), err)
	}
	if e := leaves(t, v)[1]; e.Detail != "to Utopia, encrypted to "+theirs.Recipient().String() {
		t.Errorf("leaf %+v", e)
	}
}

// What could not be handed over is void in the log, and what was is not.
func TestExportThatBreaksOff(t *testing.T) {
	v := newSite(t).open(t)
	for i := range 3 {
		add(t, v, fmt.Sprint("item ", i), vault.New{Plain: true})
	}
	n := 0
	full := errors.New("the stick is full")
	_, err := v.Export(ctx, custodian, []string{"EV-000001", "EV-000002", "EV-000003"}, vault.Addressee{Name: "N"}, func(vault.Item, io.Reader) error {
		if n++; n == 2 {
			return full
		}
		return nil
	})
	wantErr(t, err, full)
	var got []string
	for _, e := range leaves(t, v)[3:] {
		got = append(got, fmt.Sprint(e.Act, " ", e.Object, " ", e.Detail))
	}
	want := []string{
		"export EV-000001 to N", "export EV-000002 to N", "export EV-000003 to N",
		"void EV-000002 leaf 4", "void EV-000003 leaf 5",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	wantSound(t, v)
}

// Who destroys an item and adds its bytes again has lowered nothing.
func TestWhatWasDestroyedComesBackAsClosed(t *testing.T) {
	s := newSite(t)
	v := s.open(t)
	gone := add(t, v, "secret bytes", vault.New{Marking: red})
	if _, err := v.Destroy(ctx, gone.ID, "a mistake"); err != nil {
		t.Fatal(err)
	}
	if _, _, err := v.Add(ctx, strings.NewReader("secret bytes"), vault.New{Source: "S", Plain: true}); err == nil || !strings.Contains(err.Error(), gone.ID) {
		t.Errorf("kept without a key: error %v", err)
	}
	again := add(t, v, "secret bytes", vault.New{Marking: marking.Marking{TLP: "green", Caveats: []string{"releasable-to:Utopia"}}})
	if again.ID == gone.ID || again.Marking.String() != "tlp:red; releasable-to:Utopia" {
		t.Errorf("%s is marked %s", again.ID, again.Marking)
	}
	public := add(t, v, "public", vault.New{Plain: true})
	derived, _, err := v.Derive(ctx, public.ID, vault.Derivation{Role: vault.Extract, Tool: "cut@1"}, strings.NewReader("secret bytes"))
	if err != nil || derived.Marking.TLP != "red" || !derived.Encrypted || content(t, v, derived.ID) != "secret bytes" {
		t.Errorf("%+v, %v", derived, err)
	}
	other := add(t, v, "other bytes", vault.New{Marking: amber})
	if other.Marking.TLP != "amber" {
		t.Errorf("%s is marked %s", other.ID, other.Marking)
	}
	// what two persons lowered stays lowered, though the bytes come once more
	if _, err := v.ProposeLowering(ctx, again.ID, amber, "letter"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.open(t, by("B")).ConfirmLowering(ctx, again.ID, amber); err != nil {
		t.Fatal(err)
	}
	if known := add(t, v, "secret bytes", vault.New{Source: "another", Marking: amber}); known.ID != again.ID || known.Marking.TLP != "amber" {
		t.Errorf("%s is marked %s", known.ID, known.Marking)
	}
	wantSound(t, v)
}
