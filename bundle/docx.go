package bundle

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
)

// maxDocument bounds the text part of report.docx when unpacked.
const maxDocument = 64 << 20

// figureAnchor is where a figure's link leads in report.docx: the row of its
// derivation in the annex of figures.
var figureAnchor = regexp.MustCompile(`^b_d_([0-9a-f]{16})$`)

// readDocx reads the figures of report.docx: the hyperlinks in word/document.xml
// that lead to a derivation, with the text that a reader sees.
func readDocx(b []byte) ([]mark, error) {
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return nil, fmt.Errorf("cannot be read: %w", err)
	}
	f, err := z.Open("word/document.xml")
	if err != nil {
		return nil, fmt.Errorf("cannot be read: %w", err)
	}
	defer f.Close()
	bounded := &io.LimitedReader{R: f, N: maxDocument}
	marks, err := documentMarks(xml.NewDecoder(bounded))
	if err == nil && bounded.N <= 0 {
		err = fmt.Errorf("its text is longer than %d bytes", maxDocument)
	}
	return marks, err
}

func documentMarks(d *xml.Decoder) ([]mark, error) {
	var out []mark
	inFigure, inText := false, false
	for {
		t, err := d.Token()
		if errors.Is(err, io.EOF) {
			return out, nil
		} else if err != nil {
			return nil, fmt.Errorf("cannot be read: %w", err)
		}
		switch t := t.(type) {
		case xml.StartElement:
			switch t.Name.Local {
			case "hyperlink":
				if id := derivationOf(t); id != "" {
					inFigure = true
					out = append(out, mark{derivation: id})
				}
			case "t":
				inText = true
			}
		case xml.EndElement:
			switch t.Name.Local {
			case "hyperlink":
				inFigure = false
			case "t":
				inText = false
			}
		case xml.CharData:
			if inFigure && inText && len(out[len(out)-1].text) < maxFigure {
				out[len(out)-1].text += string(t)
			}
		}
		if len(out) > maxMarks {
			return nil, fmt.Errorf("marks more than %d figures", maxMarks)
		}
	}
}

func derivationOf(link xml.StartElement) string {
	for _, a := range link.Attr {
		if m := figureAnchor.FindStringSubmatch(a.Value); a.Name.Local == "anchor" && m != nil {
			return m[1]
		}
	}
	return ""
}
