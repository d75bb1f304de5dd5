package anchor_test

import (
	"context"
	"fmt"
	"strings"

	"github.com/turtlebay/turtlebay/vault/anchor"
)

func Example() {
	minutes := "Present: four members\nThe vessel was renamed on 3 May.\n"
	at, err := anchor.Parse("lines=2")
	if err != nil {
		fmt.Println(err)
		return
	}
	quote, err := anchor.Resolve(context.Background(), strings.NewReader(minutes), "text/plain", at)
	fmt.Println(at, quote.Text, quote.SHA256[:8], err)

	_, err = anchor.Resolve(context.Background(), strings.NewReader(minutes), "text/plain", anchor.Place{Kind: anchor.Lines, From: 3, To: 4})
	fmt.Println(err)
	// Output:
	// lines=2-2 The vessel was renamed on 3 May. 82150963 <nil>
	// anchor lines=3-4: nothing at that place: the item has 2 lines
}
