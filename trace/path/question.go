// Package path finds all paths that payments take from one address to another, up to
// a number of hops, with times and amounts.
//
//	answer, err := path.Find(ctx, snapshot, path.Question{
//		Chain: chain.Ethereum, From: thief, To: exchange, Hops: 6, Hub: 1000, Paths: 20, Rows: 1,
//	})
//	if err != nil {
//		return err
//	}
//	for _, p := range answer.Paths {
//		fmt.Println(len(p.Hops), p.First, p.Last)
//	}
//
// # Contract
//
// A path is a row of different addresses, each of which pays the next; it is told from
// others by its addresses. All payments between two neighbours are one [Hop]. Unless
// Question.AnyOrder is set, payments follow each other: there is a choice of one
// payment a hop in which each stands after the one before in the order of the ledger,
// and a hop has those payments alone that are in such a choice.
//
// On a chain of outputs a payment is a transaction that spends an output of the one
// address and makes one of the other. What came of whose input is not known there: the
// payment names what either side had in it. On a chain that is known for one of
// accounts only rows of kind payment count.
//
// A hub, an account with more rows in one direction than Question.Hub, is never a
// station between the two ends. Hubs that were met are named, with the rows that were
// left out. The ends themselves may be hubs.
//
// Paths come shortest first; of equal length, the one whose first payment is earliest,
// then its second, and so on, taking at each hop the first payment that can follow.
// The same rows and question give the same answer, but for a budget of time. A search
// that its budget stopped says up to how many hops it is complete.
//
// The search meets in the middle: whole frontiers go out from one end and back from
// the other, the one with fewer rows first. What lies on no path by its distance from
// both ends is dropped before any row is read for itself.
package path

import (
	"errors"
	"time"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/trace/follow"
)

// MaxHops is the most hops that can be asked for.
const MaxHops = 16

// MaxHubs is how many hubs an Answer lists.
const MaxHubs = 1000

// Errors, for errors.Is.
var (
	// ErrQuestion: a question that cannot be one; the text says why.
	ErrQuestion = errors.New("not a question")
	// ErrSame: both ends are one address.
	ErrSame = errors.New("both ends are the same address")
	// ErrUnknown: the ledger holds no row of the address.
	ErrUnknown = errors.New("the ledger holds no row of this address")
	// ErrAsset: the ledger holds no row of the asset.
	ErrAsset = errors.New("the ledger holds no row of this asset")
	// ErrChain: the ledger holds no row of the chain.
	ErrChain = errors.New("the ledger holds no row of this chain")
	// ErrNoBook: the ledger's engine offers no book, which the search reads.
	ErrNoBook = errors.New("the ledger cannot be searched by numbers")
)

// Question is what is looked for.
type Question struct {
	Chain    chain.ID
	From, To ledger.Address
	Hops     int  // at most; 1 to MaxHops
	AnyOrder bool // payments need not follow each other in time
	Since    int64
	Until    int64         // times, inclusive; 0: no bound
	Asset    *ledger.Asset // nil: any, and a path may change from one to another
	Least    chain.Amount  // lowest value of a row, in base units of whatever it moves
	Hub      int           // rows in one direction above which an account is a hub; 0: none is
	Paths    int           // listed at most
	Rows     int           // payments of a hop that are listed at most
	Budget   Budget
	// Now is the clock of Budget.Time and is read for nothing else; nil: time has no bound.
	Now func() time.Time
}

// Budget bounds a search. Noughts are no bounds.
type Budget struct {
	Rows  uint64        // that are read from both ends, and as many again for what lies between
	Steps uint64        // hops that are tried while paths are listed and counted
	Time  time.Duration // by the clock of Question.Now
}

// Answer is what was found. Amounts are in base units, times in seconds since
// 1970-01-01 UTC.
type Answer struct {
	Snapshot   ledger.SnapshotID
	Confidence follow.Confidence // of every hop: follow.Fact
	Paths      []Path
	Found      uint64 // paths, those that are not listed included
	More       bool   // there may be more than Found: the budget ended before the count
	Hops       int    // paths of up to so many hops were looked for, all of them
	Work       Work
	Hubs       []Hub // reached from both ends first, then those with most rows
	MoreHubs   int   // that are not listed
	Stopped    Stop  // empty: it ended by itself
}

// Stop says why a search ended before its end: "rows", "steps" or "time".
type Stop string

// Work is what a search did.
type Work struct {
	Rows     uint64 // read, a row once for each time
	Forward  int    // hops that were followed from the start
	Backward int    // and back from the end
	Reached  [2]int // accounts from the start, and from the end
	Between  int    // accounts that are near enough to both to lie on a path
}

// Path is a row of hops: each pays who pays the next.
type Path struct {
	Hops        []Hop
	Least       []Least // by asset
	First, Last int64   // times of the first payment of the first hop, and the last of the last
	// Quickest is the seconds from first payment to last of the choice of payments that
	// takes the shortest time. Without an order there is none, and it is Last − First.
	Quickest int64
}

// Hop is all payments of a path between two neighbours.
type Hop struct {
	From, To    ledger.Address
	Count       int   // of payments
	First, Last int64 // times of the first and the last, in the order of the ledger
	Sums        []Sum // by asset
	Payments    []Payment
}

// Sum is what payments of an asset come to.
type Sum struct {
	Asset    ledger.Asset
	Count    int
	Received ledger.Sum
	Spent    ledger.Sum // as Payment.Spent
}

// Payment is a row from one account to another, or a transaction of outputs.
type Payment struct {
	Row   follow.RowID // of outputs, the first that pays To
	Asset ledger.Asset
	Value chain.Amount // what To received; of outputs all of them in the transaction
	// Spent is what From put into the transaction, of which Value need not be a part; on
	// chains of accounts it is Value.
	Spent chain.Amount
}

// Least is the hop of a path with the smallest amount of an asset: no more of it can
// have come all the way.
type Least struct {
	Asset ledger.Asset
	Hops  int // that carry the asset
	Hop   int // index of the first with the smallest amount
	Value ledger.Sum
}

// Hub is an account that was reached and not gone through.
type Hub struct {
	Address  ledger.Address
	Rows     ledger.Degree // that were left out
	FromHere int           // hops from the start; −1: not reached from there
	ToThere  int           // hops to the end; −1: not reached from there
}
