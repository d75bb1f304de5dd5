package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"
	"github.com/turtlebay/turtlebay/desk"
	"github.com/turtlebay/turtlebay/intake"
	"github.com/turtlebay/turtlebay/marking"
	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/record/cases"
)

// recordsFlag adds --in to a verb that reads records of the desk or of a file.
func recordsFlag(c *cobra.Command) {
	c.Flags().String("in", "", "read records from a file of cases instead of the desk: a JSON array, or one object a line")
	deskFlag(c)
}

// recordsOf are the records of the file that --in names, else of the desk. Its custodian
// reads; who has less access sees it with “turtlebay records --reader”.
func recordsOf(c *cobra.Command) ([]record.Record, error) {
	path, err := c.Flags().GetString("in")
	if err != nil {
		return nil, err
	}
	if path != "" {
		if c.Flags().Changed("desk") {
			return nil, usage(errors.New("--in and --desk: one of them"))
		}
		return readCases(path)
	}
	var out []record.Record
	err = onDesk(c, func(d *desk.Desk) error {
		if out, err = d.For(marking.Custodian()).Records(""); err != nil {
			return unread(err)
		}
		return nil
	})
	return out, err
}

// readCases reads all cases of a file; the first that cannot be read ends it.
func readCases(path string) ([]record.Record, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, unread(aboutFile(path, err))
	}
	defer f.Close()
	r := bufio.NewReader(f)
	switch form, err := cases.Look(r); {
	case err != nil:
		return nil, unread(aboutFile(path, err))
	case form == cases.None:
		return nil, unread(fmt.Errorf("%s: holds no cases: want JSON, {\"id\", \"observation\"} in an array or one a line", intake.Printable(path)))
	}
	in, err := cases.Open(path, r, intake.Options{})
	if err != nil {
		return nil, unread(err)
	}
	defer in.Close()
	var out []record.Record
	batch := new(cases.Batch)
	for {
		switch err := in.Read(batch); {
		case errors.Is(err, io.EOF):
			return out, nil
		case err != nil:
			return nil, unread(err)
		}
		for line, text := range batch.All() {
			if text.Err != nil {
				return nil, unread(text.Err)
			}
			rec, err := cases.Decode(text.JSON)
			if err != nil {
				return nil, unread(in.Refuse(line, err))
			}
			out = append(out, rec)
		}
	}
}
