package desk_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/turtlebay/turtlebay/desk"
	"github.com/turtlebay/turtlebay/intake"
	"github.com/turtlebay/turtlebay/record/observation"
)

const (
	goodCSV  = "id,date,direction,hs,description\nSHP-1,2023-01-02,to_dprk,8703,a car\nSHP-2,2023-02-03,to_dprk,8704,a lorry\n"
	mixedCSV = goodCSV + "SHP-3,2023-13-40,to_dprk,8703,a month that is not\nWRONG-4,2023-01-02,to_dprk,8703,another prefix\nSHP-5,2023\n"
	badCSV   = "id,date,direction\nX,2023-01-02,to_dprk\nSHP-,never,sideways\n"

	goodJSONL  = `{"id":"SHP-1","date":"2023-01-02","direction":"to_dprk","hs":"8703","description":"a car"}` + "\n"
	mixedJSONL = goodJSONL + `{"id":"SHP-2","date":"2023-01-02","colour":"red"}` + "\n" + `{"id":` + "\n"
)

func zipped(t *testing.T, content string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(content)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

var shipments = desk.Intake{Kind: observation.KindShipment, Source: "Customs, 2023"}

func TestAddFile(t *testing.T) {
	for name, tc := range map[string]struct {
		content      string
		kept, refuse int
	}{
		"good CSV":    {goodCSV, 2, 0},
		"mixed CSV":   {mixedCSV, 2, 3},
		"bad CSV":     {badCSV, 0, 2},
		"good JSONL":  {goodJSONL, 1, 0},
		"mixed JSONL": {mixedJSONL, 1, 2},
	} {
		for form, content := range map[string]string{"plain": tc.content, "gz": zipped(t, tc.content)} {
			t.Run(name+" "+form, func(t *testing.T) {
				d := newDesk(t)
				path := write(t, filepath.Join(t.TempDir(), "rows"), content)
				first := addFile(t, d, path)
				if first.New != tc.kept || first.Refused != tc.refuse {
					t.Errorf("%d new, %d refused; want %d, %d", first.New, first.Refused, tc.kept, tc.refuse)
				}
				quarantined(t, d, first)
				before := digests(t, d)
				again := addFile(t, d, path)
				if again.New != 0 || again.Known != tc.kept || again.Refused != tc.refuse {
					t.Errorf("again: %d new, %d known, %d refused", again.New, again.Known, again.Refused)
				}
				if diff := cmp.Diff(before, digests(t, d)); diff != "" {
					t.Errorf("adding the file twice changed the desk:\n%s", diff)
				}
				receipts, err := d.Receipts(context.Background())
				if diff := cmp.Diff([]intake.Receipt{first, again}, receipts); err != nil || diff != "" {
					t.Errorf("receipts: %v\n%s", err, diff)
				}
			})
		}
	}
}

// addFile adds a file of shipments and wants a receipt that reconciles.
func addFile(t *testing.T, d *desk.Desk, path string) intake.Receipt {
	t.Helper()
	seen := 0
	in := shipments
	in.Refused = func(*intake.Refusal) { seen++ }
	added, err := d.AddFile(context.Background(), path, in)
	if err != nil {
		t.Fatal(err)
	}
	r := added.Receipt
	if !r.Reconciles() || seen != r.Refused {
		t.Errorf("receipt does not reconcile, %d refusals seen:\n%s", seen, r)
	}
	return r
}

// quarantined wants every refused row of the receipt in quarantine, and no file
// where there is none.
func quarantined(t *testing.T, d *desk.Desk, r intake.Receipt) {
	t.Helper()
	f, err := os.Open(d.Path("quarantine", r.SHA256[:12]+".jsonl"))
	if r.Refused == 0 {
		if !errors.Is(err, os.ErrNotExist) {
			t.Errorf("a quarantine file without refused rows: %v", err)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows := 0
	for refusal, err := range intake.ReadQuarantine(f) {
		if err != nil {
			t.Fatal(err)
		}
		if refusal.Line < 2 && r.Format.Form == "csv" || refusal.Reason == "" || len(refusal.Original) == 0 {
			t.Errorf("refusal without a place, reason or row: %+v", refusal)
		}
		rows++
	}
	if rows != r.Refused {
		t.Errorf("%d rows in quarantine, %d refused", rows, r.Refused)
	}
}

// digests is what the desk holds: id to digest.
func digests(t *testing.T, d *desk.Desk) map[string]string {
	t.Helper()
	s, err := d.Set(string(observation.KindShipment))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, in := range s.Inputs() {
		out[in.ID] = in.Digest
	}
	return out
}

func TestAddFileLaysAContradictionBeside(t *testing.T) {
	d := newDesk(t)
	add(t, d, shipment(t, "2", "something else", ""))
	r := addFile(t, d, write(t, filepath.Join(t.TempDir(), "rows.csv"), goodCSV))
	if r.New != 1 || r.Known != 1 || r.Contradicted != 1 || r.Refused != 0 {
		t.Errorf("receipt:\n%s", r)
	}
	rs, err := d.Records(observation.KindShipment)
	if err != nil || len(rs) != 2 {
		t.Fatalf("%d records, %v", len(rs), err)
	}
	var told []string
	for _, a := range rs[1].Accounts() {
		told = append(told, a.Observation.(*observation.Shipment).Description)
	}
	if diff := cmp.Diff([]string{"something else", "a lorry"}, told); diff != "" {
		t.Errorf("accounts (-want +got):\n%s", diff)
	}
	again := addFile(t, d, write(t, filepath.Join(t.TempDir(), "rows.csv"), goodCSV))
	if again.Known != 2 || again.Contradicted+again.Corroborated != 0 {
		t.Errorf("the same once more:\n%s", again)
	}
}

func TestAddFileOfTwoRowsWithOneID(t *testing.T) {
	d := newDesk(t)
	r := addFile(t, d, write(t, filepath.Join(t.TempDir(), "rows.csv"), goodCSV+"SHP-1,2023-01-02,to_dprk,8703,a car\nSHP-1,2023-01-02,to_dprk,8703,a bus\n"))
	if r.New != 2 || r.Known != 2 || r.Contradicted != 1 {
		t.Errorf("receipt:\n%s", r)
	}
}

func TestAddFileThatBreaksOff(t *testing.T) {
	d := newDesk(t)
	content := zipped(t, goodCSV)
	path := write(t, filepath.Join(t.TempDir(), "rows.csv.gz"), content[:len(content)-8]) // without its checksum
	added, err := d.AddFile(context.Background(), path, shipments)
	r := added.Receipt
	if err == nil || r.Stopped == "" || !r.Reconciles() {
		t.Fatalf("error %v, receipt:\n%s", err, r)
	}
	receipts, e := d.Receipts(context.Background())
	if e != nil || len(receipts) != 1 || len(digests(t, d)) != r.New || r.New == 0 {
		t.Errorf("%d rows held, receipts %v, %v", len(digests(t, d)), receipts, e)
	}
}

func TestAddFileRefusesTheWholeFile(t *testing.T) {
	d := newDesk(t)
	dir := t.TempDir()
	for name, tc := range map[string]struct {
		path string
		in   desk.Intake
	}{
		"missing":          {filepath.Join(dir, "missing.csv"), shipments},
		"empty":            {write(t, filepath.Join(dir, "empty.csv"), ""), shipments},
		"misspelt column":  {write(t, filepath.Join(dir, "column.csv"), "id,dat\nSHP-1,2023-01-02\n"), shipments},
		"unknown kind":     {write(t, filepath.Join(dir, "a.csv"), goodCSV), desk.Intake{Kind: "ship", Source: "x"}},
		"without a source": {write(t, filepath.Join(dir, "b.csv"), goodCSV), desk.Intake{Kind: observation.KindShipment}},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := d.AddFile(context.Background(), tc.path, tc.in); err == nil {
				t.Error("no error")
			}
			receipts, err := d.Receipts(context.Background())
			if len(digests(t, d))+len(receipts) > 0 || err != nil {
				t.Errorf("left behind: %v, %v", receipts, err)
			}
		})
	}
}
