// Command customs prints a CSV file of customs statistics with as many rows as its argument
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
		fmt.Fprintln(os.Stderr, "usage: customs NUMBER")
		os.Exit(2)
	}
	if err := gen.Write(os.Stdout, gen.CustomsHeader, n, gen.CustomsRow); err != nil {
		fmt.Fprintln(os.Stderr, "customs:", err)
		os.Exit(3)
	}
}
