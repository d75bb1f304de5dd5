package docx

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/turtlebay/turtlebay/report/reporttest"
)

// order is the sequence of children that ECMA-376 (transitional) gives the
// elements whose order Word insists on, as far as they are used here or near.
var order = map[string]string{
	"pPr":              "pStyle keepNext keepLines pageBreakBefore framePr widowControl numPr suppressLineNumbers pBdr shd tabs suppressAutoHyphens bidi snapToGrid spacing ind contextualSpacing mirrorIndents jc textDirection textAlignment outlineLvl rPr sectPr",
	"rPr":              "rStyle rFonts b bCs i iCs caps smallCaps strike noProof webHidden color spacing w kern position sz szCs highlight u shd vertAlign rtl cs em lang",
	"tblPr":            "tblStyle tblpPr tblOverlap bidiVisual tblW jc tblCellSpacing tblInd tblBorders shd tblLayout tblCellMar tblLook tblCaption tblDescription",
	"tblBorders":       "top left bottom right insideH insideV",
	"tblCellMar":       "top left bottom right",
	"tcPr":             "cnfStyle tcW gridSpan vMerge tcBorders shd noWrap tcMar textDirection tcFitText vAlign hideMark",
	"tcBorders":        "top left bottom right insideH insideV",
	"pBdr":             "top left bottom right between bar",
	"tbl":              "tblPr tblGrid tr",
	"tc":               "tcPr p tbl",
	"sectPr":           "headerReference footerReference headerReference footerReference footnotePr type pgSz pgMar pgBorders lnNumType pgNumType cols vAlign titlePg docGrid",
	"style":            "name aliases basedOn next link uiPriority semiHidden unhideWhenUsed qFormat pPr rPr tblPr trPr tcPr",
	"abstractNum":      "nsid multiLevelType tmpl name styleLink numStyleLink lvl",
	"lvl":              "start numFmt lvlRestart pStyle isLgl suff lvlText lvlJc pPr rPr",
	"numPr":            "ilvl numId",
	"settings":         "zoom mirrorMargins defaultTabStop autoHyphenation evenAndOddHeaders characterSpacingControl footnotePr endnotePr compat themeFontLang decimalSymbol listSeparator",
	"font":             "altName panose1 charset family notTrueType pitch sig",
	"inline":           "extent effectExtent docPr cNvGraphicFramePr graphic",
	"pic":              "nvPicPr blipFill spPr",
	"blipFill":         "blip srcRect stretch",
	"styles":           "docDefaults latentStyles style",
	"numbering":        "abstractNum num",
	"docDefaults":      "rPrDefault pPrDefault",
	"compat":           "compatSetting",
	"hyperlink":        "r",
	"tblGrid":          "gridCol",
	"footnotes":        "footnote",
	"AlternateContent": "Choice Fallback",
}

// misplaced walks a part and returns the children that stand where the schema
// has no place for them.
func misplaced(data []byte) (bad []string, err error) {
	type open struct {
		name string
		rest []string // what may still come
	}
	var stack []open
	d := xml.NewDecoder(bytes.NewReader(data))
	for {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			return bad, nil
		}
		if err != nil {
			return bad, err
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			name := tok.Name.Local
			if len(stack) > 0 {
				parent := &stack[len(stack)-1]
				if parent.rest != nil {
					at := slices.Index(parent.rest, name)
					if at < 0 {
						bad = append(bad, name+" in "+parent.name)
					} else {
						parent.rest = parent.rest[at:]
					}
				}
			}
			o := open{name: name}
			if order[name] != "" {
				o.rest = strings.Fields(order[name])
			}
			stack = append(stack, o)
		case xml.EndElement:
			stack = stack[:len(stack)-1]
		}
	}
}

func TestSchemaOrder(t *testing.T) {
	for _, doc := range []struct {
		name  string
		parts func() map[string][]byte
	}{
		{"fixture", func() map[string][]byte { p, _ := written(t, fixture(t)); return p }},
		{"shared fixture", func() map[string][]byte { p, _ := written(t, reporttest.Document()); return p }},
	} {
		for name, data := range doc.parts() {
			if !strings.HasSuffix(name, ".xml") {
				continue
			}
			bad, err := misplaced(data)
			if err != nil || len(bad) > 0 {
				t.Errorf("%s: %s: misplaced %v, error %v", doc.name, name, bad, err)
			}
		}
	}
}

// The check itself must see a wrong order, or the test above proves nothing.
func TestSchemaOrderIsSeen(t *testing.T) {
	for _, test := range []struct{ xml, want string }{
		{`<pPr><jc/><spacing/></pPr>`, "spacing in pPr"},
		{`<rPr><b/><rStyle/></rPr>`, "rStyle in rPr"},
		{`<tcPr><vAlign/><tcW/></tcPr>`, "tcW in tcPr"},
		{`<sectPr><pgMar/><pgSz/></sectPr>`, "pgSz in sectPr"},
		{`<tc><p/><tcPr/></tc>`, "tcPr in tc"},
	} {
		bad, err := misplaced([]byte(test.xml))
		if err != nil || !slices.Equal(bad, []string{test.want}) {
			t.Errorf("%s: got %v, %v, want %s", test.xml, bad, err, test.want)
		}
	}
}
