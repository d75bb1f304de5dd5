// Package memory makes large arrays that are read and written at random.
//
//	slots := memory.Make[uint64](1 << 26)
package memory

// large is from how many bytes on it matters how memory is paged.
const large = 8 << 20

// Make is an array of n noughts. A large one lies in large pages where the system has
// them, so that a look at a random place is one look and not two.
func Make[T uint32 | uint64](n int) []T {
	out := make([]T, n)
	advise(out)
	return out
}
