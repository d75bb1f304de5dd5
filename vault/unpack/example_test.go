package unpack_test

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"io"

	"github.com/turtlebay/turtlebay/vault/unpack"
)

func Example() {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, name := range []string{"letter.txt", "../../etc/passwd"} {
		f, err := w.Create(name)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Fprint(f, "To the Coordinator")
	}
	w.Close()

	a, err := unpack.Open(bytes.NewReader(b.Bytes()), int64(b.Len()), unpack.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for m, err := range a.Members(context.Background()) {
		if err != nil {
			fmt.Println(err)
			return
		}
		content, err := m.Open()
		if err != nil {
			fmt.Println(err)
			continue
		}
		text, err := io.ReadAll(content)
		fmt.Println(m.Name, string(text), err)
	}
	// Output:
	// letter.txt To the Coordinator <nil>
	// open member ../../etc/passwd: member refused: its name leads out of the folder
}
