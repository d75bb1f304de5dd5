package bundle_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/turtlebay/turtlebay/bundle"
)

// wordFile is a report.docx that links every figure of the places to its
// derivation, as the report's writer does.
func wordFile(t testing.TB, places []bundle.Place, change func(string) string) []byte {
	t.Helper()
	var text strings.Builder
	text.WriteString(`<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>`)
	for _, p := range places {
		text.WriteString(`<w:p>`)
		for _, f := range p.Figures {
			if f.Text != "" {
				half := len(f.Text) / 2
				fmt.Fprintf(&text, `<w:r><w:t>About </w:t></w:r><w:hyperlink w:anchor="b_d_%s"><w:r><w:t>%s</w:t></w:r><w:r><w:t>%s</w:t></w:r></w:hyperlink>`,
					f.Derivation, f.Text[:half], f.Text[half:])
			}
		}
		text.WriteString(`</w:p>`)
	}
	text.WriteString(`</w:body></w:document>`)
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	w, err := z.Create("word/document.xml")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte(change(text.String()))); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestFiguresOfTheWordFile(t *testing.T) {
	reg := registry(t)
	for _, tt := range []struct {
		name   string
		change func(string) string
		want   string // in Printed.Differ; empty: verifies
	}{
		{"as written", func(s string) string { return s }, ""},
		{"another number", func(s string) string { return strings.Replace(s, "llion", "llions", 1) }, "has a figure of"},
		{"a figure unlinked", func(s string) string { return strings.Replace(s, "b_d_", "b_x_", 1) }, "lacks a figure of"},
		{"no figure", func(s string) string { return strings.ReplaceAll(s, "b_d_", "b_x_") }, "marks no figure"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := contents(t, reg, sets{"item": items("item", 1_000_000, 70, 600), "other": items("other", 1)})
			c.Report["report.docx"] = wordFile(t, c.Places, tt.change)
			b := newDesk(t, "desk").write(t, c)
			v, err := bundle.Verify(bytes.NewReader(b), int64(len(b)), reg, bundle.Trust{})
			if err != nil {
				t.Fatal(err)
			}
			got := strings.Join(v.Printed.Differ, "\n")
			if v.OK != (tt.want == "") || !strings.Contains(got, tt.want) {
				t.Errorf("ok %v, bad %v, differ %q; want %q", v.OK, v.Bytes.Bad, got, tt.want)
			}
			if tt.want == "lacks a figure of" && len(v.Affected)+len(v.AlsoFall) == 0 {
				t.Error("no paragraph falls")
			}
		})
	}
}

func TestAWordFileThatIsNone(t *testing.T) {
	reg := registry(t)
	for name, b := range map[string][]byte{"no zip": []byte("PK docx"), "not well-formed": wordFile(t, nil, func(string) string { return "<w:p>" })} {
		c := contents(t, reg, sets{"item": items("item", 5), "other": items("other", 1)})
		c.Report["report.docx"] = b
		file := newDesk(t, "desk").write(t, c)
		v, err := bundle.Verify(bytes.NewReader(file), int64(len(file)), reg, bundle.Trust{})
		if err != nil || v.OK || len(v.Bytes.Bad) != 1 || v.Bytes.Bad[0].Member != "report/report.docx" {
			t.Errorf("%s: ok %v, bad %v, error %v", name, v.OK, v.Bytes.Bad, err)
		}
	}
}
