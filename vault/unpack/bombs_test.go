package unpack

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/turtlebay/turtlebay/vault/internal/specimen"
)

// overlapping is a zip whose directory names the first member's bytes n times.
func overlapping(t *testing.T, n int) []byte {
	t.Helper()
	data := zipped(t, entry{"aaaa", strings.Repeat("\x00", 1<<20)})
	at := bytes.Index(data, []byte("PK\x01\x02"))
	end := bytes.LastIndex(data, []byte("PK\x05\x06"))
	head, record, tail := data[:at], data[at:end], bytes.Clone(data[end:])
	out := bytes.Clone(head)
	for i := range n {
		r := bytes.Clone(record)
		copy(r[46:], fmt.Sprintf("%04d", i))
		out = append(out, r...)
	}
	binary.LittleEndian.PutUint16(tail[8:], uint16(n))
	binary.LittleEndian.PutUint16(tail[10:], uint16(n))
	binary.LittleEndian.PutUint32(tail[12:], uint32(n*len(record)))
	return append(out, tail...)
}

func TestAZipThatClaimsTheSameBytesTwice(t *testing.T) {
	got, err := seen(t, overlapping(t, 300), Options{})
	if err != nil || len(got) != 300 || got[0] != "0 file 0000 = 1048576 bytes" {
		t.Fatal(len(got), err)
	}
	for i, l := range got[1:] {
		if want := fmt.Sprintf("%d file %04d: its content is also that of member 0", i+1, i+1); l != want {
			t.Fatalf("%q, want %q", l, want)
		}
	}
}

func TestBombs(t *testing.T) {
	zeros := strings.Repeat("\x00", 8<<20)
	bomb := zipped(t, entry{"good", "kept"}, entry{"bomb", zeros}, entry{"last", "kept too"})
	got, err := seen(t, bomb, Options{Floor: 1 << 20})
	want := []string{"0 file good = kept", "1 file bomb: it claims more than 400 times its packed size", "2 file last = kept too"}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("a bomb that says so: %v (-want +got):\n%s", err, diff)
	}
	// The same bomb claims to be as small as it is packed.
	at := bytes.LastIndex(bomb, []byte("bomb")) - 46
	small := bytes.Clone(bomb)
	copy(small[at+24:], small[at+20:at+24])
	got, err = seen(t, small, Options{Floor: 1 << 20})
	if err != nil || len(got) != 3 || !strings.Contains(got[1], "archive damaged") || got[2] != "2 file last = kept too" {
		t.Errorf("a bomb that lies: %q %v", got, err)
	}
	// Many small ones are counted together.
	var many []entry
	for i := range 40 {
		many = append(many, entry{fmt.Sprint(i), zeros[:512<<10]})
	}
	got, err = seen(t, zipped(t, many...), Options{Floor: 1 << 20})
	if err != nil || !strings.Contains(got[39], "bytes in all") || strings.Contains(got[1], "in all") {
		t.Errorf("many small ones: %v: %q", err, got[39])
	}
	gz := gzipped(t, "zeros", []byte(zeros))
	got, err = seen(t, gz, Options{Floor: 1 << 20})
	if err != nil || len(got) != 1 || !strings.HasSuffix(got[0], "archive over the limit: more than 400 times its packed size") {
		t.Errorf("gzip: %q %v", got, err)
	}
	got, err = seen(t, gz, Options{Bytes: 1 << 20})
	if err != nil || len(got) != 1 || !strings.Contains(got[0], "more than 1048576 bytes") {
		t.Errorf("gzip: %q %v", got, err)
	}
}

func TestTenGigabytesOfZeros(t *testing.T) {
	file, size := specimen.Zeros(10 << 30)
	before := time.Now()
	a, err := Open(file, size, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for m, err := range a.Members(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		r, err := m.Open()
		if err != nil {
			t.Fatal(err)
		}
		n, err := io.Copy(io.Discard, r)
		if !errors.Is(err, ErrLimit) || n > 100<<20 {
			t.Errorf("%d bytes, %v", n, err)
		}
	}
	if took := time.Since(before); took > 2*time.Second {
		t.Errorf("took %s", took)
	}
}

// sparse is a tar of one member that claims so many bytes and holds none, in the old
// form of GNU tar.
func sparse(claimed int64) []byte {
	h := make([]byte, 512)
	copy(h, "hole")
	copy(h[100:], "0000644\x000000000\x000000000\x0000000000000\x0000000000000\x00")
	h[156] = 'S'
	copy(h[257:], "ustar  \x00")
	copy(h[386:], fmt.Sprintf("%011o\x00%011o\x00", claimed, 0))
	copy(h[483:], fmt.Sprintf("%011o\x00", claimed))
	copy(h[148:], "        ")
	sum := 0
	for _, b := range h {
		sum += int(b)
	}
	copy(h[148:], fmt.Sprintf("%06o\x00 ", sum))
	return append(h, make([]byte, 1024)...)
}

func TestAHoleInATar(t *testing.T) {
	got, err := seen(t, sparse(3<<30), Options{})
	if err != nil || len(got) != 1 || !strings.Contains(got[0], "archive over the limit") {
		t.Errorf("%q %v", got, err)
	}
	got, err = seen(t, sparse(7<<30), Options{})
	if err != nil || len(got) != 1 || !strings.Contains(got[0], "it claims 7516192768 bytes") {
		t.Errorf("%q %v", got, err)
	}
}

// noise is data that does not pack.
func noise(n int) string {
	out := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{7}).Read(out) // always the same
	return string(out)
}

// TestAnHonestMemberPaysForNoOther reads a large member first and then a bomb.
func TestAnHonestMemberPaysForNoOther(t *testing.T) {
	big := noise(1 << 20)
	hole := tarred(t, tar.Header{Name: "big", Uname: big})
	hole = append(hole[:512+len(big)], sparse(200<<20)...)
	// A zip whose second member claims room that its content does not use.
	var packed, b bytes.Buffer
	deflater, _ := flate.NewWriter(&packed, flate.BestCompression)
	_, _ = deflater.Write(make([]byte, 8<<20))
	_ = deflater.Close()
	w := zip.NewWriter(&b)
	for _, h := range []struct {
		name, raw string
		size      uint64
	}{{"big", big, 1 << 20}, {"bomb", packed.String() + noise(100_000), 8 << 20}} {
		header := &zip.FileHeader{Name: h.name, UncompressedSize64: h.size, CompressedSize64: uint64(len(h.raw)), CRC32: crc32.ChecksumIEEE([]byte(h.raw))}
		if h.name == "bomb" {
			header.Method = zip.Deflate
		}
		raw, err := w.CreateRaw(header)
		if err == nil {
			_, err = io.WriteString(raw, h.raw)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{"tar": hole, "zip": b.Bytes()} {
		got, err := seen(t, data, Options{Floor: 2 << 20, Directory: 1})
		if err != nil || len(got) != 2 || got[0] != "0 file big = 1048576 bytes" || !strings.Contains(got[1], "more than 400 times its packed size") {
			t.Errorf("%s: %q %v", name, got, err)
		}
	}
}
