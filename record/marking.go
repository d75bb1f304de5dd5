package record

import "github.com/turtlebay/turtlebay/marking"

// Marking says who may see a record; see package marking, which decides.
type Marking = marking.Marking
