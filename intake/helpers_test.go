package intake

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/turtlebay/turtlebay/intake/internal/stream"
)

// read returns what a file of these bytes gives: each row as "line: values",
// each refusal as it prints, and the error of the file.
func read(t testing.TB, data string, opts Options) (rows, refused []string, err error) {
	t.Helper()
	all, err := collect(data, opts)
	for _, o := range all {
		switch {
		case o.refusal != nil:
			refused = append(refused, o.refusal.Error())
		case o.row.Object != nil:
			rows = append(rows, fmt.Sprintf("%d: %s", o.row.Line, o.row.Object))
		default:
			rows = append(rows, fmt.Sprintf("%d: %q", o.row.Line, o.row.Values))
		}
	}
	return rows, refused, err
}

// outcome is a row or the refusal of one.
type outcome struct {
	row     Row
	refusal *Refusal
}

func (o outcome) place() (line int, original []byte, size int64) {
	if o.refusal != nil {
		return o.refusal.Line, o.refusal.Original, o.refusal.Size
	}
	return o.row.Line, o.row.Original, int64(len(o.row.Original))
}

func collect(data string, opts Options) ([]outcome, error) {
	src, err := NewSource("f", strings.NewReader(data), opts)
	if err != nil {
		return nil, err
	}
	return drain(src)
}

func drain(src *Source) (all []outcome, err error) {
	for row, err := range src.Rows() {
		var refusal *Refusal
		switch {
		case err == nil:
			all = append(all, outcome{row: row})
		case errors.As(err, &refusal):
			all = append(all, outcome{refusal: refusal})
		default:
			return all, err
		}
	}
	return all, nil
}

func gzipped(data string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write([]byte(data))
	_ = w.Close()
	return b.String()
}

func mustCodec(name string) stream.Codec {
	c, ok := stream.Named(name)
	if !ok {
		panic(name)
	}
	return c
}

// encoded is text in the encoding of that name.
func encoded(name, text string) string {
	out, err := mustCodec(name).Encode(text)
	if err != nil {
		panic(err)
	}
	return out
}
