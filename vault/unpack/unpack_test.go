package unpack

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// entry is a member to be put into an archive.
type entry struct{ name, content string }

func zipped(t testing.TB, entries ...entry) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, e := range entries {
		f, err := w.CreateHeader(&zip.FileHeader{Name: e.name, Method: zip.Deflate})
		if err == nil && !strings.HasSuffix(e.name, "/") {
			_, err = io.WriteString(f, e.content)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func tarred(t testing.TB, headers ...tar.Header) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, h := range headers {
		content := h.Uname // carries the content in these tests
		h.Uname = ""
		h.Size = int64(len(content))
		err := w.WriteHeader(&h)
		if err == nil {
			_, err = io.WriteString(w, content)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func gzipped(t testing.TB, name string, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Name = name
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// seen is what a walk over an archive found: one line a member.
func seen(t testing.TB, data []byte, o Options) (lines []string, last error) {
	t.Helper()
	a, err := Open(bytes.NewReader(data), int64(len(data)), o)
	if err != nil {
		return nil, err
	}
	for m, err := range a.Members(t.Context()) {
		if last != nil {
			t.Fatal("the iteration went on after an error")
		}
		if last = err; err == nil {
			lines = append(lines, line(m))
		}
	}
	return lines, last
}

func line(m Member) string {
	text := fmt.Sprintf("%d %s %s", m.Index, m.Kind, m.Name)
	if m.Target != "" {
		text += " -> " + m.Target
	}
	if m.Note != "" {
		text += " (" + m.Note + ")"
	}
	if m.Refused != "" {
		return text + ": " + m.Refused
	}
	if m.Kind != File {
		return text
	}
	r, err := m.Open()
	if err != nil {
		return text + ": " + err.Error()
	}
	content, err := io.ReadAll(r)
	if err != nil {
		return fmt.Sprintf("%s: %d bytes, then %v", text, len(content), err)
	}
	if len(content) > 50 {
		content = fmt.Appendf(nil, "%d bytes", len(content))
	}
	return text + " = " + string(content)
}

func TestMembers(t *testing.T) {
	inner := tarred(t, tar.Header{Name: "a", Uname: "deep"})
	for name, c := range map[string]struct {
		data   []byte
		format Format
		want   []string
	}{
		"zip":          {zipped(t, entry{"a.txt", "first"}, entry{"folder/", ""}, entry{"folder/b", ""}, entry{"a.txt", "again"}), Zip, []string{"0 file a.txt = first", "1 folder folder/", "2 file folder/b = ", "3 file a.txt (the same name as member 0) = again"}},
		"empty zip":    {zipped(t), Zip, nil},
		"docx":         {zipped(t, entry{"[Content_Types].xml", "<Types/>"}, entry{"word/document.xml", "<w:document/>"}), Zip, []string{"0 file [Content_Types].xml = <Types/>", "1 file word/document.xml = <w:document/>"}},
		"old encoding": {zipped(t, entry{"\xc7\xd1\xb1\xdb.txt", "x"}), Zip, []string{`0 file \xc7ѱ\xdb.txt = x`}},
		"tar":          {tarred(t, tar.Header{Name: "a", Uname: "first"}, tar.Header{Name: "d/", Typeflag: tar.TypeDir}, tar.Header{Name: "d/b", Uname: "second"}), Tar, []string{"0 file a = first", "1 folder d/", "2 file d/b = second"}},
		"gzip":         {gzipped(t, "letter.txt", []byte("dear")), Gzip, []string{"0 file letter.txt = dear"}},
		"nameless":     {gzipped(t, "", []byte("dear")), Gzip, []string{"0 file content = dear"}},
		"two in one":   {append(gzipped(t, "a", []byte("dear")), gzipped(t, "b", []byte(" reader"))...), Gzip, []string{"0 file a = dear reader"}},
		"tar.gz":       {gzipped(t, "x.tar", inner), Gzip, []string{fmt.Sprintf("0 file x.tar = %d bytes", len(inner))}},
		"zip in a zip": {zipped(t, entry{"in.zip", string(zipped(t, entry{"a", "b"}))}), Zip, []string{"0 file in.zip = 123 bytes"}},
	} {
		a, err := Open(bytes.NewReader(c.data), int64(len(c.data)), Options{})
		if err != nil || a.Format() != c.format {
			t.Fatalf("%s: %v", name, err)
		}
		got, err := seen(t, c.data, Options{})
		if diff := cmp.Diff(c.want, got); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", name, err, diff)
		}
	}
}

func TestWhatIsNoArchive(t *testing.T) {
	for name, data := range map[string]string{
		"nothing": "", "text": strings.Repeat("plain text ", 100), "pdf": "%PDF-1.7", "zeros": strings.Repeat("\x00", 2000), "one byte": "P", "RAR": "Rar!\x1a\x07\x00",
	} {
		if _, err := Open(strings.NewReader(data), int64(len(data)), Options{}); !errors.Is(err, ErrFormat) {
			t.Errorf("%s: %v", name, err)
		}
	}
	broken := errors.New("disk on fire")
	if _, err := Open(failing{broken}, 100, Options{}); !errors.Is(err, broken) {
		t.Error(err)
	}
}

type failing struct{ err error }

func (f failing) ReadAt([]byte, int64) (int, error) { return 0, f.err }

// TestMembersComeBack wants every archive of honest members to give them all.
func TestMembersComeBack(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		var entries []entry
		var headers []tar.Header
		var want []string
		for i := range rapid.IntRange(1, 6).Draw(rt, "members") {
			e := entry{fmt.Sprintf("%d %s", i, rapid.StringMatching(`[a-z한é]{0,8}(/[a-z]{1,5})?`).Draw(rt, "name")), rapid.String().Draw(rt, "content")}
			entries = append(entries, e)
			headers = append(headers, tar.Header{Name: e.name, Uname: e.content})
			want = append(want, e.name+"="+e.content)
		}
		for _, data := range [][]byte{zipped(t, entries...), tarred(t, headers...)} {
			a, err := Open(bytes.NewReader(data), int64(len(data)), Options{})
			if err != nil {
				rt.Fatal(err)
			}
			var got []string
			for m, err := range a.Members(t.Context()) {
				if err != nil {
					rt.Fatal(err)
				}
				r, err := m.Open()
				if err != nil {
					rt.Fatal(err)
				}
				content, err := io.ReadAll(r)
				if err != nil || m.Size != int64(len(content)) {
					rt.Fatal(m.Size, len(content), err)
				}
				got = append(got, m.Original+"="+string(content))
			}
			if diff := cmp.Diff(want, got); diff != "" {
				rt.Fatalf("%s (-want +got):\n%s", a.Format(), diff)
			}
		}
	})
}

func TestMembersCanBeLeftUnread(t *testing.T) {
	big := strings.Repeat("x", 100_000)
	for name, data := range map[string][]byte{
		"zip": zipped(t, entry{"a", big}, entry{"b", big}, entry{"c", "last"}),
		"tar": tarred(t, tar.Header{Name: "a", Uname: big}, tar.Header{Name: "b", Uname: big}, tar.Header{Name: "c", Uname: "last"}),
	} {
		a, err := Open(bytes.NewReader(data), int64(len(data)), Options{})
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
			part := make([]byte, 4)
			if _, err := io.ReadFull(r, part); err != nil || m.Original == "c" && string(part) != "last" {
				t.Errorf("%s: %s: %q %v", name, m.Name, part, err)
			}
		}
		for range a.Members(t.Context()) {
			break // the caller may stop, and begin again
		}
	}
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	data := zipped(t, entry{"a", "first"}, entry{"b", "second"})
	a, err := Open(bytes.NewReader(data), int64(len(data)), Options{})
	if err != nil {
		t.Fatal(err)
	}
	var last error
	for m, err := range a.Members(ctx) {
		if last = err; err != nil {
			break
		}
		r, err := m.Open()
		if err != nil {
			t.Fatal(err)
		}
		cancel()
		if _, err := io.ReadAll(r); !errors.Is(err, context.Canceled) {
			t.Errorf("reading went on: %v", err)
		}
	}
	if !errors.Is(last, context.Canceled) {
		t.Errorf("listing went on: %v", last)
	}
}
