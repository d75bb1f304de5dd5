package main

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"testing"
)

// BenchmarkDemo is the whole way: facts, analyses, documents, bundle, verification.
func BenchmarkDemo(b *testing.B) {
	dir := b.TempDir()
	for n := 0; b.Loop(); n++ {
		if code := run(context.Background(), []string{"demo", "--no-pdf", "--desk", filepath.Join(dir, strconv.Itoa(n))}, io.Discard, io.Discard); code != 0 {
			b.Fatalf("demo: exit %d", code)
		}
	}
}

// BenchmarkVerify derives every figure of the demo's bundle again.
func BenchmarkVerify(b *testing.B) {
	desk := filepath.Join(b.TempDir(), "desk")
	if code := run(context.Background(), []string{"demo", "--no-pdf", "--desk", desk}, io.Discard, io.Discard); code != 0 {
		b.Fatalf("demo: exit %d", code)
	}
	for b.Loop() {
		if code := run(context.Background(), []string{"verify", filepath.Join(desk, "out", "report.tbz")}, io.Discard, io.Discard); code != 0 {
			b.Fatalf("verify: exit %d", code)
		}
	}
}

var (
	benchRows = flag.Int("rows", 20_000, "rows of the file that BenchmarkAdd adds")
	rowsFile  = flag.String("rows-file", "", "where TestRowsFile writes such a file, for a look at the program from outside")
)

// writeShipments writes shipments as CSV, some 120 bytes each, the same ones at
// every run: of a thousand rows one cannot be read, and five have the id of an
// earlier one with something else in it.
func writeShipments(path string, rows int) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	w := bufio.NewWriter(f)
	r := rand.New(rand.NewPCG(1, 2))
	goods := []struct{ hs, what string }{
		{"270112", "Bituminous coal, not agglomerated"},
		{"870324", "Motor cars over 3,000 cm3"},
		{"030743", "Squid, frozen"},
		{"620193", "Anoraks of man-made fibres"},
		{"854231", "Processors and controllers"},
		{"260111", "Iron ores, not agglomerated"},
	}
	ports := []string{"Nampo", "Chongjin", "Wonsan", "Dandong", "Dalian", "Rajin"}
	fmt.Fprintln(w, "id,date,direction,hs,description,net_kg,value_usd,origin,destination,loading_port")
	for i := range rows {
		g, id, date := goods[r.IntN(len(goods))], i, fmt.Sprintf("%d-%02d-%02d", 2017+r.IntN(7), 1+r.IntN(12), 1+r.IntN(28))
		switch {
		case i%1000 == 500:
			date = "2023-02-30"
		case i%200 == 150:
			id = i - 100
		}
		fmt.Fprintf(w, "SHP-%016x,%s,from_dprk,%s,\"%s, lot %d\",%d.%d,%d.%02d,KP,CN,%s\n", mixed(id), date, g.hs, g.what, i,
			r.IntN(500_000), r.IntN(10), r.IntN(10_000_000), r.IntN(100), ports[r.IntN(len(ports))])
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return f.Close()
}

// mixed gives ids no order, as those have none that are made from content.
func mixed(i int) uint64 {
	x := uint64(i) * 0x9e3779b97f4a7c15
	return x ^ x>>31
}

// TestRowsFile writes the file of BenchmarkAdd where -rows-file says.
func TestRowsFile(t *testing.T) {
	path := *rowsFile
	if path == "" {
		path = filepath.Join(t.TempDir(), "rows.csv")
	}
	if err := writeShipments(path, *benchRows); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Size() < 100*int64(*benchRows) || info.Size() > 140*int64(*benchRows) {
		t.Errorf("%v, %v", info, err)
	}
}

// BenchmarkAdd adds -rows rows to an empty desk.
func BenchmarkAdd(b *testing.B) {
	dir := b.TempDir()
	path := filepath.Join(dir, "rows.csv")
	if err := writeShipments(path, *benchRows); err != nil {
		b.Fatal(err)
	}
	for n := 0; b.Loop(); n++ {
		desk := filepath.Join(dir, strconv.Itoa(n))
		for _, args := range [][]string{{"init", desk}, {"add", path, "--as", "shipment", "--source", "Customs", "--desk", desk}} {
			if code := run(context.Background(), args, io.Discard, io.Discard); code != 0 {
				b.Fatalf("%v: exit %d", args, code)
			}
		}
		if err := os.RemoveAll(desk); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(*benchRows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}
