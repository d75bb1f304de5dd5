// Command shipments prints cases of shipments, one a line: as many as its argument
// says.
package main

import (
	"fmt"
	"os"
	"strconv"

	"github.com/turtlebay/turtlebay/internal/gen"
)

func main() {
	n, err := strconv.Atoi(append(os.Args, "")[1])
	if err != nil || n < 0 {
		fmt.Fprintln(os.Stderr, "usage: shipments NUMBER")
		os.Exit(2)
	}
	if err := gen.Write(os.Stdout, "", n, gen.Shipment); err != nil {
		fmt.Fprintln(os.Stderr, "shipments:", err)
		os.Exit(3)
	}
}
