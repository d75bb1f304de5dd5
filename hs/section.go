package hs

import "slices"

// Section is one of the twenty-one sections of the nomenclature, a run of
// chapters. Names of sections and chapters are short names of our own for tables
// and charts, not the titles of the nomenclature.
type Section struct {
	Roman       string // the number as the nomenclature writes it: "XVI"
	First, Last string // chapters, both inclusive
	Name        string
}

var sections = []Section{
	{"I", "01", "05", "live animals and animal products"},
	{"II", "06", "14", "plants and vegetable products"},
	{"III", "15", "15", "fats and oils"},
	{"IV", "16", "24", "food, drink and tobacco"},
	{"V", "25", "27", "minerals and fuels"},
	{"VI", "28", "38", "chemicals"},
	{"VII", "39", "40", "plastics and rubber"},
	{"VIII", "41", "43", "hides, leather and fur"},
	{"IX", "44", "46", "wood, cork and basketware"},
	{"X", "47", "49", "pulp, paper and print"},
	{"XI", "50", "63", "textiles and clothing"},
	{"XII", "64", "67", "footwear, headgear and umbrellas"},
	{"XIII", "68", "70", "stone, ceramics and glass"},
	{"XIV", "71", "71", "pearls, precious stones and metals"},
	{"XV", "72", "83", "base metals"},
	{"XVI", "84", "85", "machinery and electrical goods"},
	{"XVII", "86", "89", "vehicles, aircraft and vessels"},
	{"XVIII", "90", "92", "instruments, clocks and watches"},
	{"XIX", "93", "93", "arms and ammunition"},
	{"XX", "94", "96", "furniture, toys and other manufactures"},
	{"XXI", "97", "97", "art and antiques"},
}

// Sections returns the sections in order.
func Sections() []Section { return slices.Clone(sections) }

// SectionOf returns the section of a code of any length, and false for what is
// outside all sections: no code, or 99.
func SectionOf(code string) (Section, bool) {
	c := Chapter(code)
	for _, s := range sections {
		if c != "" && s.First <= c && c <= s.Last {
			return s, true
		}
	}
	return Section{}, false
}

// ChapterName returns the short name of the chapter of a code of any length; empty
// where there is no such chapter.
func ChapterName(code string) string {
	c := Chapter(code)
	if c == "" {
		return ""
	}
	return chapters[int(c[0]-'0')*10+int(c[1]-'0')]
}

// chapters by number. Chapter 77 is kept free, 98 is for national use.
var chapters = [100]string{
	1:  "live animals",
	2:  "meat",
	3:  "fish and seafood",
	4:  "dairy, eggs and honey",
	5:  "other animal products",
	6:  "live plants and flowers",
	7:  "vegetables",
	8:  "fruit and nuts",
	9:  "coffee, tea and spices",
	10: "cereals",
	11: "flour, malt and starch",
	12: "oil seeds and medicinal plants",
	13: "gums and resins",
	14: "plaiting materials",
	15: "fats and oils",
	16: "prepared meat and fish",
	17: "sugar",
	18: "cocoa",
	19: "cereal preparations and baked goods",
	20: "prepared fruit and vegetables",
	21: "other food preparations",
	22: "drinks and vinegar",
	23: "food residues and fodder",
	24: "tobacco and nicotine",
	25: "salt, stone, lime and cement",
	26: "ores, slag and ash",
	27: "mineral fuels and oils",
	28: "inorganic chemicals",
	29: "organic chemicals",
	30: "medicines",
	31: "fertilizers",
	32: "dyes, paints and inks",
	33: "perfumes and cosmetics",
	34: "soap, lubricants and waxes",
	35: "glues, enzymes and proteins",
	36: "explosives and matches",
	37: "photographic goods",
	38: "other chemical products",
	39: "plastics",
	40: "rubber",
	41: "hides and leather",
	42: "leather goods and bags",
	43: "fur",
	44: "wood",
	45: "cork",
	46: "straw and basketware",
	47: "wood pulp and waste paper",
	48: "paper and board",
	49: "printed matter",
	50: "silk",
	51: "wool and animal hair",
	52: "cotton",
	53: "other vegetable fibres",
	54: "man-made filaments",
	55: "man-made staple fibres",
	56: "wadding, felt and rope",
	57: "carpets",
	58: "special fabrics and lace",
	59: "coated and industrial fabrics",
	60: "knitted fabrics",
	61: "knitted clothing",
	62: "woven clothing",
	63: "other textile articles and rags",
	64: "footwear",
	65: "headgear",
	66: "umbrellas and walking-sticks",
	67: "feathers, artificial flowers and hair",
	68: "articles of stone and cement",
	69: "ceramics",
	70: "glass",
	71: "pearls, precious stones and metals",
	72: "iron and steel",
	73: "articles of iron and steel",
	74: "copper",
	75: "nickel",
	76: "aluminium",
	78: "lead",
	79: "zinc",
	80: "tin",
	81: "other base metals",
	82: "tools and cutlery",
	83: "metal fittings and small wares",
	84: "machinery",
	85: "electrical and electronic goods",
	86: "railway equipment",
	87: "road vehicles",
	88: "aircraft and spacecraft",
	89: "ships and boats",
	90: "optical, measuring and medical instruments",
	91: "clocks and watches",
	92: "musical instruments",
	93: "arms and ammunition",
	94: "furniture, lighting and prefabricated buildings",
	95: "toys and sports goods",
	96: "other manufactured articles",
	97: "art and antiques",
	99: "not specified (statistics)",
}
