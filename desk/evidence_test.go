package desk_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/turtlebay/turtlebay/desk"
	"github.com/turtlebay/turtlebay/desk/desktest"
	"github.com/turtlebay/turtlebay/intake"
	"github.com/turtlebay/turtlebay/marking"
	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/vault"
	"github.com/turtlebay/turtlebay/vault/custody"
)

var fixed = time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)

// expertDesk is a desk on which A. Expert works.
func expertDesk(t *testing.T) (*desk.Desk, desk.Opener) {
	t.Helper()
	open := desktest.Memory()
	d, err := desk.Create(t.TempDir(), open, desk.As("A. Expert", "add"), desk.Clock(func() time.Time { return fixed }))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d, open
}

func vaultOf(t *testing.T, d *desk.Desk) *vault.Vault {
	t.Helper()
	v, err := d.Vault(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// acts are the leaves of the custody log: act, object and parent of each.
func acts(t *testing.T, d *desk.Desk) []string {
	t.Helper()
	var out []string
	for e, err := range vaultOf(t, d).Log().Events() {
		if err != nil {
			t.Fatal(err)
		}
		if e.Actor != "A. Expert" || e.At != "2026-11-23T10:00:00Z" {
			t.Errorf("leaf %d is by %s at %s", e.Index, e.Actor, e.At)
		}
		out = append(out, strings.TrimSpace(e.Act+" "+e.Object+" "+e.Parent))
	}
	return out
}

func TestAddFileKeepsTheFile(t *testing.T) {
	d, open := expertDesk(t)
	path := write(t, filepath.Join(t.TempDir(), "rows.csv"), mixedCSV)
	first, err := d.AddFile(context.Background(), path, shipments)
	if err != nil || first.Item != "EV-000001" || first.Batch != "RB-000001" || first.Known {
		t.Fatalf("%+v, %v", first, err)
	}
	again, err := d.AddFile(context.Background(), path, shipments)
	if err != nil || again.Item != "EV-000001" || again.Batch != "RB-000002" || !again.Known {
		t.Fatalf("%+v, %v", again, err)
	}
	item, err := vaultOf(t, d).Get("EV-000001", marking.Custodian())
	if err != nil || item.Title != "rows.csv" || len(item.Received) == 0 || item.Received[0].Source != shipments.Source || !item.Encrypted {
		t.Errorf("item %+v, %v", item, err)
	}
	want := []string{"receive EV-000001", "derive RB-000001 EV-000001", "receive EV-000001", "derive RB-000002 EV-000001"}
	if diff := cmp.Diff(want, acts(t, d)); diff != "" {
		t.Errorf("leaves (-want +got):\n%s", diff)
	}
	rs, err := d.Records("shipment")
	if err != nil || len(rs[0].Evidence) != 1 || rs[0].Evidence[0].Item != item.SHA256 {
		t.Errorf("records %+v, %v", rs, err)
	}
	for _, disk := range []string{"a car", shipments.Source} {
		if where := found(t, d.Path("vault", "items"), disk); where != "" {
			t.Errorf("%q stands in clear in %s", disk, where)
		}
	}
	sound(t, d, open)
}

// found is the file below a folder that holds the text.
func found(t *testing.T, dir, text string) (where string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if strings.Contains(string(b), text) {
			where = path
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return where
}

// Who may not see the file may not see what was made from it.
func TestTheMarkingOfAFileIsThatOfItsRecords(t *testing.T) {
	d, _ := expertDesk(t)
	in := shipments
	in.Marking = marking.Marking{TLP: "amber"}
	path := write(t, filepath.Join(t.TempDir(), "rows.csv"), "id,date,hs,marking.tlp\nSHP-1,2023-01-02,8703,\nSHP-2,2023-01-02,8703,red\n")
	if _, err := d.AddFile(context.Background(), path, in); err != nil {
		t.Fatal(err)
	}
	rs, err := d.Records("shipment")
	if err != nil || len(rs) != 2 || rs[0].Marking.TLP != "amber" || rs[1].Marking.TLP != "red" {
		t.Errorf("records %+v, %v", rs, err)
	}
	in.Plain = true
	other := write(t, filepath.Join(t.TempDir(), "rows.csv"), goodCSV)
	if _, err := d.AddFile(context.Background(), other, in); err == nil {
		t.Error("a marked file was kept without a key")
	}
	if len(digests(t, d)) != 2 {
		t.Error("and its records are held")
	}
}

func TestAPlainFile(t *testing.T) {
	d, open := expertDesk(t)
	in := shipments
	in.Plain = true
	path := write(t, filepath.Join(t.TempDir(), "rows.csv"), goodCSV)
	if _, err := d.AddFile(context.Background(), path, in); err != nil {
		t.Fatal(err)
	}
	if found(t, d.Path("vault", "items"), "a lorry") == "" {
		t.Error("it does not stand in clear")
	}
	sound(t, d, open)
}

// A file that cannot be read as rows was received all the same.
func TestAFileThatIsNoRows(t *testing.T) {
	d, open := expertDesk(t)
	path := write(t, filepath.Join(t.TempDir(), "rows.csv"), "id,harmonised\nSHP-1,8703\n")
	_, err := d.AddFile(context.Background(), path, shipments)
	if err == nil || !strings.Contains(err.Error(), "EV-000001") || !strings.Contains(err.Error(), `column "harmonised"`) {
		t.Errorf("error %v", err)
	}
	if bs, err := d.Batches(context.Background()); len(bs) > 0 || err != nil {
		t.Errorf("batches %v, %v", bs, err)
	}
	if diff := cmp.Diff([]string{"receive EV-000001"}, acts(t, d)); diff != "" {
		t.Error(diff)
	}
	sound(t, d, open)
}

func citing(t *testing.T, id string, file []byte) record.Record {
	t.Helper()
	r := shipment(t, id, "a car", `,"evidence":[{"item":"`+record.Digest(file)+`","at":"lines=1-1","quote":"`+record.Digest(file)+`"}]`)
	return r
}

func TestAddRecordsAfterTheFilesTheyCite(t *testing.T) {
	d, open := expertDesk(t)
	ctx := context.Background()
	one, two := []byte("the first file"), []byte("the second file")
	rs := []record.Record{citing(t, "1", one), citing(t, "2", two), shipment(t, "3", "a bus", "")}
	if _, err := d.AddRecords(ctx, rs, desk.Evidence{Name: "one", Source: "x", Bytes: one}); err == nil || !strings.Contains(err.Error(), "SHP-2") {
		t.Errorf("a record without its evidence: %v", err)
	}
	if len(digests(t, d)) > 0 {
		t.Error("something was added")
	}
	files := []desk.Evidence{{Name: "one", Source: "x", Bytes: one}, {Name: "two", Source: "x", Bytes: two, Plain: true}}
	for i := range 2 {
		if n, err := d.AddRecords(ctx, rs, files...); n != 3*(1-i) || err != nil {
			t.Fatalf("%d added, %v", n, err)
		}
	}
	want := []string{"receive EV-000001", "receive EV-000002", "derive RB-000001 EV-000001 EV-000002"}
	if diff := cmp.Diff(want, acts(t, d)); diff != "" {
		t.Errorf("leaves (-want +got):\n%s", diff)
	}
	sound(t, d, open)
}

func TestProofs(t *testing.T) {
	d, _ := expertDesk(t)
	ctx := context.Background()
	path := write(t, filepath.Join(t.TempDir(), "rows.csv"), goodCSV)
	if _, err := d.AddFile(ctx, path, shipments); err != nil {
		t.Fatal(err)
	}
	add(t, d, shipment(t, "2", "something else", ""), shipment(t, "3", "a bus", ""))
	ids := []string{"SHP-3", "SHP-1", "SHP-2"}
	ps, err := d.Proofs(ctx, ids...)
	if err != nil {
		t.Fatal(err)
	}
	batches := map[string]string{"SHP-1": "RB-000001", "SHP-2": "RB-000002", "SHP-3": "RB-000002"}
	for i, p := range ps {
		e, err := vaultOf(t, d).Log().Event(p.Leaf)
		if err != nil || e.Object != p.Batch || e.Digest != p.Root || p.ID != ids[i] || p.Batch != batches[p.ID] || p.Digest != digests(t, d)[p.ID] {
			t.Errorf("proof %+v of %s, leaf %+v, %v", p, ids[i], e, err)
		}
		if err := custody.CheckRecord(p.Record, p.Root, p.ID, p.Digest); err != nil {
			t.Error(err)
		}
		if err := custody.CheckRecord(p.Record, p.Root, p.ID, record.Digest(nil)); err == nil {
			t.Errorf("the proof of %s holds for another record", p.ID)
		}
	}
	if _, err := d.Proof(ctx, "SHP-9"); !errors.Is(err, desk.ErrNoRecord) {
		t.Errorf("error %v, want %v", err, desk.ErrNoRecord)
	}
	if _, err := d.Proof(ctx, "nothing"); !errors.Is(err, desk.ErrNoRecord) {
		t.Errorf("error %v, want %v", err, desk.ErrNoRecord)
	}
}

func TestRetry(t *testing.T) {
	d, open := expertDesk(t)
	ctx := context.Background()
	path := write(t, filepath.Join(t.TempDir(), "rows.csv"), mixedCSV)
	in := shipments
	in.Marking = marking.Marking{TLP: "green"}
	added, err := d.AddFile(ctx, path, in)
	if err != nil || added.Receipt.Refused != 3 {
		t.Fatalf("%v\n%s", err, added.Receipt)
	}
	id := added.Receipt.SHA256[:12]
	if _, err := d.Retry(ctx, id, nil); !errors.Is(err, desk.ErrNotMended) {
		t.Errorf("error %v, want %v", err, desk.ErrNotMended)
	}
	q := intake.NewQuarantine(d.Path("quarantine"))
	mend := func(row, field, value string) {
		t.Helper()
		if _, err := q.Mend(id, row, intake.Mend{Field: field, Value: value, By: "A. Expert", Why: "the letter says so", On: fixed}); err != nil {
			t.Fatal(err)
		}
	}
	mend("4", "date", "2023-12-04")
	mend("5", "id", "still wrong")
	refused := 0
	again, err := d.Retry(ctx, id, func(*intake.Refusal) { refused++ })
	r := again.Receipt
	if err != nil || r.Read != 2 || r.New != 1 || r.Refused != 1 || refused != 1 || r.Retry != id || again.Batch != "RB-000002" || again.Item != "EV-000001" {
		t.Fatalf("%+v, %v", again, err)
	}
	rs, err := d.Records("shipment")
	if err != nil || len(rs) != 3 || rs[2].ID != "SHP-3" || rs[2].Marking.TLP != "green" || rs[2].Evidence[0].Item != added.Receipt.SHA256 {
		t.Errorf("records %+v, %v", rs, err)
	}
	mend("5", "id", "SHP-1") // contradicts what is held
	again, err = d.Retry(ctx, id, nil)
	if r := again.Receipt; err != nil || r.Read != 1 || r.Contradicted != 1 {
		t.Errorf("%+v, %v", again, err)
	}
	lots, err := q.List()
	if err != nil || len(lots) != 1 || lots[0].Kept != 2 || lots[0].Rows != 3 {
		t.Errorf("quarantine %+v, %v", lots, err)
	}
	if receipts, err := d.Receipts(ctx); len(receipts) != 3 || err != nil {
		t.Errorf("receipts %v, %v", receipts, err)
	}
	if _, err := d.Retry(ctx, "ffffffffffff", nil); !errors.Is(err, intake.ErrNoLot) {
		t.Errorf("error %v", err)
	}
	sound(t, d, open)
}

// TestHold: whoever holds the desk may do several things; another Desk may not
// write before all of them are done, nor may its vault.
func TestHold(t *testing.T) {
	d, open := expertDesk(t)
	ctx := context.Background()
	other, err := desk.Open(d.Dir(), open, desk.As("B. Other", "report"))
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	v := vaultOf(t, other)
	busy := func(want error) {
		t.Helper()
		_, _, byVault := v.Add(ctx, strings.NewReader("x"), vault.New{Title: "x", Source: "y"})
		for name, err := range map[string]error{"desk": other.Replace(ctx, "a", "x", nil), "vault": byVault} {
			if !errors.Is(err, want) || want != nil && !strings.Contains(err.Error(), "add (process") {
				t.Errorf("%s: error %v, want %v with who holds it", name, err, want)
			}
		}
	}
	outer, err := d.Hold(ctx)
	if err != nil {
		t.Fatal(err)
	}
	inner, err := d.Hold(ctx)
	if err != nil {
		t.Fatal(err)
	}
	add(t, d, shipment(t, "1", "a car", ""))
	busy(desk.ErrBusy)
	for range 2 { // the second time it does nothing
		if err := inner(); err != nil {
			t.Fatal(err)
		}
	}
	busy(desk.ErrBusy)
	if err := outer(); err != nil {
		t.Fatal(err)
	}
	busy(nil)
	sound(t, d, open)
}

func TestReadVault(t *testing.T) {
	d, open := expertDesk(t)
	if _, err := d.ReadVault(context.Background()); !errors.Is(err, vault.ErrNoVault) {
		t.Errorf("error %v, want %v", err, vault.ErrNoVault)
	}
	add(t, d, shipment(t, "1", "a car", ""))
	holder, err := desk.Open(d.Dir(), open)
	if err != nil {
		t.Fatal(err)
	}
	defer holder.Close()
	release, err := holder.Hold(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	v, err := d.ReadVault(context.Background()) // while another writes
	if err != nil || v.Log().Size() != 1 {
		t.Errorf("%v, %v", v, err)
	}
}

// A key that is gone is not replaced by another where something was made with it.
func TestALogKeyThatIsGone(t *testing.T) {
	d, open := expertDesk(t)
	add(t, d, shipment(t, "1", "a car", ""))
	d.Close()
	for _, name := range []string{"log.key", "log.pub"} {
		if err := os.Remove(d.Path("keys", name)); err != nil {
			t.Fatal(err)
		}
	}
	again, err := desk.Open(d.Dir(), open)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if rs, err := again.Records("shipment"); len(rs) != 1 || err != nil {
		t.Errorf("records cannot be read: %v, %v", rs, err)
	}
	if _, err := again.AddRecords(context.Background(), []record.Record{shipment(t, "2", "a bus", "")}); !errors.Is(err, desk.ErrDamaged) || !strings.Contains(err.Error(), "log.key") {
		t.Errorf("error %v", err)
	}
	c, err := desk.Check(context.Background(), d.Dir(), open, nil)
	if err != nil || c.OK() || c.Faults[0].File != "keys/log.key" {
		t.Errorf("check %+v, %v", c, err)
	}
}
