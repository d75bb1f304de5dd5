package desk_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/turtlebay/turtlebay/vault/custody"
	"github.com/turtlebay/turtlebay/vault/dossier"
)

// Whoever kept one of hundreds of checkpoints that were handed out finds it in a later
// report, and of more time-stamps than may travel the newest do.
func TestHistoryOfADossier(t *testing.T) {
	ctx := context.Background()
	d, _ := expertDesk(t)
	log := vaultOf(t, d).Log()
	var first []byte
	const kept = 240
	for n := range kept {
		if _, err := log.Append(ctx, custody.Event{Act: custody.View, Object: "EV-000001", Actor: "A. Expert"}); err != nil {
			t.Fatal(err)
		}
		given, err := d.KeepCheckpoint(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			first = given
		}
		if n >= kept/2 {
			if err := log.AddStamp(int64(n+1), fmt.Appendf(nil, "token %d", n)); err != nil {
				t.Fatal(err)
			}
		}
	}
	export, err := log.Append(ctx, custody.Event{Act: custody.Export, Object: "REPORT", Digest: dossier.Handed(nil), Actor: "A. Expert"})
	if err != nil {
		t.Fatal(err)
	}
	made, err := d.Dossier(ctx, log, nil, nil, export)
	if err != nil || len(made.History) != kept || len(made.Stamps) != dossier.MaxStamps || made.Stamps[kept] == nil {
		t.Fatalf("%d earlier, %d stamped, %v", len(made.History), len(made.Stamps), err)
	}
	made.Stamps = nil // which were none
	files, err := made.Encode()
	if err != nil {
		t.Fatal(err)
	}
	back, err := dossier.Decode(files)
	if err != nil {
		t.Fatal(err)
	}
	key, err := d.LogVerifier()
	if err != nil {
		t.Fatal(err)
	}
	if found := back.Check(dossier.Handover{}, dossier.Trust{Log: key, Known: [][]byte{first}}); !found.OK {
		t.Errorf("%+v", found.Bad)
	}
}
