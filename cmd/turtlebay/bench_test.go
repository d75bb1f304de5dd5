package main

import (
	"context"
	"io"
	"path/filepath"
	"strconv"
	"testing"
)

// BenchmarkDemo is the whole way: facts, analyses, documents, bundle, verification.
func BenchmarkDemo(b *testing.B) {
	dir := b.TempDir()
	for n := 0; b.Loop(); n++ {
		if code := run(context.Background(), []string{"demo", "--no-pdf", "--desk", filepath.Join(dir, strconv.Itoa(n))}, io.Discard, io.Discard); code != 0 {
			b.Fatalf("demo: exit %d", code)
		}
	}
}

// BenchmarkVerify derives every figure of the demo's bundle again.
func BenchmarkVerify(b *testing.B) {
	desk := filepath.Join(b.TempDir(), "desk")
	if code := run(context.Background(), []string{"demo", "--no-pdf", "--desk", desk}, io.Discard, io.Discard); code != 0 {
		b.Fatalf("demo: exit %d", code)
	}
	for b.Loop() {
		if code := run(context.Background(), []string{"verify", filepath.Join(desk, "out", "report.tbz")}, io.Discard, io.Discard); code != 0 {
			b.Fatalf("verify: exit %d", code)
		}
	}
}
