// Package memory makes large arrays that are read and written at random, apart from the
// memory that is collected: what is garbage there is bounded by what lives, and these
// would allow for as much garbage again.
//
//	slots := memory.Make[uint64](1 << 26)
//	defer memory.Free(slots)
package memory

// large is from how many bytes on it matters where memory lies and how it is paged.
const large = 8 << 20

// Number is what arrays are of.
type Number interface{ byte | uint32 | uint64 }

// Make is an array of n noughts, which is not to grow. A large one lies in large pages
// where the system has them, so that a look at a random place is one look and not two.
// It stays until it is given to Free.
func Make[T Number](n int) []T { return allocate[T](n) }

// Free gives an array of Make back. Nothing of it may be used any more.
func Free[T Number](a []T) { release(a) }
