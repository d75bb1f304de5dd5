package ledger

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/turtlebay/turtlebay/intake"
)

// Reasons for which a store refuses a row, as receipts count them.
const (
	ReasonInvalid = "not a transfer"                             // followed by the field
	ReasonOther   = "another row has this transaction and index" // with other content
	ReasonBlock   = "its transaction stands in another block"
	ReasonTime    = "its block has another time"
	ReasonSpent   = "the output is spent by another input"
)

// Refused is a row that a store did not keep.
type Refused struct {
	Transfer Transfer
	Reason   string
}

// maxRefused is how many refused rows a receipt names.
const maxRefused = 100

// Receipt says what became of the rows of one Append: read = kept + duplicate + refused.
type Receipt struct {
	Read      uint64            `json:"read"`
	Kept      uint64            `json:"kept"`
	Duplicate uint64            `json:"duplicate"` // held already, or twice among the rows
	Refused   uint64            `json:"refused"`
	ByReason  map[string]uint64 `json:"by_reason,omitempty"`
	// Rows are the first refused rows that could be read.
	Rows []Refused `json:"-"`
}

// Refuse counts a row that is not kept. Rows read are for the caller to count.
func (r *Receipt) Refuse(t Transfer, reason string) {
	r.RefuseMore(reason, 1)
	if len(r.Rows) < maxRefused {
		r.Rows = append(r.Rows, Refused{t, reason})
	}
}

// RefuseUnread counts a row that could not be read.
func (r *Receipt) RefuseUnread(refusal *intake.Refusal) {
	reason := refusal.Reason
	if refusal.Field != "" {
		reason = refusal.Field + ": " + reason
	}
	r.RefuseMore(reason, 1)
}

// maxReasons is how many different reasons are kept apart.
const (
	maxReasons   = 100
	otherReasons = "other reasons"
)

// RefuseMore counts n rows that are not kept and not named.
func (r *Receipt) RefuseMore(reason string, n uint64) {
	if n == 0 {
		return
	}
	if r.ByReason == nil {
		r.ByReason = map[string]uint64{}
	}
	if _, there := r.ByReason[reason]; !there && len(r.ByReason) >= maxReasons {
		reason = otherReasons
	}
	r.Refused += n
	r.ByReason[reason] += n
}

// Reconciles reports whether every row read was kept, known or refused.
func (r Receipt) Reconciles() bool {
	var reasons uint64
	for _, n := range r.ByReason {
		reasons += n
	}
	return r.Read == r.Kept+r.Duplicate+r.Refused && r.Refused == reasons
}

// String renders the receipt for people: one line, and one more for each reason, the
// most frequent first.
func (r Receipt) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "read %d = kept %d + duplicate %d + refused %d\n", r.Read, r.Kept, r.Duplicate, r.Refused)
	reasons := slices.SortedFunc(maps.Keys(r.ByReason), func(a, b string) int {
		return cmp.Or(cmp.Compare(r.ByReason[b], r.ByReason[a]), strings.Compare(a, b))
	})
	for _, reason := range reasons {
		fmt.Fprintf(&b, "refused %d: %s\n", r.ByReason[reason], intake.Printable(reason))
	}
	return b.String()
}
