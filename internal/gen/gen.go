// Package gen makes inputs by the million for measuring, the same on every
// machine: line n is a function of n. Nothing in them is about anybody.
//
//	go run ./internal/gen/shipments 1000000 > shipments.jsonl   # cases for “turtlebay check”
//	go run ./internal/gen/customs 1000000 > customs.csv         # trade statistics
package gen

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
)

// goods is a code as customs write it, with words for it.
type goods struct{ hs, what string }

// Goods that no measure on the Democratic People's Republic of Korea names.
var free = map[string][]goods{
	"from_dprk": {
		{"090240", "black tea, fermented"},
		{"040900", "natural honey"},
		{"210690", "ginseng extract, food preparations"},
		{"300490", "herbal medicaments, packed for retail"},
		{"330499", "cosmetics"},
		{"490199", "printed books"},
		{"950300", "toys and dolls"},
		{"220300", "beer made from malt"},
		{"340111", "toilet soap, in bars"},
		{"681099", "articles of artificial stone"},
		{"482010", "notebooks and registers"},
		{"670420", "hair-pieces"},
	},
	"to_dprk": {
		{"100630", "rice, semi-milled, in bags of 50 kg"},
		{"100199", "wheat, in bulk"},
		{"150710", "soya-bean oil, crude"},
		{"300490", "medicaments, packed for retail"},
		{"040210", "milk powder"},
		{"210690", "food preparations, fortified"},
		{"310210", "urea, fertilizer"},
		{"490199", "printed books"},
		{"480256", "paper, uncoated, in sheets"},
		{"170199", "cane sugar, refined"},
		{"120190", "soya beans"},
		{"300220", "vaccines for human use"},
	},
}

// Goods that measures name, with a day after which they do.
var named = map[string][]goods{
	"from_dprk": {{"270112", "anthracite, bulk"}, {"720110", "pig iron"}, {"030743", "squid, frozen"}, {"620193", "anoraks, of man-made fibres"}, {"260111", "iron ore"}},
	"to_dprk":   {{"870323", "passenger cars"}, {"845811", "lathes"}, {"720838", "steel, hot-rolled, in coils"}, {"910119", "wrist watches with a case of gold"}},
}

var ports = []string{"Port of Alpha", "Port of Beta", "Port of Gamma", "Port of Delta"}

var partners = []string{"XA", "XB", "XC", "XD", "XE", "XF", "XG"}

// source gives numbers that look drawn by lot and follow from n alone
// (SplitMix64, Steele, Lea and Flood 2014).
type source uint64

func (s *source) next(below int) int {
	*s += 0x9e3779b97f4a7c15
	z := uint64(*s)
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return int((z ^ z>>31) >> 11 % uint64(below))
}

// Shipment appends the n-th case and a line end. One case in ten, by lot, is of
// goods that a measure names, on a day on which it is in force.
func Shipment(b []byte, n int) []byte {
	s := source(n)
	direction, year := "from_dprk", 2012+s.next(13)
	if s.next(2) == 0 {
		direction = "to_dprk"
	}
	of := free
	if s.next(10) == 0 {
		of, year = named, 2018+s.next(7)
	}
	g := of[direction][s.next(len(of[direction]))]
	from, to := "KP", partners[s.next(len(partners))]
	if direction == "to_dprk" {
		from, to = to, from
	}
	kg := 500 + s.next(90_000_000)
	b = fmt.Appendf(b, `{"id":"SHP-%08d","as_of":"2026-01-01","observation":{"type":"shipment","date":"%04d-%02d-%02d","direction":"%s","hs":"%s","description":"%s, lot %d",`,
		n, year, 1+s.next(12), 1+s.next(28), direction, g.hs, g.what, n%100_000)
	b = fmt.Appendf(b, `"net_kg":%d,"value_usd":%d.%02d,"origin":"%s","destination":"%s"`, kg, kg/3, kg%100, from, to)
	if s.next(3) > 0 {
		b = fmt.Appendf(b, `,"loading_port":"%s"`, ports[s.next(len(ports))])
	}
	if s.next(2) == 0 {
		b = append(b, `,"committee_approval":false,"designated_party":false`...)
	}
	return append(b, "}}\n"...)
}

// CustomsHeader is the first line of a file of customs rows.
const CustomsHeader = "period,reporter,partner,flow,hs,value_usd\n"

var reporters = []string{"CHN", "RUS", "IND", "BFA", "NLD", "BRA", "PAK", "THA", "MOZ", "DEU", "JPN", "KEN"}

// CustomsRow appends the n-th row of customs statistics and a line end: two rows in
// three are of trade with the Republic of Korea, the others with the Democratic
// People's Republic.
func CustomsRow(b []byte, n int) []byte {
	s := source(n)
	partner := "KOR"
	if s.next(3) == 0 {
		partner = "PRK"
	}
	flow := "import"
	if s.next(2) == 0 {
		flow = "export"
	}
	b = strconv.AppendInt(b, int64(2000+s.next(24)), 10)
	b = fmt.Appendf(b, "-%02d,%s,%s,%s,%02d%02d,%d.%02d\n", 1+s.next(12), reporters[s.next(len(reporters))], partner, flow,
		1+s.next(76), 1+s.next(9), s.next(5_000_000), s.next(100))
	return b
}

// Write writes n lines behind a header.
func Write(w io.Writer, header string, n int, line func([]byte, int) []byte) error {
	out := bufio.NewWriterSize(w, 1<<16)
	if _, err := out.WriteString(header); err != nil {
		return err
	}
	var b []byte
	for i := range n {
		b = line(b[:0], i)
		if _, err := out.Write(b); err != nil {
			return err
		}
	}
	return out.Flush()
}
