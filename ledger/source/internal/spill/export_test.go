package spill

import "os"

// CreateIn puts another file in the place of runs, until it is restored.
func CreateIn(open func() (*os.File, error)) (restore func()) {
	before := create
	create = func(string) (*os.File, error) { return open() }
	return func() { create = before }
}
