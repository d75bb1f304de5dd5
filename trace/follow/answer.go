package follow

import (
	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/trace/accounting"
)

// MaxFlows is how many rows that carried taint an Answer lists, and how many rows that
// were read a Record holds.
const MaxFlows = 500_000

// MaxHoldings is how many places of chains of accounts an Answer lists: those that
// hold the largest parts of what was stolen, under any policy that conserves value.
const MaxHoldings = 100_000

// Answer is what a run found. Lists are in a fixed order: that of thefts, then of
// rows in time, then of names.
type Answer struct {
	Thefts   []string // ids, then trace.All where there are several
	Policies []accounting.Policy
	Bounds   bool
	Ledgers  []Ledger
	Work     Work
	Stopped  *Stop // nil: it ended by itself
	Sums     []Sum
	Arrivals []Arrival // at services
	Holdings []Holding
	Flows    []Flow // nil if there are more than MaxFlows
	Services []Met  // that the trace ended at
	Short    []Short
	Record   *Record // where Question.Record asks for it, and it is not too long
}

// Ledger is a chain of a snapshot that was read.
type Ledger struct {
	Chain    chain.ID
	Snapshot ledger.SnapshotID
	Rows     uint64
	Digest   string // of the whole snapshot, where it was asked for
}

// Work is what a run did.
type Work struct {
	Applied uint64 // rows that moved value of a place where taint was or came
	Tainted uint64 // of them, those that carried taint
	Places  uint64 // accounts by asset, and outputs, that held taint at some time
	Swept   uint64 // rows that a sweep passed over
	// Splits is how often a fraction was brought to whole base units. No amount is off
	// by more base units than this where no link and no floor for dust is on its way: a
	// link multiplies what was off before by its rate, and near a floor that can decide
	// whether a part is dropped.
	Splits uint64
	Wide   bool // counted with 256 bits, because 128 were too few
}

// Stop says why a run ended before its end, and what it did not look at.
type Stop struct {
	Reason string // "rows", "time" or "memory"
	// Since is the time of the first row that was not looked at. What is held then is
	// listed as not followed in Sums, and in Holdings as it stood.
	Since  int64
	Places uint64 // that held taint then
}

// Taint is what is stolen of one value under each policy, and the bounds. What was not
// asked for is nought; see Answer.Policies.
type Taint struct {
	Poison  chain.Amount
	Haircut chain.Amount
	FIFO    chain.Amount
	LIFO    chain.Amount
	TIHO    chain.Amount
	Least   chain.Amount
	Most    chain.Amount
}

// Sum accounts for one asset of one theft: under every policy that conserves value
// Stolen − Again + In = Held + Cashed + Mixed + Fees + Dropped + Unfollowed + Out.
// Poison and the bounds are noughts here: they have no balance.
type Sum struct {
	Theft      string
	Chain      chain.ID
	Asset      ledger.Asset
	Stolen     chain.Amount // the value that was marked
	Again      Taint        // of it, what was stolen already when it was marked
	In         Taint
	Held       Taint
	Cashed     Taint
	Mixed      Taint
	Fees       Taint // and what was paid to nobody otherwise
	Dropped    Taint
	Unfollowed Taint // at hubs, and held when the run was stopped
	Out        Taint
}

// Arrival is a row that brought taint to a service.
type Arrival struct {
	Theft   string
	Row     RowID
	From    ledger.Address // who paid: of outputs, the address of the first input that is tainted
	To      ledger.Address
	Asset   ledger.Asset
	Value   chain.Amount
	Taint   Taint
	Service int // index of Answer.Services
}

// RowID says which row it is and when.
type RowID struct {
	Chain chain.ID
	Block uint64
	Time  int64
	Tx    string // bytes of the id
	Kind  ledger.Kind
	Index uint32
}

// Met is a service that a trace ended at.
type Met struct {
	Chain   chain.ID
	Address ledger.Address
	Service
}

// Holding is taint that lies somewhere at the end.
type Holding struct {
	Theft   string
	Chain   chain.ID
	Address ledger.Address
	Output  *RowID // on chains of outputs
	Asset   ledger.Asset
	Value   chain.Amount // all that lies there
	Taint   Taint
	Since   int64 // time of the last arrival that brought taint
	// Others, above nought, is how many places of a chain of accounts are taken together
	// here, because they hold too little to be listed; the rest is then nought but for
	// what policies that conserve value found.
	Others uint64
}

// Flow is a row that carried taint.
type Flow struct {
	Theft string
	Row   RowID
	From  ledger.Address // of an output: the address of the transaction's first tainted input
	To    ledger.Address
	Asset ledger.Asset
	Value chain.Amount
	Taint Taint
	Link  string // the link that brought it
}

// Short is clean value that was paid and not seen to arrive before: it was taken for
// older than all that was seen. Of accounts it is counted from when taint first reaches
// them. Where there are more than MaxHoldings, they are one for each asset, of nobody.
type Short struct {
	Chain   chain.ID
	Address ledger.Address
	Asset   ledger.Asset
	Value   chain.Amount
}
