// Package lists holds lists of goods that several packs share: the annexes of
// Council resolutions that name luxury goods, and national lists beside them.
// Each file says where the list stands, from what day it counts and on whose
// word a code stands for what the list names.
package lists

import (
	"embed"
	"io/fs"
)

//go:embed *.yaml
var files embed.FS

// Files are the lists, to be given to regime.Load beside a pack.
func Files() fs.FS { return files }
