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
	"io/fs"
	"sync"

	"github.com/turtlebay/turtlebay/regime"
	"github.com/turtlebay/turtlebay/regime/lists"
)

//go:embed pack.yaml measures
var files embed.FS

var load = sync.OnceValues(func() (*regime.Pack, error) { return regime.Load(files, lists.Files()) })

// Pack loads the pack and runs its tests on the first call, and returns the same
// pack ever after.
func Pack() (*regime.Pack, error) { return load() }

// Files are the pack's files as embedded, for tools that show or check them.
func Files() fs.FS { return files }
