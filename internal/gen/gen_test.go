package gen_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"testing"

	"github.com/turtlebay/turtlebay/internal/gen"
)

func TestShipmentsAreTheSameEverywhere(t *testing.T) {
	var b bytes.Buffer
	if err := gen.Write(&b, "", 2000, gen.Shipment); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(b.Bytes())
	if got := hex.EncodeToString(sum[:8]); got != wantShipments {
		t.Errorf("the first 2000 shipments have digest %s, want %s: figures that were measured with others are not comparable", got, wantShipments)
	}
	for line := range bytes.Lines(b.Bytes()) {
		var c struct {
			ID          string
			Observation struct{ Type, HS string }
		}
		if err := json.Unmarshal(line, &c); err != nil || c.Observation.Type != "shipment" || len(c.Observation.HS) != 6 {
			t.Fatalf("%s: %v", line, err)
		}
	}
}

func TestCustomsRowsAreTheSameEverywhere(t *testing.T) {
	var b bytes.Buffer
	if err := gen.Write(&b, gen.CustomsHeader, 2000, gen.CustomsRow); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(b.Bytes())
	if got := hex.EncodeToString(sum[:8]); got != wantCustoms {
		t.Errorf("the first 2000 rows have digest %s, want %s", got, wantCustoms)
	}
	rows, err := csv.NewReader(&b).ReadAll()
	if err != nil || len(rows) != 2001 {
		t.Errorf("%d rows, %v", len(rows), err)
	}
}

const wantShipments, wantCustoms = "4c945eecc2a90c33", "1e1f39b2559da60b"
