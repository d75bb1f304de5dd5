// Package recordtest draws valid records of every kind for property tests.
//
//	rapid.Check(t, func(t *rapid.T) {
//		r := recordtest.Draw(t, observation.KindShipment)
//		…
//	})
package recordtest

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/turtlebay/turtlebay/party"
	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/record/claim"
	"github.com/turtlebay/turtlebay/record/observation"
	"github.com/turtlebay/turtlebay/record/value"
	"pgregory.net/rapid"
)

// Kind draws one of the kinds.
func Kind(t *rapid.T) observation.Kind {
	return rapid.SampledFrom(observation.Kinds()).Draw(t, "kind")
}

// Draw draws a record of the kind that passes Validate, at times with several
// accounts. Any field that may be missing is sometimes missing; texts hold letters
// of several scripts, quotation marks, line ends and control characters.
func Draw(t *rapid.T, kind observation.Kind) record.Record {
	lead := Account(t, kind)
	r := record.Record{
		ID:        kind.Prefix() + "-" + rapid.StringMatching(`[A-Za-z0-9][A-Za-z0-9.-]{0,19}`).Draw(t, "id"),
		AsOf:      lead.AsOf,
		Note:      lead.Note,
		Also:      nil,
		Certainty: lead.Certainty, Marking: lead.Marking, Sources: lead.Sources, Evidence: lead.Evidence, Observation: lead.Observation,
	}
	for range rapid.SampledFrom([]int{0, 0, 0, 1, 2}).Draw(t, "others") {
		r.Also = append(r.Also, Account(t, kind))
	}
	if err := r.Validate(); err != nil {
		t.Fatalf("a record that was drawn to be valid: %v", err)
	}
	return r
}

// Account draws one account of an observation of the kind.
func Account(t *rapid.T, kind observation.Kind) record.Account {
	d := &drawing{T: t, day: day(t)}
	a := record.Account{
		Marking:   Marking(t),
		Certainty: d.certainty(),
		AsOf:      d.date(),
		Note:      Text(t),
	}
	d.sources = rapid.SliceOfNDistinct(rapid.StringMatching(`[a-z0-9-]{1,12}`), 1, 3, rapid.ID).Draw(t, "sources")
	for _, key := range d.sources {
		s := claim.Source{Key: key, Title: d.name(), Origin: d.name(), Certainty: d.certainty(), Date: d.date()}
		a.Sources = append(a.Sources, s)
	}
	for range rapid.IntRange(0, 2).Draw(t, "passages") {
		a.Evidence = append(a.Evidence, Passage(t))
	}
	o, err := observation.New(kind)
	if err != nil {
		t.Fatal(err)
	}
	d.fields(reflect.ValueOf(o).Elem())
	a.Observation = o
	d.repair(o)
	return a
}

// Passage draws a place in an item of evidence.
func Passage(t *rapid.T) claim.Passage {
	sum := rapid.SampledFrom([]string{"a", "b", "c"})
	return claim.Passage{
		Item:  record.Digest([]byte(sum.Draw(t, "item"))),
		At:    rapid.SampledFrom([]string{"lines=12-13", "page=3", "bytes=120-340"}).Draw(t, "at"),
		Quote: record.Digest([]byte(sum.Draw(t, "quote"))),
	}
}

// Marking draws a marking with or without caveats.
func Marking(t *rapid.T) record.Marking {
	return record.Marking{
		TLP:     rapid.SampledFrom([]string{"", "clear", "green", "amber", "amber+strict", "red"}).Draw(t, "tlp"),
		Caveats: rapid.SliceOfN(rapid.SampledFrom([]string{"releasable-to:team", "releasable-to:panel", "source-protected"}), 0, 2).Draw(t, "caveats"),
	}
}

// Text draws a text, often empty.
func Text(t *rapid.T) string {
	return strings.Join(rapid.SliceOfN(rapid.SampledFrom([]string{
		"coal", " of ", "조선무역은행", "é", "“", `"`, `\`, "<b>&", "\u2028", "\ufffd", "😀", "\n", "\t", "\x01", "0", ",", ";",
	}), 0, 6).Draw(t, "text"), "")
}

func day(t *rapid.T) [3]int {
	return [3]int{
		rapid.IntRange(1900, 2100).Draw(t, "year"),
		rapid.IntRange(1, 12).Draw(t, "month"), rapid.IntRange(1, 28).Draw(t, "day"),
	}
}

// drawing is one record being drawn.
type drawing struct {
	*rapid.T
	day     [3]int
	sources []string
}

func (d *drawing) chance(label string) bool { return rapid.Bool().Draw(d.T, label) }

// date draws the record's one day at some precision, so that no end lies before
// its beginning.
func (d *drawing) date() value.Date {
	if d.chance("date known") {
		return d.knownDate()
	}
	return value.Date{}
}

func (d *drawing) knownDate() value.Date {
	parts := [3]int{}
	copy(parts[:], d.day[:rapid.IntRange(1, 3).Draw(d.T, "precision")])
	out, err := value.NewDate(parts[0], parts[1], parts[2])
	if err != nil {
		d.Fatal(err)
	}
	return out
}

func (d *drawing) certainty() claim.Certainty {
	return rapid.SampledFrom([]claim.Certainty{"", claim.Checked, claim.FromMemory}).Draw(d.T, "certainty")
}

func (d *drawing) name() string {
	return rapid.SampledFrom([]string{"Kim", "Panel of Experts", "Корея", "some bank", "A & B", "北极星"}).Draw(d.T, "name")
}

// fields draws every field of a struct.
func (d *drawing) fields(v reflect.Value) {
	for i := range v.NumField() {
		f := v.Type().Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		d.field(v.Field(i), v.Type().Name()+"."+name, strings.Contains(options, "omit"))
	}
}

func (d *drawing) field(v reflect.Value, name string, optional bool) {
	switch into := v.Addr().Interface().(type) {
	case *observation.Kind:
		return // New has set it
	case *value.Date:
		if *into = d.date(); into.IsZero() && (!optional || required[name]) {
			*into = d.knownDate()
		}
	case *value.Decimal:
		*into = value.MustDecimal(rapid.StringMatching(`[0-9]{1,12}(\.([0-9]{1,3}|[0-9]{60}))?`).Draw(d.T, name))
	case *claim.Status:
		*into = rapid.SampledFrom(claim.Statuses()).Draw(d.T, name)
	case *claim.Certainty:
		*into = d.certainty()
	case *claim.Anchor:
		*into = claim.Anchor{Source: rapid.SampledFrom(d.sources).Draw(d.T, name), Place: Text(d.T)}
	case *party.Kind:
		*into = rapid.SampledFrom([]party.Kind{party.Person, party.Company, party.Group, party.Organ}).Draw(d.T, name)
	case *string:
		*into = d.word(name, optional)
	default:
		d.compound(v, name, optional)
	}
}

func (d *drawing) compound(v reflect.Value, name string, optional bool) {
	switch v.Kind() {
	case reflect.Pointer:
		if d.chance(name + " known") {
			v.Set(reflect.New(v.Type().Elem()))
			d.field(v.Elem(), name, false)
		}
	case reflect.Bool:
		v.SetBool(d.chance(name))
	case reflect.Int:
		v.SetInt(int64(rapid.IntRange(0, 1_000_000_000).Draw(d.T, name)))
	case reflect.Slice:
		least := 1
		if optional {
			least = 0
		}
		n := rapid.IntRange(least, 3).Draw(d.T, name)
		if n == 0 {
			return
		}
		v.Set(reflect.MakeSlice(v.Type(), n, n))
		for i := range n {
			d.field(v.Index(i), name, false)
		}
	case reflect.Struct:
		d.fields(v)
	default:
		d.Fatalf("%s: cannot draw a %s", name, v.Type())
	}
}

// word draws a text for the field: a term of its vocabulary where it has one.
func (d *drawing) word(name string, optional bool) string {
	_, last, _ := strings.Cut(name, ".")
	terms, ok := vocabulary[name]
	if !ok {
		terms, ok = vocabulary[last]
	}
	switch {
	case ok && optional && d.chance(name+" missing"):
		return ""
	case ok:
		return rapid.SampledFrom(strings.Fields(terms)).Draw(d.T, name)
	case optional:
		return Text(d.T)
	}
	return d.name()
}

// repair makes what belongs together fit.
func (d *drawing) repair(o observation.Observation) {
	switch o := o.(type) {
	case *observation.CyberIncident:
		prefer(d, o.Amounts)
		prefer(d, o.Attributions)
	case *observation.WeaponsEvent:
		prefer(d, o.Magnitude)
		prefer(d, o.YieldKt)
		for i := range o.YieldKt {
			if y := &o.YieldKt[i].Value; y.Low.Cmp(y.High) > 0 {
				y.Low, y.High = y.High, y.Low
			}
		}
	case *observation.WorkerEstimate:
		if o.Low == nil && o.High == nil {
			o.Low = new(value.Int(1))
		}
		if o.Low != nil && o.High != nil && o.Low.Cmp(*o.High) > 0 {
			o.Low, o.High = o.High, o.Low
		}
	}
}

// prefer flags one of the claims.
func prefer[T any](d *drawing, claims []claim.Claim[T]) {
	for i := range claims {
		claims[i].Preferred = false
	}
	if n := len(claims); n > 0 {
		c := &claims[rapid.IntRange(0, n-1).Draw(d.T, "preferred")]
		c.Preferred, c.Reason = true, fmt.Sprintf("one of %d", n)
	}
}

// required are dates that may be left out of the JSON but not of a valid record.
var required = map[string]bool{
	"CyberIncident.date": true, "CouncilResponse.date": true, "TradeStatistic.period": true,
}

// vocabulary is what fields take, by type and name or by name alone.
var vocabulary = map[string]string{
	"direction": "from_dprk to_dprk", "hs": "27 0306 270112 030617", "currency": "USD EUR KRW",
	"origin": "KP CN", "destination": "KP CN RU", "flag": "PA KP", "country": "KP CN", "host_country": "CN RU",
	"partner_country": "CN", "supplier_country": "RU", "seller_country": "CN", "worker_nationality": "KP",
	"CyberIncident.addresses": "ethereum:0x00 bitcoin:북", "reporter": "CHN RUS", "partner": "PRK", "partner_alt": "KOR", "flow": "import export total",
	"product": "refined crude condensate", "basis": "reported estimated", "event": "launch nuclear_test",
	"technology": "ballistic_missile space_launch_vehicle cruise_missile", "condition": "new used",
	"relation": "correspondent_account branch account joint_venture", "imo": "9074729 8001232 1234567",
	"exception":      "none host_national refugee_law un_headquarters",
	"consignor_type": "un_agency ngo diplomatic", "Shipment.claim": "livelihood humanitarian", "evidence": "none documented",
	"WorkerEstimate.metric": "workers_abroad income_per_year", "report": "final midterm thematic",
	"JointVenture.kind":    "commercial non_commercial_infrastructure",
	"WeaponsEvent.outcome": "success failure unknown", "CouncilResponse.outcome": "adopted vetoed",
	"StateReply.outcome": "replied partial acknowledged none declined", "StateReply.claim": "misreported exemption humanitarian",
	"Source.origin": "agency", "Designation.on": "2017 2017-08 2017-08-05",
}
