package desk_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/turtlebay/turtlebay/desk"
	"github.com/turtlebay/turtlebay/desk/desktest"
	"github.com/turtlebay/turtlebay/marking"
	"github.com/turtlebay/turtlebay/vault/custody"
)

func TestAccess(t *testing.T) {
	ctx := context.Background()
	d, err := desk.Create(t.TempDir(), desktest.Memory(), desk.As("A. Expert", "test"))
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	utopia := marking.Reader{Name: "Utopia", TLP: "amber", UN: "confidential", As: []string{"Team"}}
	if err := d.Grant(ctx, utopia, "joined the team"); err != nil {
		t.Fatal(err)
	}
	if err := d.Grant(ctx, marking.Reader{Name: "Lemuria", TLP: "green"}, ""); err != nil {
		t.Fatal(err)
	}
	got, err := d.Reader("Utopia")
	if diff := cmp.Diff(utopia, got, cmpopts.IgnoreUnexported(marking.Reader{})); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	utopia.TLP = "red"
	if err := d.Grant(ctx, utopia, "cleared"); err != nil {
		t.Fatal(err)
	}
	if err := d.Revoke(ctx, "Lemuria", "left"); err != nil {
		t.Fatal(err)
	}
	if rs, err := d.Readers(); err != nil || len(rs) != 1 || rs[0].TLP != "red" {
		t.Errorf("readers %+v, %v", rs, err)
	}
	if _, err := d.Reader("Lemuria"); !errors.Is(err, desk.ErrNoGrant) {
		t.Errorf("a reader who was cut off: %v", err)
	}
	if err := d.Revoke(ctx, "Lemuria", ""); !errors.Is(err, desk.ErrNoGrant) {
		t.Errorf("cut off twice: %v", err)
	}
	for _, bad := range []marking.Reader{{}, {Name: "X", TLP: "purple"}} {
		if err := d.Grant(ctx, bad, ""); err == nil {
			t.Errorf("%+v was given access", bad)
		}
	}
	v, err := d.ReadVault(ctx)
	if err != nil {
		t.Fatal(err)
	}
	leaves := 0
	for e, err := range v.Log().Events() {
		if err != nil {
			t.Fatal(err)
		}
		if e.Act == custody.Grant && e.Actor == "A. Expert" {
			leaves++
		}
	}
	if leaves != 4 {
		t.Errorf("%d leaves about access, want 4", leaves)
	}
}
