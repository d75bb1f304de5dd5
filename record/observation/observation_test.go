package observation_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/turtlebay/turtlebay/record/observation"
	"github.com/turtlebay/turtlebay/record/value"
)

// check returns what is wrong with an observation given as JSON.
func check(t *testing.T, k observation.Kind, in string) []string {
	t.Helper()
	o, err := observation.New(k)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(in), o); err != nil {
		t.Fatalf("%s: %v", in, err)
	}
	var out []string
	observation.Check(o, func(field, reason string) { out = append(out, field+": "+reason) })
	return out
}

func TestKinds(t *testing.T) {
	prefixes := map[string]observation.Kind{}
	for _, k := range observation.Kinds() {
		o, err := observation.New(k)
		if err != nil || o.Kind() != k || !k.Valid() {
			t.Fatalf("%s: got %v, %v", k, o, err)
		}
		if len(k.Prefix()) != 3 || k.Prefix() != strings.ToUpper(k.Prefix()) || prefixes[k.Prefix()] != "" || k.About() == "" {
			t.Errorf("%s: prefix %q, about %q", k, k.Prefix(), k.About())
		}
		prefixes[k.Prefix()] = k
		if back, err := observation.ParseKind(string(k)); err != nil || back != k {
			t.Errorf("%s: got %s, %v", k, back, err)
		}
		b, err := json.Marshal(o)
		if err != nil || !strings.Contains(string(b), `"type":"`+string(k)+`"`) {
			t.Errorf("%s: got %s, %v", k, b, err)
		}
		if !o.When().IsZero() {
			t.Errorf("%s: an empty observation has a date", k)
		}
	}
	for _, k := range []string{"", "Shipment", "shipments", "indicator"} {
		if _, err := observation.ParseKind(k); err == nil || !strings.Contains(err.Error(), "want one of cyber_incident, shipment, ") {
			t.Errorf("%q: got %v", k, err)
		}
		if _, err := observation.New(observation.Kind(k)); err == nil || observation.Kind(k).Prefix() != "" {
			t.Errorf("%q: there is such a kind", k)
		}
	}
}

func TestWhen(t *testing.T) {
	d, e := value.MustDate("2017-03"), value.MustDate("2018")
	tests := []struct {
		o    observation.Observation
		want value.Date
	}{
		{&observation.CyberIncident{Date: d}, d},
		{&observation.Shipment{Date: d}, d},
		{&observation.PetroleumDelivery{Date: d}, d},
		{&observation.TradeStatistic{Period: d}, d},
		{&observation.WorkPermit{Date: d}, d},
		{&observation.WorkerPresence{Date: d}, d},
		{&observation.WorkerEstimate{Period: d, AsPublished: e}, d},
		{&observation.WorkerEstimate{AsPublished: e}, e},
		{&observation.BankRelationship{Date: d}, d},
		{&observation.JointVenture{Date: d, Established: e}, d},
		{&observation.ArmsTransfer{Date: d}, d},
		{&observation.STSTransfer{Date: d}, d},
		{&observation.VesselTransfer{Date: d}, d},
		{&observation.WeaponsEvent{Date: d, DateUTC: e}, d},
		{&observation.CouncilResponse{Date: d}, d},
		{&observation.Group{FirstSeen: d}, d},
		{&observation.PanelMandate{Adopted: d, To: e}, d},
		{&observation.PanelReport{Date: d}, d},
		{&observation.StateReply{Date: d, Sent: e}, d},
		{&observation.StateReply{Sent: e}, e},
		{&observation.StateReport{Date: d}, d},
		{&observation.CommitteeNotice{Date: d}, d},
		{&observation.CommitteeApproval{Date: d, To: e}, d},
	}
	for _, tt := range tests {
		if got := tt.o.When(); got != tt.want {
			t.Errorf("%T: got %s, want %s", tt.o, got, tt.want)
		}
	}
}

func TestCheck(t *testing.T) {
	const claimed = `"authority":"A","anchor":{"source":"a"}`
	tests := []struct {
		name string
		kind observation.Kind
		in   string
		want []string
	}{
		{"a shipment may say nothing", observation.KindShipment, `{}`, nil},
		{"sound codes", observation.KindShipment, `{"hs":"030617","origin":"KP","direction":"from_dprk","net_kg":"0"}`, nil},
		{"lost zero", observation.KindShipment, `{"hs":"30617"}`, []string{`hs: is "30617": an odd number of digits; a leading zero may have been lost`}},
		{"code in words", observation.KindShipment, `{"hs":"27.01"}`, []string{`hs: is "27.01", want digits only`}},
		{"code as a power of ten", observation.KindShipment, `{"hs":"2.7E+05"}`, []string{`hs: is "2.7E+05", want digits only`}},
		{"national code", observation.KindShipment, `{"hs":"27011200"}`, []string{`hs: is "27011200": more than six digits are national, not HS`}},
		{"huge code", observation.KindShipment, `{"hs":"` + strings.Repeat("1", 5000) + `"}`, []string{`hs: is "` + strings.Repeat("1", 40) + `…": more than six digits are national, not HS`}},
		{"negative", observation.KindShipment, `{"net_kg":"-1","value_usd":-2,"unit_value_usd":"-0.1","year_total_before_usd":"-3","year_total_before_tonnes":"-4"}`, []string{
			"net_kg: is negative", "value_usd: is negative", "unit_value_usd: is negative",
			"year_total_before_tonnes: is negative", "year_total_before_usd: is negative",
		}},
		{"the most that can be meant", observation.KindShipment, `{"net_kg":"10000000000000"}`, nil},
		{"absurd", observation.KindShipment, `{"net_kg":"10000000000000.01","value_usd":"` + strings.Repeat("9", 60) + `"}`, []string{"net_kg: is absurdly large", "value_usd: is absurdly large"}},
		{"countries", observation.KindShipment, `{"origin":"PRK","destination":"kp"}`, []string{
			`origin: is "PRK", want an ISO 3166-1 alpha-2 code in capitals`, `destination: is "kp", want an ISO 3166-1 alpha-2 code in capitals`,
		}},
		{"direction", observation.KindShipment, `{"direction":"export"}`, []string{`direction: is "export", want from_dprk, to_dprk`}},
		{"sound numbers of vessels", observation.KindSTSTransfer, `{"vessel_a":{"imo":"9074729"},"vessel_b":{"imo":"1234567","flag":"PA"}}`, nil},
		{"check digit", observation.KindSTSTransfer, `{"vessel_a":{"imo":"9074728"},"vessel_b":{"imo":"9047729"}}`, []string{
			"vessel_a.imo: 9074728 fails its check digit", "vessel_b.imo: 9047729 fails its check digit",
		}},
		{"IMO in words", observation.KindVesselTransfer, `{"vessel":{"imo":"IMO9074729","flag":"Panama"}}`, []string{
			`vessel.flag: is "Panama", want an ISO 3166-1 alpha-2 code in capitals`, `vessel.imo: is "IMO9074729", want seven digits`,
		}},
		{"statistic", observation.KindTradeStatistic, `{"reporter":"CN","partner":"123","flow":"re-export","hs":"2"}`, []string{
			"period: is missing", `flow: is "re-export", want import, export, total`,
			`hs: is "2": an odd number of digits; a leading zero may have been lost`,
			`reporter: is "CN", want an ISO 3166-1 alpha-3 code in capitals`, `partner: is "123", want an ISO 3166-1 alpha-3 code in capitals`,
		}},
		{"totals", observation.KindPetroleumDelivery, `{"totals":[{"value":{"barrels":"-1","from":"2018","to":"2017"}}]}`, []string{
			"totals[0].authority: is missing", "totals[0].anchor.source: is missing", "totals[0].value.basis: is missing",
			"totals[0].value.barrels: is negative", "totals[0].value.to: 2017 is before 2018",
		}},
		{"counts", observation.KindWorkPermit, `{"workers":-1}`, []string{"workers: is negative"}},
		{"absurd count", observation.KindWorkerPresence, `{"workers":9007199254740993}`, []string{"workers: is 9007199254740993, more than there can be"}},
		{"nobody", observation.KindWorkerPresence, `{"person":{"kind":"human","names":[{"text":" "}]}}`, []string{
			`person.kind: unknown kind of party "human"`, "person.names: a party needs a name",
		}},
		{"empty estimate", observation.KindWorkerEstimate, `{}`, []string{
			"metric: is missing", "unit: is missing", "authority: is missing", "low: an estimate needs a lower or an upper figure",
		}},
		{"crossed estimate", observation.KindWorkerEstimate, `{"metric":"final_reports","unit":"States","authority":"A","low":"2","high":"1"}`, []string{"high: is less than low"}},
		{"bank", observation.KindBankRelationship, `{"relation":"loan","bank":{"country":"kp"}}`, []string{
			`relation: is "loan", want correspondent_account, branch, account, joint_venture`,
			`bank.country: is "kp", want an ISO 3166-1 alpha-2 code in capitals`,
		}},
		{"bank without a name", observation.KindBankRelationship, `{"relation":"account","bank":{"country":"KP","designated":true}}`, nil},
		{"no bank", observation.KindBankRelationship, `{"bank":null}`, nil},
		{"venture", observation.KindJointVenture, `{"kind":"secret","partner_country":"X"}`, []string{
			`partner_country: is "X", want an ISO 3166-1 alpha-2 code in capitals`, `kind: is "secret", want commercial, non_commercial_infrastructure`,
		}},
		{"arms", observation.KindArmsTransfer, `{"direction":"north","quantity":"-5"}`, []string{`direction: is "north", want from_dprk, to_dprk`, "quantity: is negative"}},
		{"yield", observation.KindWeaponsEvent, `{"yield_kt":[{"value":{"low":"5","high":"3"},` + claimed + `,"preferred":true,"reason":"r"}]}`, []string{"yield_kt[0].value.high: is less than low"}},
		{"yield of one bound", observation.KindWeaponsEvent, `{"yield_kt":[{"value":{"low":"5"},` + claimed + `,"preferred":true,"reason":"r"}]}`, []string{
			"yield_kt[0].value.high: is missing", "yield_kt[0].value.high: is less than low",
		}},
		{"magnitude without a figure", observation.KindWeaponsEvent, `{"magnitude":[{` + claimed + `,"preferred":true,"reason":"r"}]}`, []string{"magnitude[0].value: is missing"}},
		{"answer before the event", observation.KindCouncilResponse, `{"document":"S/RES/1","outcome":"adopted","date":"2016-03-02","trigger_date":"2016-03-03"}`, []string{"date: 2016-03-02 is before 2016-03-03"}},
		{"mandate", observation.KindPanelMandate, `{"adopted":"2010","to":"2009"}`, []string{"resolution: is missing", "to: 2009 is before 2010"}},
		{"statement", observation.KindPanelReport, `{"symbol":"S/1","statements":[{"key":"k","certainty":"sure"}]}`, []string{
			"statements[0].unit: is missing", "statements[0].value: is missing", `statements[0].certainty: is "sure", want checked or from-memory`,
		}},
		{"group", observation.KindGroup, `{"party":{"kind":"group","names":[{"text":"G"}]},"subordination":[{"from":"2019","to":"2018"}]}`, []string{
			"subordination[0].under: is missing", "subordination[0].authority: is missing", "subordination[0].to: 2018 is before 2019",
		}},
		{"reply", observation.KindStateReply, `{"outcome":"maybe"}`, []string{"from: is missing", `outcome: is "maybe", want replied, partial, acknowledged, none, declined`}},
		{"report", observation.KindStateReport, `{}`, []string{"state: is missing", "under: is missing"}},
		{"notice", observation.KindCommitteeNotice, `{"percent":-1}`, []string{"measure: is missing", "percent: is negative"}},
		{"approval", observation.KindCommitteeApproval, `{"date":"2019","to":"2018-12"}`, []string{"number: is missing", "to: 2018-12 is before 2019"}},
		{"wrong type", observation.KindShipment, `{"type":"group"}`, []string{`type: is "group" in a shipment`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := check(t, tt.kind, tt.in); !slices.Equal(got, tt.want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(tt.want, "\n"))
			}
		})
	}
}

func TestCheckClaims(t *testing.T) {
	const (
		attributed = `"attributions":[{"value":"G","authority":"A","anchor":{"source":"a"},"status":"official","preferred":true,"reason":"r"}]`
		head       = `{"date":"2022","victim":"V",`
	)
	amount := func(rest string) string {
		return head + attributed + `,"amounts":[{"value":{"amount":"1","currency":"USD"},"authority":"A","anchor":{"source":"a"}` + rest + `}]}`
	}
	tests := []struct{ name, in, want string }{
		{"sound", amount(`,"preferred":true,"reason":"r"`), ""},
		{"no amount", head + attributed + `}`, ""},
		{"none preferred", amount(""), "amounts: 0 claims are flagged preferred, want exactly one"},
		{"no reason", amount(`,"preferred":true`), "amounts[0].reason: is missing"},
		{"status of an amount", amount(`,"preferred":true,"reason":"r","status":"rumour"`), "amounts[0].status: want official, panel"},
		{"certainty of an amount", amount(`,"preferred":true,"reason":"r","certainty":"sure"`), `amounts[0].certainty: is "sure"`},
		{"no attribution", head + `"note":""}`, "attributions: an incident needs at least one attribution"},
		{"no status", head + strings.Replace(attributed, `"status":"official",`, "", 1) + `}`, "attributions[0].status: want official"},
		{"attributed to nobody", head + strings.Replace(attributed, `"G"`, `""`, 1) + `}`, "attributions[0].value: is missing"},
		{"no victim", strings.Replace(head, `"V"`, `" "`, 1) + attributed + `}`, "victim: is missing"},
		{"no date", strings.Replace(head, `"2022"`, `""`, 1) + attributed + `}`, "date: is missing"},
		{"currency", strings.Replace(amount(`,"preferred":true,"reason":"r"`), "USD", "usd", 1), `amounts[0].value.currency: is "usd", want an ISO 4217 code in capitals`},
		{"negative", strings.Replace(amount(`,"preferred":true,"reason":"r"`), `"1"`, `"-1"`, 1), "amounts[0].value.amount: is negative"},
		{"an amount without a number", strings.Replace(amount(`,"preferred":true,"reason":"r"`), `"amount":"1",`, ``, 1), "amounts[0].value.amount: is missing"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := check(t, observation.KindCyberIncident, tt.in)
			if tt.want == "" && len(got) > 0 || tt.want != "" && (len(got) != 1 || !strings.HasPrefix(got[0], tt.want)) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func ExampleCheck() {
	o := &observation.Shipment{Type: observation.KindShipment, HS: "30617", Origin: "North Korea"}
	observation.Check(o, func(field, reason string) { fmt.Println(field, reason) })
	// Output:
	// hs is "30617": an odd number of digits; a leading zero may have been lost
	// origin is "North Korea", want an ISO 3166-1 alpha-2 code in capitals
}

// TestClaimed: every kind that has lists of claims hands out all of them, and
// begins with its type.
func TestClaimed(t *testing.T) {
	for _, k := range observation.Kinds() {
		o, err := observation.New(k)
		if err != nil {
			t.Fatal(err)
		}
		v := reflect.ValueOf(o).Elem()
		if f := v.Type().Field(0); f.Name != "Type" || v.Field(0).String() != string(k) {
			t.Errorf("%s begins with %s %s", k, f.Name, v.Field(0))
		}
		filled := 0
		for i := range v.NumField() {
			if f := v.Field(i); f.Kind() == reflect.Slice && strings.HasPrefix(f.Type().Elem().Name(), "Claim[") {
				f.Set(reflect.MakeSlice(f.Type(), 1, 1))
				filled++
			}
		}
		claimed, ok := o.(observation.Claimed)
		if ok != (filled > 0) {
			t.Errorf("%s has %d lists of claims, hands them out: %t", k, filled, ok)
			continue
		}
		if !ok {
			continue
		}
		for _, list := range claimed.Claims() {
			filled -= len(list.Said())
			list.Clear()
		}
		if again, _ := observation.New(k); filled != 0 || !reflect.DeepEqual(o, again) {
			t.Errorf("%s: %d lists are not handed out: %+v", k, filled, o)
		}
	}
}
