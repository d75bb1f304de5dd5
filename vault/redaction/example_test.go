package redaction_test

import (
	"bytes"
	"context"
	"fmt"
	"os"

	"github.com/turtlebay/turtlebay/vault/anchor"
	"github.com/turtlebay/turtlebay/vault/redaction"
)

func ExampleRedact() {
	text := []byte("Told by Ms Kowalczyk on 3 May.\nThe vessel was renamed.\n")
	name, err := anchor.Parse("bytes=8-19")
	if err != nil {
		fmt.Println(err)
		return
	}
	result, err := redaction.Redact(context.Background(), os.Stdout, bytes.NewReader(text), int64(len(text)),
		redaction.Request{Places: []anchor.Place{name}, Word: "[a witness]"})
	fmt.Println(result.Tool, string(result.Params), err)
	// Output:
	// Told by [a witness] on 3 May.
	// The vessel was renamed.
	// redact-text@1 {"places":["bytes=8-19"],"word":"[a witness]"} <nil>
}
