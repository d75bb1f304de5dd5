package vault_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/turtlebay/turtlebay/marking"
	"github.com/turtlebay/turtlebay/vault"
	"github.com/turtlebay/turtlebay/vault/custody"
	"github.com/turtlebay/turtlebay/vault/key"
)

func Example() {
	dir, _ := os.MkdirTemp("", "example-*")
	defer os.RemoveAll(dir)
	skey, vkey, _ := custody.NewKey(rand.Reader)
	signer, _ := note.NewSigner(skey)
	verifier, _ := note.NewVerifier(vkey)
	stick := filepath.Join(dir, "stick", "vault.key")
	_ = key.MakeFile(stick)

	ctx := context.Background()
	v, _, err := vault.Open(ctx, filepath.Join(dir, "vault"), vault.Options{
		Actor: "A. Expert", Signer: signer, Verifier: verifier, Key: key.File(stick), Now: time.Now,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer v.Close()
	amber, _ := marking.Parse("amber")
	item, _, _ := v.Add(ctx, strings.NewReader("Bill of lading no. 7"), vault.New{
		Title: "bill.txt", Source: "Port authority of Utopia", Marking: amber,
	})
	fmt.Println(item.ID, item.MediaType, item.Marking, "encrypted:", item.Encrypted)

	_, err = v.Get(item.ID, marking.Reader{Name: "the public"})
	fmt.Println(err)
	cleared := marking.Reader{Name: "Ruritania", TLP: "amber"}
	content, _ := v.Open(ctx, item.ID, cleared, "drafting of part III")
	b, _ := io.ReadAll(content)
	_ = content.Close()
	fmt.Printf("%s\n", b)

	report, _ := v.Check(ctx, nil)
	fmt.Println(report.OK(), report.Items, "item,", report.Leaves, "leaves")
	// Output:
	// EV-000001 text/plain; charset=utf-8 tlp:amber encrypted: true
	// evidence "EV-000001": no such item
	// Bill of lading no. 7
	// true 1 item, 2 leaves
}
