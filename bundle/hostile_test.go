package bundle_test

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/turtlebay/turtlebay/bundle"
	"github.com/turtlebay/turtlebay/derive"
)

// raw is a member as a hostile writer makes it.
type raw struct {
	header zip.FileHeader
	bytes  []byte // as they stand in the zip
}

// plain is a member stored without tricks.
func plain(name, content string) raw {
	return raw{zip.FileHeader{
		Name: name, Method: zip.Store, CRC32: crc32.ChecksumIEEE([]byte(content)),
		CompressedSize64: uint64(len(content)), UncompressedSize64: uint64(len(content)),
	}, []byte(content)}
}

func (r raw) change(f func(*zip.FileHeader)) raw {
	f(&r.header)
	return r
}

// deflated compresses n bytes of what the reader gives.
func deflated(t testing.TB, name string, from io.Reader, n int64) raw {
	t.Helper()
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, flate.DefaultCompression)
	if err != nil {
		t.Fatal(err)
	}
	sum := crc32.NewIEEE()
	if _, err := io.CopyN(io.MultiWriter(w, sum), from, n); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return raw{zip.FileHeader{
		Name: name, Method: zip.Deflate, CRC32: sum.Sum32(),
		CompressedSize64: uint64(b.Len()), UncompressedSize64: uint64(n),
	}, b.Bytes()}
}

// repeated reads the same text for ever.
type repeated string

func (r repeated) Read(b []byte) (int, error) {
	n := 0
	for n < len(b) {
		n += copy(b[n:], r[n%len(r):])
	}
	return n, nil
}

// archive zips the members of a good bundle with others beside them or in place
// of them.
func archive(t testing.TB, m members, more ...raw) []byte {
	t.Helper()
	replaced := map[string]bool{}
	for _, r := range more {
		replaced[r.header.Name] = true
	}
	var all []raw
	for name, content := range m {
		if !replaced[name] {
			all = append(all, plain(name, content))
		}
	}
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, r := range append(all, more...) {
		w, err := z.CreateRaw(&r.header)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(r.bytes); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestHostileZips(t *testing.T) {
	b, reg, _ := good(t)
	m := unzip(t, b)
	html := "report/report.html"
	for name, tc := range map[string]struct {
		zip  []byte
		want error
	}{
		"a bomb":                     {archive(t, m, deflated(t, "records/item.jsonl", repeated("\x00"), 8<<20)), bundle.ErrHostile},
		"a bomb in the manifest":     {archive(t, m, deflated(t, "manifest.json", repeated(" "), 8<<20)), bundle.ErrHostile},
		"a bomb that nobody names":   {archive(t, m, deflated(t, "x", repeated("\x00"), 8<<20)), bundle.ErrHostile},
		"a huge declared size":       {archive(t, m, plain(html, "x").change(func(h *zip.FileHeader) { h.UncompressedSize64 = 1 << 62 })), bundle.ErrHostile},
		"sizes that overflow":        {archive(t, m, huge("report/a"), huge("report/b"), huge("report/c")), bundle.ErrHostile},
		"a compressed size too long": {archive(t, m, plain(html, "x").change(func(h *zip.FileHeader) { h.CompressedSize64 = 1 << 40 })), bundle.ErrHostile},
		"a huge manifest":            {archive(t, m, plain("manifest.json", strings.Repeat(" ", 3<<20))), bundle.ErrHostile},
		"a huge signature":           {archive(t, m, plain("signature.note", strings.Repeat(" ", 1<<20))), bundle.ErrHostile},
		"parent folder":              {archive(t, m, plain("../x", "")), bundle.ErrHostile},
		"parent folder within":       {archive(t, m, plain("report/../../x", "")), bundle.ErrHostile},
		"absolute name":              {archive(t, m, plain("/etc/passwd", "")), bundle.ErrHostile},
		"backslash":                  {archive(t, m, plain(`report\..\x`, "")), bundle.ErrHostile},
		"drive":                      {archive(t, m, plain("C:x", "")), bundle.ErrHostile},
		"empty name":                 {archive(t, m, plain("", "")), bundle.ErrHostile},
		"name with NUL":              {archive(t, m, plain("report/x\x00.html", "")), bundle.ErrHostile},
		"name not UTF-8":             {archive(t, m, plain("report/\xff", "")), bundle.ErrHostile},
		"name with escapes":          {archive(t, m, plain("\x1b[2Jx", "")), bundle.ErrHostile},
		"hidden name":                {archive(t, m, plain(".bashrc", "")), bundle.ErrHostile},
		"double slash":               {archive(t, m, plain("report//x", "")), bundle.ErrHostile},
		"a folder with content":      {bytes.ReplaceAll(archive(t, m, plain("folder!", "x")), []byte("folder!"), []byte("folder/")), bundle.ErrHostile},
		"a name twice":               {archive(t, m, plain(html, "a"), plain(html, "b")), bundle.ErrHostile},
		"a name in two cases":        {archive(t, m, plain("Report/report.html", "a")), bundle.ErrHostile},
		"a symbolic link":            {archive(t, m, withMode("report/link", fs.ModeSymlink|0o777)), bundle.ErrHostile},
		"a device":                   {archive(t, m, withMode("report/device", fs.ModeDevice|0o666)), bundle.ErrHostile},
		"encrypted":                  {archive(t, m, plain(html, m[html]).change(func(h *zip.FileHeader) { h.Flags |= 1 })), bundle.ErrHostile},
		"20,000 members":             {archive(t, m, many(20_000, "report/x")...), bundle.ErrHostile},
		"a long table of contents":   {archive(t, m, many(400, strings.Repeat("x", 60_000))...), bundle.ErrHostile},
		"members that overlap":       {overlap(t, archive(t, m)), bundle.ErrHostile},
		"no zip":                     {[]byte("PK, but not really"), bundle.ErrNotBundle},
		"nothing":                    {nil, bundle.ErrNotBundle},
		"another zip":                {members{"hello.txt": "hello"}.zip(t), bundle.ErrNotBundle},
		"an empty zip":               {members{}.zip(t), bundle.ErrNotBundle},
	} {
		t.Run(name, func(t *testing.T) {
			begin := time.Now()
			v, allocated, err := measured(tc.zip, reg)
			if !errors.Is(err, tc.want) || v.OK {
				t.Errorf("error %v, want %v", err, tc.want)
			}
			if allocated > 32<<20 || time.Since(begin) > 10*time.Second {
				t.Errorf("took %d MB and %v", allocated>>20, time.Since(begin))
			}
		})
	}
}

func huge(name string) raw {
	return plain(name, "x").change(func(h *zip.FileHeader) { h.UncompressedSize64 = 1<<64 - 1 })
}

func withMode(name string, mode fs.FileMode) raw {
	return plain(name, "target").change(func(h *zip.FileHeader) { h.SetMode(mode) })
}

func many(n int, name string) []raw {
	var out []raw
	for i := range n {
		out = append(out, plain(fmt.Sprintf("%s%d", name, i), ""))
	}
	return out
}

// overlap makes the second entry of the table of contents point to the first
// member.
func overlap(t *testing.T, b []byte) []byte {
	t.Helper()
	const offset = 42 // of the local header, in an entry
	entry := []byte("PK\x01\x02")
	first := bytes.Index(b, entry)
	second := first + 4 + bytes.Index(b[first+4:], entry)
	copy(b[second+offset:second+offset+4], b[first+offset:])
	return b
}

// measured verifies and counts the bytes allocated on the way.
func measured(b []byte, reg *derive.Registry) (v bundle.Verification, allocated uint64, err error) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	v, err = bundle.Verify(bytes.NewReader(b), int64(len(b)), reg, bundle.Trust{})
	runtime.ReadMemStats(&after)
	return v, after.TotalAlloc - before.TotalAlloc, err
}

// Faults of one member are named, not refused.
func TestFaultyMembers(t *testing.T) {
	b, reg, _ := good(t)
	m := unzip(t, b)
	html := "report/report.html"
	for name, member := range map[string]raw{
		"an unknown method":     plain(html, m[html]).change(func(h *zip.FileHeader) { h.Method = 12 }),
		"deflate that is none":  plain(html, m[html]).change(func(h *zip.FileHeader) { h.Method = zip.Deflate }),
		"a wrong checksum":      plain(html, m[html]).change(func(h *zip.FileHeader) { h.CRC32++ }),
		"longer than it says":   deflated(t, html, strings.NewReader(m[html]), int64(len(m[html]))).change(func(h *zip.FileHeader) { h.UncompressedSize64-- }),
		"shorter than it says":  deflated(t, html, strings.NewReader(m[html]), int64(len(m[html]))).change(func(h *zip.FileHeader) { h.UncompressedSize64++ }),
		"other content":         plain(html, "x"),
		"a page full of tags":   deflated(t, html, repeated("<a class=fig>x<b>"), 1<<20),
		"a page of one tag":     deflated(t, html, io.MultiReader(strings.NewReader("<a "), random(1<<20)), 1<<20),
		"a page of one comment": deflated(t, html, io.MultiReader(strings.NewReader("<!--"), random(1<<20)), 1<<20),
	} {
		t.Run(name, func(t *testing.T) {
			v := verify(t, archive(t, m, member), reg)
			if bad := badNames(v); v.OK || len(bad) != 1 || bad[0] != html {
				t.Errorf("ok %v, bad %v", v.OK, v.Bytes.Bad)
			}
		})
	}
	damaged := archive(t, m)
	damaged[0] ^= 1 // of the first local header
	if v := verify(t, damaged, reg); v.OK || len(v.Bytes.Bad) != 1 {
		t.Errorf("a damaged local header: ok %v, bad %v", v.OK, v.Bytes.Bad)
	}
}

// random reads letters that do not repeat.
func random(n int64) io.Reader {
	return io.LimitReader(letters{rand.New(rand.NewPCG(1, 2))}, n)
}

type letters struct{ r *rand.Rand }

func (l letters) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = "abcdefghijklmnop"[l.r.IntN(16)]
	}
	return len(b), nil
}

func TestTruncatedZip(t *testing.T) {
	b, reg, _ := good(t)
	for n := range len(b) {
		if _, err := bundle.Verify(bytes.NewReader(b[:n]), int64(n), reg, bundle.Trust{}); !errors.Is(err, bundle.ErrNotBundle) {
			t.Fatalf("%d of %d bytes: error %v, want %v", n, len(b), err, bundle.ErrNotBundle)
		}
	}
	if _, err := bundle.Verify(failing{}, 1000, reg, bundle.Trust{}); err == nil {
		t.Error("a file that cannot be read passes")
	}
}

type failing struct{}

func (failing) ReadAt([]byte, int64) (int, error) { return 0, errors.New("input/output error") }

// Entries of the end of a zip64 that contradict the file.
func TestZip64Oddities(t *testing.T) {
	b, reg, _ := good(t)
	end := len(b) - 22
	for name, f := range map[string]func(b []byte) []byte{
		"counts that only zip64 has": func(b []byte) []byte {
			copy(b[end+8:], []byte{0xff, 0xff, 0xff, 0xff})
			return b
		},
		"an offset that only zip64 has": func(b []byte) []byte {
			copy(b[end+16:], []byte{0xff, 0xff, 0xff, 0xff})
			return b
		},
		"a locator that leads nowhere": func(b []byte) []byte {
			locator := binary.LittleEndian.AppendUint64([]byte("PK\x06\x07\x00\x00\x00\x00"), 1<<63)
			locator = append(locator, 1, 0, 0, 0)
			out := append(append(bytes.Clone(b[:end]), locator...), b[end:]...)
			copy(out[len(out)-22+8:], []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff})
			return out
		},
	} {
		t.Run(name, func(t *testing.T) {
			raw := f(bytes.Clone(b))
			v, err := bundle.Verify(bytes.NewReader(raw), int64(len(raw)), reg, bundle.Trust{})
			refused := errors.Is(err, bundle.ErrNotBundle) || errors.Is(err, bundle.ErrHostile)
			named := err == nil && !v.OK && len(v.Bytes.Bad) > 0
			found := err == nil && v.OK // the table of contents is where it was, and all of it fits
			if !refused && !named && !found {
				t.Errorf("error %v, %+v", err, v)
			}
		})
	}
}

// Members that are not read for what they say are only passed through, and those
// that are read cost what they are long.
func TestMemoryIsBounded(t *testing.T) {
	b, reg, _ := good(t)
	m := unzip(t, b)
	big := repeated(strings.Repeat("a", 100) + letter(24) + letter(24))
	for name, tc := range map[string]struct {
		member raw
		most   uint64 // bytes allocated
	}{
		"a long report":          {deflated(t, "report/report.xlsx", big, 64<<20), 4 << 20},
		"a member nobody names":  {deflated(t, "extra", big, 64<<20), 4 << 20},
		"derivations of nothing": {deflated(t, "derivations.jsonl", repeated("{}\n{\"id\":\""+letter(24)+"\"}\n"), 16<<20), 256 << 20},
		"paragraphs of nothing":  {plain("paragraphs.json", "["+strings.Repeat("{},", 600_000)+"{}]"), 256 << 20},
		"an index of nothing":    {plain("records/inputs.json", `{"item":[`+strings.Repeat("0,", 4<<20)), 64 << 20},
		"records without end":    {deflated(t, "records/item.jsonl", repeated("\n"+letter(24)+"\n"), 32<<20), 256 << 20},
		"a manifest of nothing":  {plain("manifest.json", `{"format":"turtlebay-bundle","members":[`+strings.Repeat("{},", 600_000)+`{}],"version":1}`), 256 << 20},
		"a page of marks":        {deflated(t, "report/report.html", repeated(`<a class=fig>`+letter(24)[:3]+`</a>`), 16<<20), 256 << 20},
	} {
		t.Run(name, func(t *testing.T) {
			zipped := archive(t, m, tc.member)
			begin := time.Now()
			v, allocated, err := measured(zipped, reg)
			if v.OK || err != nil && !errors.Is(err, bundle.ErrHostile) {
				t.Errorf("ok %v, %v", v.OK, err)
			}
			if allocated > tc.most || time.Since(begin) > 10*time.Second {
				t.Errorf("a zip of %d KB took %d MB and %v", len(zipped)>>10, allocated>>20, time.Since(begin))
			}
			t.Logf("%d KB zip, %d MB, %v, %v", len(zipped)>>10, allocated>>20, time.Since(begin), err)
		})
	}
}

// letter is text that does not repeat.
func letter(n int64) string {
	b, _ := io.ReadAll(random(n))
	return string(b)
}
