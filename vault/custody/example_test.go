package custody_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"time"

	"github.com/turtlebay/turtlebay/vault/custody"
	"golang.org/x/mod/sumdb/note"
)

// A leaf is logged, shown in part to somebody else, and checked there with nothing
// but the log's public key.
func Example() {
	dir, err := os.MkdirTemp("", "custody-example-")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	skey, vkey, _ := custody.NewKey(rand.Reader)
	signer, _ := note.NewSigner(skey)
	verifier, _ := note.NewVerifier(vkey)
	noon := func() time.Time { return time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC) }

	log, _, err := custody.Open(dir, custody.Options{Signer: signer, Verifier: verifier, Now: noon})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer log.Close()
	leaf, err := log.Append(context.Background(),
		custody.Event{Act: custody.Receive, Actor: "A. Expert", Object: "EV-000001", Reason: "submission of a Member State"})
	if err != nil {
		fmt.Println(err)
		return
	}
	opening, err := log.Prove(leaf, "act", "at", "object")
	if err != nil {
		fmt.Println(err)
		return
	}
	file, err := custody.FormatProof(custody.Proof{Opening: opening, Checkpoint: log.Checkpoint()})
	if err != nil {
		fmt.Println(err)
		return
	}

	// elsewhere
	proof, err := custody.ParseProof(file)
	if err != nil {
		fmt.Println(err)
		return
	}
	checkpoint, err := proof.Check(verifier)
	event, hidden := proof.Opening.Event()
	fmt.Println(event.Act, event.Object, event.At, err)
	fmt.Println("leaf", proof.Opening.Index, "of", checkpoint.Size)
	fmt.Println("not shown:", hidden)
	// Output:
	// receive EV-000001 2026-11-22T12:00:00Z <nil>
	// leaf 0 of 1
	// not shown: [actor digest parent tool detail reason previous]
}
