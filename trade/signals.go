package trade

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/turtlebay/turtlebay/record/value"
)

// looking is a line and what there is beside it.
type looking struct {
	m *Mixups
	Line
	sum
	traded []int // years in which the same is reported with the Democratic People's Republic
	south  []int // and with the Republic
}

// signals are what a line is looked at for. Each says whether it is so, whether
// it could be worked out, and on which figures.
var signals = []struct {
	name string
	look func(looking) (evidence string, is, computed bool)
}{
	{"isolated-years", isolated},
	{"break", broken},
	{"place", place},
	{"goods", ofRepublic},
	{"republic-series", besideRepublic},
	{"republic-drop", instead},
}

// SignalWords says what a signal means, for print.
func SignalWords(name string) string { return signalWords[name] }

var signalWords = map[string]string{
	"isolated-years":  "trade in few years only",
	"break":           "far more than the year before or after",
	"place":           "a landlocked or far reporter",
	"goods":           "goods typical of the Republic of Korea",
	"republic-series": "steady trade with the Republic of Korea beside it",
	"republic-drop":   "trade with the Republic of Korea falls by about as much",
}

// A statistic over fewer years than these cannot tell which of them stand alone; one
// in four is few.
const (
	leastYears = 8
	fewIn      = 4
)

func isolated(l looking) (string, bool, bool) {
	all := l.m.years.last - l.m.years.first + 1
	if all < leastYears {
		return "", false, false
	}
	return fmt.Sprintf("reported in %d of %d years: %s", len(l.traded), all, yearList(l.traded)), len(l.traded)*fewIn <= all, true
}

// manyTimes is how many times more a year must show than one beside it to be a
// break.
var manyTimes = value.Int(10)

func broken(l looking) (string, bool, bool) {
	if !l.stated {
		return "", false, false
	}
	var parts []string
	computed := false
	for _, year := range []int{l.Year - 1, l.Year + 1} {
		if !l.m.years.holds(year) {
			continue
		}
		beside := l.m.with[l.in(year)]
		if beside != nil && !beside.stated {
			continue
		}
		computed = true
		switch {
		case beside == nil || beside.usd.IsZero():
			parts = append(parts, fmt.Sprintf("nothing in %d", year))
		case beside.usd.Mul(manyTimes).Cmp(l.usd) < 0:
			parts = append(parts, fmt.Sprintf("USD %s in %d", beside.usd, year))
		}
	}
	return fmt.Sprintf("USD %s beside %s", l.usd, strings.Join(parts, " and ")), len(parts) > 0, computed
}

// place: what is sent by sea to a State without a coast, or half around the world,
// is seldom coal from a coast without traffic.
func place(l looking) (string, bool, bool) {
	lies := []string{}
	if landlocked[l.Reporter] {
		lies = append(lies, "has no coast")
	}
	far := distant[l.Reporter]
	if far {
		lies = append(lies, "lies outside Asia")
	}
	return l.Reporter + " " + strings.Join(lies, " and "), len(lies) > 0, far || near[l.Reporter]
}

func ofRepublic(l looking) (string, bool, bool) {
	if l.Chapter == "" {
		return "", false, false
	}
	return "code " + l.goods, l.goods != "", true
}

// besideRepublic: the same is reported with the Republic in each of the years, and
// in more.
func besideRepublic(l looking) (string, bool, bool) {
	if len(l.m.south) == 0 {
		return "", false, false
	}
	covered := !slices.ContainsFunc(l.traded, func(y int) bool { return !slices.Contains(l.south, y) })
	text := fmt.Sprintf("with the Republic of Korea in %d years: %s", len(l.south), yearList(l.south))
	if s := l.m.south[l.Line]; s != nil {
		text += fmt.Sprintf("; USD %s in %d", s.usd, l.Year)
	}
	return text, covered && len(l.south) > len(l.traded), true
}

// instead: trade with the Republic lies below the mean of the years beside it by
// half of the line to twice as much.
func instead(l looking) (string, bool, bool) {
	before, after := l.m.south[l.in(l.Year-1)], l.m.south[l.in(l.Year+1)]
	if before == nil || after == nil || !before.stated || !after.stated || !l.stated {
		return "", false, false
	}
	now := value.Int(0)
	if s := l.m.south[l.Line]; s != nil {
		if !s.stated {
			return "", false, false
		}
		now = s.usd
	}
	// twice the drop, so as not to halve
	drop := before.usd.Add(after.usd).Sub(now.Mul(value.Int(2)))
	is := drop.Cmp(l.usd) >= 0 && drop.Cmp(l.usd.Mul(value.Int(4))) <= 0
	return fmt.Sprintf("with the Republic of Korea USD %s, %s and %s in %d to %d", before.usd, now, after.usd, l.Year-1, l.Year+1), is, true
}

// yearList is "2006, 2007, 2009 to 2013".
func yearList(list []int) string {
	var parts []string
	for i := 0; i < len(list); {
		j := i
		for j+1 < len(list) && list[j+1] == list[j]+1 {
			j++
		}
		switch {
		case j-i >= 2:
			parts = append(parts, fmt.Sprintf("%d to %d", list[i], list[j]))
		default:
			for _, y := range list[i : j+1] {
				parts = append(parts, strconv.Itoa(y))
			}
		}
		i = j + 1
	}
	return strings.Join(parts, ", ")
}

// korean are chapters and headings of which the Republic of Korea exports much:
// refined petroleum, plastics, rubber, steel, machines, electronics, cars, ships,
// instruments. A chapter stands for a code of two digits only.
var korean = words("27 2710 39 3901 3902 3903 3907 40 4002 4011 72 7208 7209 7210 84 8414 8429 8471 8473 8479 8486 " +
	"85 8507 8517 8523 8528 8534 8541 8542 87 8703 8704 8708 89 8901 8905 8906 90 9013 9018 9031")

// typical is the code under which these goods are the Republic's trade; empty where
// they are not.
func typical(code string) string {
	code = code[:min(len(code), 4)]
	if korean[code] {
		return code
	}
	return ""
}

func words(list string) map[string]bool {
	out := map[string]bool{}
	for word := range strings.SplitSeq(list, " ") {
		out[word] = true
	}
	return out
}

// landlocked are the States and areas without a coast on the sea.
var landlocked = words("AFG AND ARM AUT AZE BDI BFA BLR BOL BTN BWA CAF CHE CZE ETH HUN KAZ KGZ LAO LIE LSO LUX MDA MKD MLI MNG MWI NER NPL PRY RWA SMR SRB SSD SVK SWZ TCD TJK TKM UGA UZB VAT ZMB ZWE")

// near are reporters in Asia, and the Russian Federation.
var near = words("AFG ARE ARM AZE BGD BHR BRN BTN CHN CYP GEO HKG IDN IND IRN IRQ ISR JOR JPN KAZ KGZ KHM KWT LAO LBN LKA MAC MDV MMR MNG MYS NPL OMN PAK PHL PSE QAT RUS SAU SGP SYR THA TJK TKM TLS TUR TWN UZB VNM YEM")

// distant are all others that have a code.
var distant = words("ABW AGO AIA ALA ALB AND ARG ASM ATF ATG AUS AUT BDI BEL BEN BES BFA BGR BHS BIH BLM BLR BLZ BMU BOL BRA BRB BVT BWA CAF CAN CCK CHE CHL CIV CMR COD COG COK COL COM CPV CRI CUB CUW CXR CYM CZE DEU DJI DMA DNK DOM DZA ECU EGY ERI ESH ESP EST ETH FIN FJI FLK FRA FRO FSM GAB GBR GGY GHA GIB GIN GLP GMB GNB GNQ GRC GRD GRL GTM GUF GUM GUY HMD HND HRV HTI HUN IMN IOT IRL ISL ITA JAM JEY KEN KIR KNA LBR LBY LCA LIE LSO LTU LUX LVA MAF MAR MCO MDA MDG MEX MHL MKD MLI MLT MNE MNP MOZ MRT MSR MTQ MUS MWI MYT NAM NCL NER NFK NGA NIC NIU NLD NOR NRU NZL PAN PCN PER PLW PNG POL PRI PRT PRY PYF REU ROU RWA SCG SDN SEN SGS SHN SJM SLB SLE SLV SMR SOM SPM SRB SSD STP SUR SVK SVN SWE SWZ SXM SYC TCA TCD TGO TKL TON TTO TUN TUV TZA UGA UKR UMI URY USA VAT VCT VEN VGB VIR VUT WLF WSM ZAF ZMB ZWE")

// Signals lists the names of all signals.
func Signals() []string {
	out := make([]string, len(signals))
	for i, s := range signals {
		out[i] = s.name
	}
	return out
}
