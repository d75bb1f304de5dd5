package unpack

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
)

func TestHostileNames(t *testing.T) {
	for name, want := range map[string]string{
		"../../etc/passwd":              "its name leads out of the folder",
		"a/../../b":                     "its name leads out of the folder",
		`a\..\b`:                        "its name leads out of the folder",
		"..":                            "its name leads out of the folder",
		".. /b":                         "its name leads out of the folder",
		"/etc/cron.d/x":                 "its name is absolute",
		`\\server\share`:                "its name is absolute",
		`C:\windows\x.dll`:              "its name is absolute",
		"report\u202efdp.exe":           "a character in its name turns the reading direction",
		"report\u2066x":                 "a character in its name turns the reading direction",
		"a\u061cb":                      "a character in its name turns the reading direction",
		"\x1b]0;owned\x07.txt":          "a control character in its name",
		"line\nbreak":                   "a control character in its name",
		"c1\u0085":                      "a control character in its name",
		strings.Repeat("n", 1025):       "its name is longer than 1,024 bytes",
		"a/..b/c..d/...":                "",
		"공문서/편지.txt":                    "",
		strings.Repeat("n", 1024):       "",
		"zero\u200bwidth and\u00a0more": "",
	} {
		for kind, data := range map[string][]byte{
			"zip": zipped(t, entry{"good", "kept"}, entry{name, "evil"}, entry{"last", "kept too"}),
			"tar": tarred(t, tar.Header{Name: "good", Uname: "kept"}, tar.Header{Name: name, Uname: "evil"}, tar.Header{Name: "last", Uname: "kept too"}),
		} {
			got, err := seen(t, data, Options{})
			if err != nil || len(got) != 3 || got[0] != "0 file good = kept" || got[2] != "2 file last = kept too" {
				t.Fatalf("%s of %q: %q %v", kind, name, got, err)
			}
			end := " = evil"
			if want != "" {
				end = ": " + want
			}
			if !strings.HasSuffix(got[1], end) || strings.ContainsFunc(got[1], func(r rune) bool { return !unicode.IsGraphic(r) }) {
				t.Errorf("%s of %q: %q, want %q", kind, name, got[1], want)
			}
			if all, err := seen(t, data, Options{AnyName: true}); err != nil || !strings.HasSuffix(all[1], " = evil") || strings.ContainsAny(all[1], "\x1b\n\u202e") {
				t.Errorf("%s of %q with any name: %q %v", kind, name, all, err)
			}
		}
	}
}

func TestLinksAndDevicesAreNamedAndNotOpened(t *testing.T) {
	got, err := seen(t, tarred(t,
		tar.Header{Name: "sym", Typeflag: tar.TypeSymlink, Linkname: "/etc/shadow"},
		tar.Header{Name: "hard", Typeflag: tar.TypeLink, Linkname: "../\x1b[2J"},
		tar.Header{Name: "disk", Typeflag: tar.TypeBlock},
		tar.Header{Name: "tty", Typeflag: tar.TypeChar},
		tar.Header{Name: "pipe", Typeflag: tar.TypeFifo},
		tar.Header{Name: "good", Uname: "kept"},
	), Options{AnyName: true})
	want := []string{
		"0 link sym -> /etc/shadow: a link is not opened", `1 link hard -> ../\x1b[2J: a link is not opened`,
		"2 device disk: a device is not opened", "3 device tty: a device is not opened", "4 device pipe: a device is not opened", "5 file good = kept",
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

// odd is a zip whose members say of themselves what a writer would not.
func odd(t *testing.T, set ...func(*zip.FileHeader)) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i, f := range set {
		h := &zip.FileHeader{Name: fmt.Sprintf("m%d", i), Method: zip.Store, UncompressedSize64: 4, CompressedSize64: 4, CRC32: crc32.ChecksumIEEE([]byte("hell"))}
		f(h)
		raw, err := w.CreateRaw(h)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(raw, "hell"); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return bytes.ReplaceAll(b.Bytes(), []byte("folder|"), []byte("folder/"))
}

func TestOddMembersOfAZip(t *testing.T) {
	got, err := seen(t, odd(t,
		func(h *zip.FileHeader) { h.Flags |= 1 },
		func(h *zip.FileHeader) { h.Method = 12 },
		func(h *zip.FileHeader) { h.SetMode(0o777 | 1<<27) },
		func(h *zip.FileHeader) { h.SetMode(0o666 | 1<<26) },
		func(h *zip.FileHeader) { h.UncompressedSize64 = 1 << 30 },
		func(h *zip.FileHeader) { h.Name = "folder|" },
		func(h *zip.FileHeader) { h.Method = zip.Deflate },
		func(h *zip.FileHeader) { h.CompressedSize64 = 60 },
		func(h *zip.FileHeader) {},
		func(h *zip.FileHeader) { h.UncompressedSize64 = 1 << 40; h.CompressedSize64 = 1 << 39 },
	), Options{})
	want := []string{
		"0 file m0: it is encrypted", "1 file m1: it is packed by method 12, which is not read",
		"2 link m2: a link is not opened", "3 device m3: a device is not opened",
		"4 file m4: it claims more than 400 times its packed size", "5 folder folder/: a folder that claims to have content",
		"6 file m6: 0 bytes, then archive damaged: unexpected EOF",
		"7 file m7: its content reaches into that of member 8", "8 file m8 = hell",
		"9 file m9: it claims 1099511627776 bytes, at most 4294967296 are unpacked",
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

func TestTooManyMembers(t *testing.T) {
	var entries []entry
	var headers []tar.Header
	for i := range 21 {
		entries = append(entries, entry{fmt.Sprint(i), ""})
		headers = append(headers, tar.Header{Name: fmt.Sprint(i)})
	}
	for name, data := range map[string][]byte{"zip": zipped(t, entries...), "tar": tarred(t, headers...)} {
		got, err := seen(t, data, Options{Members: 20})
		if len(got) != 20 || !errors.Is(err, ErrLimit) {
			t.Errorf("%s: %d members, %v", name, len(got), err)
		}
		if got, err := seen(t, data, Options{Members: 21}); len(got) != 21 || err != nil {
			t.Errorf("%s: %d members, %v", name, len(got), err)
		}
	}
	long := zipped(t, func() (out []entry) {
		for i := range 40 {
			out = append(out, entry{fmt.Sprint(i) + strings.Repeat("n", 60_000), ""})
		}
		return out
	}()...)
	if got, err := seen(t, long, Options{Directory: 1 << 20}); len(got) != 0 || !errors.Is(err, ErrLimit) {
		t.Errorf("a long list: %d members, %v", len(got), err)
	}
}

func TestFiftyArchivesDeep(t *testing.T) {
	data := []byte("the bottom")
	for i := range 50 {
		switch i % 3 {
		case 0:
			data = zipped(t, entry{"inner", string(data)})
		case 1:
			data = tarred(t, tar.Header{Name: "inner", Uname: string(data)})
		default:
			data = gzipped(t, "inner", data)
		}
	}
	// Each step is the caller's: one archive gives one member, however deep.
	depth := 0
	for {
		a, err := Open(bytes.NewReader(data), int64(len(data)), Options{})
		if errors.Is(err, ErrFormat) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		depth++
		members := 0
		for m, err := range a.Members(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			members++
			r, err := m.Open()
			if err != nil {
				t.Fatal(err)
			}
			if data, err = io.ReadAll(r); err != nil {
				t.Fatal(err)
			}
		}
		if members != 1 {
			t.Fatalf("%d members at depth %d", members, depth)
		}
	}
	if depth != 50 || string(data) != "the bottom" {
		t.Errorf("depth %d: %q", depth, data)
	}
}

func TestDamage(t *testing.T) {
	text := strings.Repeat("some text that packs. ", 500)
	z := zipped(t, entry{"a", text}, entry{"b", text})
	tr := tarred(t, tar.Header{Name: "a", Uname: text}, tar.Header{Name: "b", Uname: text})
	flipped := bytes.Clone(z)
	flipped[45] ^= 0x40 // in the content of the first
	for name, c := range map[string]struct {
		data []byte
		good int
	}{
		"zip without its list":   {z[:len(z)-60], 0},
		"tar cut in a member":    {tr[:len(text)+2000], 1},
		"tar cut in a header":    {tr[:512+len(text)+300], 1},
		"gzip cut":               {gzipped(t, "a", []byte(text))[:60], 0},
		"gzip cut in its header": {gzipped(t, "aaaaaaaaaaaaaaaa", nil)[:14], 0},
		"zip with a flipped bit": {flipped, 1},
	} {
		got, err := seen(t, c.data, Options{})
		good := 0
		for _, l := range got {
			if strings.HasSuffix(l, fmt.Sprintf(" = %d bytes", len(text))) {
				good++
			}
		}
		if good != c.good || !errors.Is(err, ErrBroken) && !strings.Contains(strings.Join(got, "\n"), ErrBroken.Error()) {
			t.Errorf("%s: %d good: %q %v", name, good, got, err)
		}
	}
}

func FuzzMembers(f *testing.F) {
	f.Add(zipped(f, entry{"a", "b"}, entry{"../c", "d"}))
	f.Add(tarred(f, tar.Header{Name: "a", Uname: "first"}, tar.Header{Name: "l", Typeflag: tar.TypeSymlink, Linkname: "x"}))
	f.Add(gzipped(f, "n", []byte("text")))
	f.Add(sparse(1 << 20))
	f.Fuzz(func(t *testing.T, data []byte) {
		a, err := Open(bytes.NewReader(data), int64(len(data)), Options{Members: 20, Bytes: 1 << 16, Total: 1 << 18, Ratio: 100, Floor: 1 << 12})
		if err != nil {
			if !errors.Is(err, ErrFormat) {
				t.Fatal(err)
			}
			return
		}
		total, members := int64(0), 0
		for m, err := range a.Members(t.Context()) {
			if err != nil {
				if !errors.Is(err, ErrLimit) && !errors.Is(err, ErrBroken) {
					t.Fatal(err)
				}
				break
			}
			if members++; members > 20 || strings.ContainsFunc(m.Name+m.Target, func(r rune) bool { return !unicode.IsGraphic(r) }) {
				t.Fatalf("member %d: %q", members, m.Name)
			}
			r, err := m.Open()
			if err != nil {
				continue
			}
			n, err := io.Copy(io.Discard, r)
			if total += n; n > 1<<16 || total > 1<<18 || err != nil && !errors.Is(err, ErrLimit) && !errors.Is(err, ErrBroken) {
				t.Fatalf("%d bytes, %d in all, %v", n, total, err)
			}
		}
	})
}
