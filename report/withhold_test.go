package report_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/turtlebay/turtlebay/report"
	"github.com/turtlebay/turtlebay/report/document"
	"github.com/turtlebay/turtlebay/report/docx"
	"github.com/turtlebay/turtlebay/report/html"
	"github.com/turtlebay/turtlebay/report/xlsx"
)

// What is withheld is told by no row, quotation, figure, chart, footnote or
// derivation of the document, and every output can still be written.
func TestWithhold(t *testing.T) {
	_, doc := build(t, publicRecord(t), settings(t))
	report.Withhold(doc, map[string]string{"INC-2022-040": "amber", "PET-2018": "amber", "WES-10": "amber", "BNK-FTB": "amber"})
	for name, write := range map[string]func(*bytes.Buffer) error{
		"docx": func(b *bytes.Buffer) error { return docx.Write(b, doc) },
		"html": func(b *bytes.Buffer) error { return html.Write(b, doc) },
		"xlsx": func(b *bytes.Buffer) error { return xlsx.Write(b, doc) },
	} {
		var b bytes.Buffer
		if err := write(&b); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if name == "html" {
			told(t, name, b.String())
		}
	}
	var all strings.Builder
	for p := range doc.Paragraphs() {
		all.WriteString(p.Plain() + "\n")
		for _, s := range p.Spans {
			if s.Kind == document.Note {
				all.WriteString(s.Footnote.Text + "\n")
			}
		}
	}
	told(t, "text", all.String())
	b, err := json.Marshal(doc.Derivations)
	if err != nil {
		t.Fatal(err)
	}
	told(t, "derivations", string(b))
	if !strings.Contains(all.String(), report.Cover) {
		t.Error("nothing is covered")
	}
}

// told looks for what only the withheld records say.
func told(t *testing.T, where, text string) {
	t.Helper()
	for _, secret := range []string{
		"INC-2022-040", "Ronin", "620000000", "620,000,000", "$620 million", "PET-2018", "759793", "759,793", "152 per cent", "WES-10", "BNK-FTB", "Mooyokbank",
	} {
		if i := strings.Index(text, secret); i >= 0 {
			t.Errorf("%s tells %q: …%s…", where, secret, text[max(0, i-80):min(len(text), i+80)])
		}
	}
}
