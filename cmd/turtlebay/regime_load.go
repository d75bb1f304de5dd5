package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
	"testing/fstest"

	"github.com/turtlebay/turtlebay/regime"
	"go.yaml.in/yaml/v3"
)

// A pack whose tests fail is refused as a whole, and yet who writes it wants to see
// all of them. So it is loaded with other tests in place of those that fail.

// faultsOf takes apart an error of loading.
func faultsOf(err error) []*regime.FileError {
	switch x := err.(type) {
	case nil:
		return nil
	case *regime.FileError:
		return []*regime.FileError{x}
	case interface{ Unwrap() []error }:
		var out []*regime.FileError
		for _, e := range x.Unwrap() {
			out = append(out, faultsOf(e)...)
		}
		return out
	}
	return faultsOf(errors.Unwrap(err))
}

// onlyTests reports whether nothing is wrong but tests that failed.
func onlyTests(faults []*regime.FileError) bool {
	for _, f := range faults {
		if !strings.HasPrefix(f.Field, "tests[") {
			return false
		}
	}
	return true
}

// idleTests take the place of tests that fail: a day on which nothing was in force.
const idleTests = `[{name: nothing, given: {type: weapons_event, date: 1900-01-01}, expect: none}]`

// loadFailing loads the pack, and if tests fail without those: failing holds the
// files of the measures concerned as they are.
func (s packSource) loadFailing() (p *regime.Pack, failing map[string][]byte, err error) {
	if p, err = s.load(); err == nil {
		return p, nil, nil
	}
	first := err
	files, readErr := s.all()
	if readErr != nil {
		return nil, nil, errors.Join(first, readErr)
	}
	failing = map[string][]byte{}
	for err != nil {
		faults := faultsOf(err)
		if len(faults) == 0 || !onlyTests(faults) {
			return nil, nil, first
		}
		for _, f := range faults {
			if failing[f.File] != nil {
				return nil, nil, first // it would go on for ever
			}
		}
		for _, f := range faults {
			if failing[f.File] == nil {
				failing[f.File] = files[f.File].Data
				if files[f.File], readErr = withoutTests(failing[f.File]); readErr != nil {
					return nil, nil, errors.Join(first, readErr)
				}
			}
		}
		p, err = regime.Load(files)
	}
	return p, failing, nil
}

// withoutTests is a measure's file with idle tests.
func withoutTests(data []byte) (*fstest.MapFile, error) {
	var doc, idle yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		return nil, fmt.Errorf("read a measure: %w", err)
	}
	if err := yaml.Unmarshal([]byte(idleTests), &idle); err != nil {
		return nil, err
	}
	for _, root := range doc.Content {
		for i := 0; i+1 < len(root.Content); i += 2 {
			if root.Content[i].Value == "tests" {
				root.Content[i+1] = idle.Content[0]
			}
		}
	}
	var b bytes.Buffer
	e := yaml.NewEncoder(&b)
	if err := errors.Join(e.Encode(&doc), e.Close()); err != nil {
		return nil, fmt.Errorf("write a measure: %w", err)
	}
	return &fstest.MapFile{Data: b.Bytes()}, nil
}

// maxPackBytes bounds a pack that is held as a whole.
const maxPackBytes = 256 << 20

// all are the files of the pack, shared lists in their folder: what Load reads.
func (s packSource) all() (fstest.MapFS, error) {
	out := fstest.MapFS{}
	size := 0
	add := func(from fs.FS, folder string) error {
		return fs.WalkDir(from, ".", func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || path.Ext(name) != ".yaml" {
				return err
			}
			f, err := from.Open(name)
			if err != nil {
				return err
			}
			defer f.Close()
			data, err := io.ReadAll(io.LimitReader(f, int64(maxPackBytes-size)+1))
			if size += len(data); size > maxPackBytes {
				err = fmt.Errorf("%s: a pack has at most %d bytes", name, maxPackBytes)
			}
			out[path.Join(folder, name)] = &fstest.MapFile{Data: data}
			return err
		})
	}
	err := add(s.files, "")
	for _, more := range s.shared {
		if err == nil {
			err = add(more, listsName)
		}
	}
	return out, err
}
