package picture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"testing"

	"pgregory.net/rapid"
)

// chunk is a chunk of a PNG.
func chunk(kind string, data []byte) []byte {
	out := binary.BigEndian.AppendUint32(nil, uint32(len(data)))
	out = append(append(out, kind...), data...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out[4:]))
}

// header is a PNG that claims these dimensions and has no dots.
func header(w, h uint32) []byte {
	dims := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, w), h)
	return append([]byte("\x89PNG\r\n\x1a\n"), chunk("IHDR", append(dims, 8, 2, 0, 0, 0))...)
}

// turned is a JPEG, white but for a black quarter at the top left of the stored
// picture of 64 by 32 dots, with an EXIF orientation.
func turned(t testing.TB, turn byte, order binary.AppendByteOrder, mark string) []byte {
	img := image.NewGray(image.Rect(0, 0, 64, 32))
	for i := range img.Pix {
		if img.Pix[i] = 255; i%64 < 32 && i/64 < 16 {
			img.Pix[i] = 0
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	exif := append([]byte("Exif\x00\x00"+mark), 0, 0, 0, 0, 0, 0)
	order.AppendUint16(exif[:8], 42)
	order.AppendUint32(exif[:10], 8)
	exif = order.AppendUint16(exif, 1)
	exif = order.AppendUint16(order.AppendUint16(exif, 0x0112), 3)
	exif = order.AppendUint16(order.AppendUint16(order.AppendUint32(exif, 1), uint16(turn)), 0)
	out := append([]byte{0xFF, 0xD8, 0xFF, 0xE1}, byte((len(exif)+2)>>8), byte(len(exif)+2))
	return append(append(out, exif...), b.Bytes()[2:]...)
}

func TestAPhotographIsTurnedAsDisplayed(t *testing.T) {
	// Where the black quarter is displayed: left or right, top or bottom.
	want := map[byte]struct {
		size        image.Point
		right, down bool
	}{
		1: {image.Pt(64, 32), false, false}, 2: {image.Pt(64, 32), true, false},
		3: {image.Pt(64, 32), true, true}, 4: {image.Pt(64, 32), false, true},
		5: {image.Pt(32, 64), false, false}, 6: {image.Pt(32, 64), true, false},
		7: {image.Pt(32, 64), true, true}, 8: {image.Pt(32, 64), false, true},
	}
	for turn, w := range want {
		for mark, order := range map[string]binary.AppendByteOrder{"II": binary.LittleEndian, "MM": binary.BigEndian} {
			p, err := Decode(bytes.NewReader(turned(t, turn, order, mark)))
			if err != nil || p.Bounds().Size() != w.size {
				t.Fatalf("orientation %d: %v %v", turn, p.Bounds(), err)
			}
			x, y := w.size.X/4, w.size.Y/4
			if w.right {
				x *= 3
			}
			if w.down {
				y *= 3
			}
			if c := color.GrayModel.Convert(p.At(x, y)).(color.Gray); c.Y > 40 {
				t.Errorf("orientation %d (%s): %v at %d,%d", turn, mark, c, x, y)
			}
			if c := color.GrayModel.Convert(p.At(w.size.X-1-x, w.size.Y-1-y)).(color.Gray); c.Y < 200 {
				t.Errorf("orientation %d (%s): the other corner is black too", turn, mark)
			}
		}
	}
}

func TestColoursAreKeptExactly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		size := image.Rect(0, 0, rapid.IntRange(1, 9).Draw(t, "w"), rapid.IntRange(1, 9).Draw(t, "h"))
		kind := rapid.SampledFrom([]string{"nrgba", "nrgba64", "gray16", "gray"}).Draw(t, "kind")
		var src interface {
			image.Image
			Set(int, int, color.Color)
		}
		switch kind {
		case "nrgba":
			src = image.NewNRGBA(size)
		case "nrgba64":
			src = image.NewNRGBA64(size)
		case "gray16":
			src = image.NewGray16(size)
		default:
			src = image.NewGray(size)
		}
		v := func() uint16 { return uint16(rapid.SampledFrom([]int{0, 1, 255, 300, 33000, 65535}).Draw(t, "v")) }
		for y := range size.Dy() {
			for x := range size.Dx() {
				c := color.NRGBA64{v(), v(), v(), v()}
				if n, ok := src.(*image.NRGBA); ok { // with the colour of a transparent dot
					n.SetNRGBA(x, y, color.NRGBA{uint8(c.R), uint8(c.G), uint8(c.B), uint8(c.A)})
				} else {
					src.Set(x, y, c)
				}
			}
		}
		var b bytes.Buffer
		if err := png.Encode(&b, src); err != nil {
			t.Fatal(err)
		}
		p, err := Decode(&b)
		if err != nil {
			t.Fatal(err)
		}
		box := image.Rect(rapid.IntRange(-2, 9).Draw(t, "x"), rapid.IntRange(-2, 9).Draw(t, "y"), 5, 6)
		p.Burn(box)
		for y := range size.Dy() {
			for x := range size.Dx() {
				want := p.ColorModel().Convert(src.At(x, y))
				if _, _, _, alpha := want.RGBA(); alpha == 0 {
					want = p.ColorModel().Convert(color.Transparent)
				}
				if image.Pt(x, y).In(box) {
					want = p.ColorModel().Convert(color.Black)
				}
				if got := p.At(x, y); got != want {
					t.Fatalf("%s at %d,%d: %v, want %v", kind, x, y, got, want)
				}
			}
		}
	})
}

func TestPixmap(t *testing.T) {
	img := image.NewNRGBA(image.Rect(0, 0, 3, 2))
	img.SetNRGBA(1, 1, color.NRGBA{R: 200, G: 100, B: 0, A: 255})
	got := Picture{Image: img}.Pixmap(image.Rect(1, 1, 9, 9))
	if want := "P6\n2 1\n255\n\xc8\x64\x00\xff\xff\xff"; string(got) != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestRefusals(t *testing.T) {
	var good bytes.Buffer
	if err := png.Encode(&good, image.NewGray(image.Rect(0, 0, 40, 40))); err != nil {
		t.Fatal(err)
	}
	frames := append(header(1, 1), chunk("acTL", make([]byte, 8))...)
	for name, c := range map[string]struct {
		data []byte
		want error
	}{
		"bomb":      {header(100_000, 100_000), ErrLimit},
		"overflow":  {header(1<<31-1, 1<<31-1), ErrDamaged},
		"no dots":   {header(10, 10), ErrDamaged},
		"truncated": {good.Bytes()[:good.Len()-20], ErrDamaged},
		"animated":  {frames, ErrFormat},
		"gif":       {[]byte("GIF89a"), ErrFormat},
		"empty":     {nil, ErrFormat},
	} {
		if _, err := Decode(bytes.NewReader(c.data)); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(header(3, 3))
	f.Add(turned(f, 6, binary.BigEndian, "MM"))
	f.Add([]byte("\xff\xd8\xff\xe1\x00\x10Exif\x00\x00MM\x00\x2a\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := Decode(bytes.NewReader(data))
		if err == nil && (p.Bounds().Min != image.Point{} || p.Bounds().Empty()) {
			t.Fatalf("bounds %v", p.Bounds())
		}
	})
}
