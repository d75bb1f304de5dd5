package bundle_test

import (
	"bytes"
	"fmt"
	"log"
	"strconv"
	"strings"

	"github.com/turtlebay/turtlebay/bundle"
	"github.com/turtlebay/turtlebay/derive"
	"golang.org/x/mod/sumdb/note"
)

// A desk sends a report of one figure; a reader who has its key derives the figure
// again.
func Example() {
	count := derive.Function{Name: "item.count", Version: 1, Reads: []string{"item"}, Run: func(c derive.Call) (derive.Result, error) {
		return derive.Result{Value: strconv.Itoa(c.Set("item").Len()), Unit: "items"}, nil
	}}
	registry, err := derive.NewRegistry(count)
	if err != nil {
		log.Fatal(err)
	}
	records := sets{"item": items("item", 620, 50)}
	figure, err := registry.Derive("item.count", nil, records)
	if err != nil {
		log.Fatal(err)
	}
	private, public, err := note.GenerateKey(strings.NewReader(strings.Repeat("not random", 10)), "the-desk")
	if err != nil {
		log.Fatal(err)
	}
	signer, err := note.NewSigner(private)
	if err != nil {
		log.Fatal(err)
	}
	var file bytes.Buffer
	err = bundle.Write(&file, bundle.Contents{
		About:       bundle.About{Title: "Items", Date: "2024-03-07"},
		Sets:        []*derive.Set{records["item"]},
		Derivations: []derive.Derivation{figure},
		Places: []bundle.Place{{Label: "1", Number: 1, Figures: []bundle.Printed{
			{Derivation: figure.ID, Text: figure.Result.Print("")},
		}}},
	}, signer, public)
	if err != nil {
		log.Fatal(err)
	}

	key, err := note.NewVerifier(public)
	if err != nil {
		log.Fatal(err)
	}
	v, err := bundle.Verify(bytes.NewReader(file.Bytes()), int64(file.Len()), registry, bundle.Trust{Signers: []note.Verifier{key}})
	fmt.Println(v.OK, v.Signature.Trusted, v.Derivations.Reproduced, "of", v.Derivations.Total, err)
	// Output: true true 1 of 1 <nil>
}
