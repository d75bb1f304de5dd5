package hs_test

import (
	"fmt"

	"github.com/turtlebay/turtlebay/hs"
)

func Example() {
	fmt.Println(hs.Covers("2701", "270112"), "/", hs.Covers("270112", "2701"))
	ed, _ := hs.EditionAt(2023)
	fmt.Println(ed, hs.Known("880310", ed), hs.Successors("880310", hs.HS2017, ed))
	text, in, _ := hs.Describe("8806")
	fmt.Printf("%s (%v, chapter: %s)\n", text, in, hs.ChapterName("8806"))
	for code := range hs.Children("2702", hs.HS2017) {
		fmt.Println(code)
	}
	// Output:
	// yes / too short
	// HS 2022 false [880710]
	// Unmanned aircraft (HS 2022, chapter: aircraft and spacecraft)
	// 270210
	// 270220
}
