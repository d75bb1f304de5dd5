package follow

import (
	"time"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/trace/accounting"
)

// Question is what is to be followed, and how.
type Question struct {
	Thefts   []Theft
	Services Services // nil: nobody is known
	Links    []Link
	Rules    Rules
	Budget   Budget
	// Now is the clock of Budget.Time and is read for nothing else; nil: time has no bound.
	Now func() time.Time
	// Record asks for what Replay needs.
	Record bool
	// Reading is for measurements: AsFits is what others want.
	Reading Reading
}

// Reading is how the rows of a chain of accounts are read. It changes nothing in an
// answer but Work.Swept.
type Reading int

// The ways to read.
const (
	AsFits Reading = iota // walk while few rows have to be, then sweep, and count where that takes less
	Walk                  // read the lists of touched accounts alone
	Sweep                 // read all rows, and the lists of accounts that are touched
	Count                 // read all rows, earlier ones too, and know the balances of all accounts
)

// Theft is rows whose value is stolen as a whole when it arrives. Two or more thefts
// are followed each alone and, as trace.All, all at once.
type Theft struct {
	ID    string
	Marks []Mark
}

// Mark names a row by its key.
type Mark struct {
	Chain chain.ID
	Tx    string // bytes of the transaction's id
	Kind  ledger.Kind
	Index uint32
}

// Class is what a service is for a trace: what becomes of value that reaches it.
type Class string

// The classes. A trace ends at all of them.
const (
	Exchange Class = "exchange" // cashed out: holds its customers' coins
	Deposit  Class = "deposit"  // cashed out: an address that pays one exchange alone
	Swap     Class = "swap"     // cashed out, where no link says what it paid
	Other    Class = "service"  // cashed out: gambling, markets, any other service
	Bridge   Class = "bridge"   // as Swap, on another chain
	Mixer    Class = "mixer"    // in mixers
	Hub      Class = "hub"      // not followed: too many counterparties to be one person's, and no tag
)

// Service is who is behind an address, as far as a trace ends there.
type Service struct {
	Class      Class
	Name       string
	Confidence Confidence
	Source     string // of the tag: file and line, or a title
	Date       string // of the tag, YYYY-MM-DD
	Note       string // what else is said: tags that contradict
}

// Services tells services by their address. It must be pure.
type Services interface {
	Service(id chain.ID, a ledger.Address) (Service, bool)
}

// Confidence is how an edge of a path is known, from best to least.
type Confidence string

// The grades. A path has the least of its edges.
const (
	Fact      Confidence = "ledger fact"
	Decoded   Confidence = "decoded protocol"
	Heuristic Confidence = "heuristic"
	Judgement Confidence = "human judgement"
)

// Grades lists the grades from best to least.
func Grades() []Confidence { return []Confidence{Fact, Decoded, Heuristic, Judgement} }

// Link says that what one row paid came out as another: a swap or a bridge. The value
// of In is what came of the value of Out. Out has to stand before In in time, or in the
// same transaction of a chain of accounts: there the ledger's order of calls and events
// is not theirs, and Out is taken before In.
//
// Whoever Out pays and whoever pays In count as services of class Swap or Bridge, if
// they are not known otherwise: what they pay without a link is clean.
type Link struct {
	ID         string
	Kind       Class // Swap or Bridge
	Out        Mark
	In         Mark
	Confidence Confidence
	Method     string // "event id", "memo", "amount and time", …
	Error      string // of a heuristic: how often it is wrong, and by what measure
}

// Rules are what a trace goes by.
type Rules struct {
	Policies []accounting.Policy // none: all of them
	Bounds   bool                // the least and the most under any policy that conserves value
	Dust     []Floor
	// Until: rows of a later time are not looked at; 0: all are. Of chains of outputs it is
	// each block's own time that counts. Of chains of accounts, times have to rise with the
	// blocks: ErrRows where a row that matters does not stand as its time says.
	Until int64
	// Hub ends the trace at accounts that nobody tagged and that have this many
	// counterparties or more; 0: it goes through them.
	Hub int
	// Deposits takes an account that nobody tagged and that pays one exchange alone for
	// that exchange's deposit address.
	Deposits bool
}

// Floor is the amount of an asset below which what arrives is dropped, not carried.
type Floor struct {
	Chain chain.ID
	Asset ledger.Asset
	Least chain.Amount
}

// Budget bounds a run. Noughts are no bounds but for Memory, which is DefaultMemory.
type Budget struct {
	Rows   uint64        // that are applied
	Time   time.Duration // by the clock of Question.Now
	Memory int64         // bytes of state; what is read ahead, some 150 MB at most, is not in it
}
