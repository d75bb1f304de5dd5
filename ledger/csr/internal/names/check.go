package names

import (
	"fmt"

	"github.com/turtlebay/turtlebay/ledger/csr/internal/sections"
)

// Check sees that every name of a table is in its index, once and at its place, and
// that no name stands twice. Its error is the first fault.
func (t *Table) Check(h Hash, file string) (err error) {
	defer sections.Guard()()
	defer sections.Catch(&err)
	fault := func(format string, args ...any) error {
		return &sections.Fault{File: file, Why: fmt.Sprintf(format, args...)}
	}
	seen := make([]uint64, (t.n+63)/64)
	last := uint64(0)
	for i := range t.n {
		e := t.index.U64(i)
		no := int(No(e))
		if i > 0 && e <= last || no >= t.n || seen[no/64]>>(no%64)&1 != 0 {
			return fault("entry %d of the index is not sound", i)
		}
		last = e
		seen[no/64] |= 1 << (no % 64)
		name := string(t.Get(no))
		if h.Tag(name) != Tag(e) {
			return fault("name %d stands at another place of the index", no)
		}
		if first, ok := t.Find(name, Tag(e)); !ok || first != no {
			return fault("name %d is there twice", no)
		}
	}
	return nil
}
