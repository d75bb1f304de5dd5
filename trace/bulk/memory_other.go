//go:build !linux

package bulk

func mapped(int) []byte { return nil }

func unmap([]byte) {}

func populate([]byte) bool { return false }
