package scene

// Role is what a colour means; a theme gives it a value.
type Role uint8

// The roles. Official to AnalystEdge are the certainty code; Blue to Pink are
// further hues (after Okabe and Ito) that people with colour-vision
// deficiencies tell apart.
const (
	None Role = iota
	Ground
	Ink
	Muted
	Faint
	Official
	Panel
	AnalystFill
	AnalystEdge
	Blue
	Orange
	Green
	Pink
	roles // count
)

// RGB is a colour of 8 bits a channel.
type RGB struct{ R, G, B uint8 }

type swatch struct {
	name        string
	light, dark RGB
}

var palette = [roles]swatch{
	Ground:      {"ground", RGB{0xff, 0xff, 0xff}, RGB{0x14, 0x18, 0x1d}},
	Ink:         {"ink", RGB{0x1b, 0x1f, 0x24}, RGB{0xe8, 0xeb, 0xef}},
	Muted:       {"muted", RGB{0x57, 0x60, 0x6a}, RGB{0xa9, 0xb2, 0xbc}},
	Faint:       {"faint", RGB{0xdd, 0xe1, 0xe6}, RGB{0x2f, 0x37, 0x40}},
	Official:    {"official", RGB{0x1f, 0x3a, 0x5f}, RGB{0xa9, 0xcd, 0xf2}},
	Panel:       {"panel", RGB{0x4a, 0x7a, 0xa8}, RGB{0x5f, 0x93, 0xc4}},
	AnalystFill: {"analyst", RGB{0xb7, 0xcd, 0xe0}, RGB{0x27, 0x41, 0x5a}},
	AnalystEdge: {"edge", RGB{0x4a, 0x7a, 0xa8}, RGB{0x7f, 0xa9, 0xcf}},
	Blue:        {"blue", RGB{0x00, 0x72, 0xb2}, RGB{0x56, 0xb4, 0xe9}},
	Orange:      {"orange", RGB{0xd5, 0x5e, 0x00}, RGB{0xe6, 0x9f, 0x00}},
	Green:       {"green", RGB{0x00, 0x9e, 0x73}, RGB{0x00, 0x9e, 0x73}},
	Pink:        {"pink", RGB{0xcc, 0x79, 0xa7}, RGB{0xcc, 0x79, 0xa7}},
}

// Light is the colour of the role on the light ground; black for None.
func (r Role) Light() RGB {
	if r >= roles {
		return RGB{}
	}
	return palette[r].light
}

// Dark is the colour of the role on the dark ground; black for None.
func (r Role) Dark() RGB {
	if r >= roles {
		return RGB{}
	}
	return palette[r].dark
}

// String is the name of the role, also its class in SVG.
func (r Role) String() string {
	if r >= roles || r == None {
		return "none"
	}
	return palette[r].name
}

// hex is the colour in the notation of CSS.
func (c RGB) hex() string {
	const digits = "0123456789abcdef"
	b := []byte{'#', 0, 0, 0, 0, 0, 0}
	for i, v := range [...]uint8{c.R, c.G, c.B} {
		b[1+2*i], b[2+2*i] = digits[v>>4], digits[v&15]
	}
	return string(b)
}
