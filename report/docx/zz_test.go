package docx

import (
	"os"
	"testing"

	"github.com/turtlebay/turtlebay/chart/scene"
	"github.com/turtlebay/turtlebay/report/document"
	"github.com/turtlebay/turtlebay/report/reporttest"
)

type realDrawing struct{ c *scene.Scene }

func (r realDrawing) SVG(p string) []byte { return r.c.SVG(scene.SVGOptions{ID: p}) }
func (r realDrawing) EMF() []byte         { return r.c.EMF() }
func (r realDrawing) Alt() string         { return "alt" }
func (r realDrawing) Size() (int, int)    { return 720, 300 }

func TestDump(t *testing.T) {
	out := os.Getenv("DOCX_OUT")
	if out == "" {
		t.Skip()
	}
	doc := reporttest.Document()
	c := &scene.Scene{W: 72000, H: 30000, Title: "T", Desc: "D"}
	for i := range 7 {
		c.Rect(scene.Box{X0: 2000 + i*10000, Y0: 26000 - 3000*i, X1: 9000 + i*10000, Y1: 27000}, scene.Style{Fill: scene.Official})
		c.Text(scene.Text{At: scene.Point{X: 2000 + i*10000, Y: 29000}, S: "2017", Size: 1300, Role: scene.Ink})
	}
	for b := range doc.Blocks() {
		if ch, ok := b.(*document.Chart); ok {
			ch.Drawing = realDrawing{c}
		}
		if tb, ok := b.(*document.Table); ok && tb.ID == "t-register" {
			tb.Wide = true
		}
	}
	f, err := os.Create(out)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := Write(f, doc); err != nil {
		t.Fatal(err)
	}
}
