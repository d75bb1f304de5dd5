package regime_test

import (
	"fmt"
	"testing"

	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/record/value"
	"github.com/turtlebay/turtlebay/regime"
)

// BenchmarkCheck measures the whole pack on decoded shipments, one in ten of
// which gives a finding, without traces.
func BenchmarkCheck(b *testing.B) {
	p := kpPack(b)
	free := []string{"300490", "100590", "310210", "640399", "392690", "190110", "070190", "401110", "151190"}
	var rs []record.Record
	for i := range 1000 {
		code, direction := free[i%len(free)], "to_dprk"
		if i%10 == 0 {
			code, direction = "270112", "from_dprk"
		}
		rs = append(rs, observe(b, "SHP-1", fmt.Sprintf(`{"type":"shipment","date":"2018-%02d-14","direction":%q,"hs":%q,"net_kg":%d,"value_usd":%d,"origin":"XA","destination":"XB"}`, i%12+1, direction, code, i*1000, i*70)))
	}
	c := p.Checker(regime.NoTrace)
	n, found := 0, 0
	for b.Loop() {
		if len(c.Check(rs[n%len(rs)], value.Date{})) > 0 {
			found++
		}
		n++
	}
	b.ReportMetric(float64(found)/float64(n), "findings/record")
}
