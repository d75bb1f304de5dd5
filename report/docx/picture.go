package docx

import (
	"bytes"
	"strconv"

	"github.com/turtlebay/turtlebay/report/document"
)

// Measures of a picture, in English metric units: 914,400 an inch, 36,000 a
// millimetre.
const (
	perPixel  = 914400 / 96
	maxWidth  = 160 * 36000
	maxHeight = 205 * 36000 // leaves room for caption and note on the page
)

// picture is a drawing's files: the metafile for LibreOffice and older Word, the
// SVG for Word of today.
type picture struct {
	name     string
	emf, svg string
}

// chart writes caption, drawing and note. A drawing without a metafile prints
// its text alternative.
func (b *body) chart(c *document.Chart) error {
	b.put(b.caption(c, c.Label, c.Caption, c.Marking))
	emf := c.Drawing.EMF()
	if len(emf) == 0 {
		b.put(paragraph("BodyText", nil, format{italic: true}.runs("["+c.Drawing.Alt()+"]")...))
	} else {
		name := "chart" + strconv.Itoa(len(b.pictures)+1)
		pic := picture{name: name, emf: string(emf), svg: string(paper(c.Drawing.SVG(name)))}
		b.pictures = append(b.pictures, pic)
		b.put(paragraph("Picture", nil, format{}.run(drawing(c, pic, len(b.pictures)))))
	}
	b.put(paragraph("TableNote", nil, format{}.runs(c.Note)...))
	return nil
}

// paper takes the style element out of an SVG. It only holds what a screen in
// the dark needs; a page has the light colours of the attributes.
func paper(svg []byte) []byte {
	before, rest, found := bytes.Cut(svg, []byte("<style>"))
	if !found {
		return svg
	}
	_, after, _ := bytes.Cut(rest, []byte("</style>"))
	return bytes.Join([][]byte{before, after}, nil)
}

// extent is the printed size: natural, or as large as the page allows.
func extent(width, height int) (cx, cy string) {
	w, h := int64(max(width, 1))*perPixel, int64(max(height, 1))*perPixel
	if w > maxWidth {
		w, h = maxWidth, h*maxWidth/w
	}
	if h > maxHeight {
		w, h = w*maxHeight/h, maxHeight
	}
	return strconv.FormatInt(max(w, 1), 10), strconv.FormatInt(max(h, 1), 10)
}

// drawing is the inline picture: the metafile, and the SVG as the extension that
// newer Word prefers.
func drawing(c *document.Chart, pic picture, id int) *node {
	const (
		main       = "http://schemas.openxmlformats.org/drawingml/2006/main"
		pictureURI = "http://schemas.openxmlformats.org/drawingml/2006/picture"
		svgURI     = "http://schemas.microsoft.com/office/drawing/2016/SVG/main"
	)
	cx, cy := extent(c.Drawing.Size())
	number := strconv.Itoa(id)
	described := func(name string) *node {
		return el(name).with("id", number, "name", c.Label, "descr", c.Drawing.Alt())
	}
	blip := el("a:blip").with("r:embed", relID(pic.name+"emf"))
	if pic.svg != "" {
		svg := el("asvg:svgBlip").with("xmlns:asvg", svgURI, "r:embed", relID(pic.name+"svg"))
		blip.add(el("a:extLst", el("a:ext", svg).with("uri", "{96DAC541-7B7A-43D3-8B79-37D633B846F1}")))
	}
	return el("w:drawing", el("wp:inline",
		el("wp:extent").with("cx", cx, "cy", cy),
		el("wp:effectExtent").with("l", "0", "t", "0", "r", "0", "b", "0"),
		described("wp:docPr"),
		el("wp:cNvGraphicFramePr", el("a:graphicFrameLocks").with("xmlns:a", main, "noChangeAspect", "1")),
		el("a:graphic", el("a:graphicData", el("pic:pic",
			el("pic:nvPicPr", described("pic:cNvPr"), el("pic:cNvPicPr")),
			el("pic:blipFill", blip, el("a:stretch", el("a:fillRect"))),
			el("pic:spPr",
				el("a:xfrm", el("a:off").with("x", "0", "y", "0"), el("a:ext").with("cx", cx, "cy", cy)),
				el("a:prstGeom", el("a:avLst")).with("prst", "rect")),
		)).with("uri", pictureURI)),
	).with("distT", "0", "distB", "0", "distL", "0", "distR", "0"))
}
