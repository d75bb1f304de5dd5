// Package eu20171509 is what Council Regulation (EU) 2017/1509 adds to the regime on
// the Democratic People's Republic of Korea: its list of luxury goods, as a pack of
// package regime that joins with that of the Security Council.
//
//	council, err := kp.Pack()
//	union, err := eu20171509.Pack()
//	both, err := regime.Join(council, union)
//
// The law of the European Union binds its members; nothing here is a measure of the
// Council. The headings of the list were not seen in a source, so that a finding is
// possible at most and asks what has to be looked up.
package eu20171509

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

// Files are the pack's files as embedded, without the lists of goods that packs
// share, for tools that show or check them.
func Files() fs.FS { return files }
