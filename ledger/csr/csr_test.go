package csr_test

import (
	"testing"

	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/ledger/csr"
	"github.com/turtlebay/turtlebay/ledger/ledgertest"
)

// open opens an empty ledger whose batches are small, so that every Append has several.
func open(batch int) ledgertest.Opener {
	return func(t testing.TB) ledger.Store {
		s, err := csr.Open(t.TempDir(), csr.Options{Create: true, BatchRows: batch})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		return s
	}
}

func TestContract(t *testing.T) {
	t.Parallel()
	ledgertest.Run(t, open(0))
}

// Appends of several batches, some of one row.
func TestContractInBatches(t *testing.T) {
	t.Parallel()
	ledgertest.Run(t, open(1500))
}

func TestModelInBatches(t *testing.T) {
	t.Parallel()
	ledgertest.RunModel(t, open(5))
}
