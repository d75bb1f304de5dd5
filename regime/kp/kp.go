// Package kp is the regime of the Security Council on the Democratic People's
// Republic of Korea, as a pack of package regime: one YAML file a measure, with
// its citation, interval, conditions and tests.
//
//	pack, err := kp.Pack()
//	for _, m := range pack.InForce(value.MustDate("2017-10-01")) {
//		fmt.Println(m.Cite, m.Summary)
//	}
//
// Summaries and reasons are in the project's own words and are no legal advice.
// Measures whose paragraph or substance was not seen in a source say so in their
// citation (regime.Cite.ToBeVerified); print must repeat it.
package kp

import (
	"embed"
	"sync"

	"github.com/turtlebay/turtlebay/regime"
)

//go:embed pack.yaml measures
var files embed.FS

// Pack loads and tests the pack on the first call and returns the same one ever after.
var Pack = sync.OnceValues(func() (*regime.Pack, error) { return regime.Load(files) })
