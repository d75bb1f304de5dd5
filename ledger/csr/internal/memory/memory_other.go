//go:build !linux

package memory

func advise[T uint32 | uint64]([]T) {}
