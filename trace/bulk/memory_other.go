//go:build !linux

package bulk

func mapped(int) []byte { return nil }

func unmap([]byte) {}
