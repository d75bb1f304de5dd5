package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"github.com/turtlebay/turtlebay/derive"
	"github.com/turtlebay/turtlebay/desk"
	"github.com/turtlebay/turtlebay/marking"
	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/record/observation"
	"github.com/turtlebay/turtlebay/report/prose"
)

// readerFlags say for whom a verb reads.
type readerFlags struct {
	names       []string
	tlp, un, on string
}

// add adds the flags; name is the one that gives the reader's name.
func (f *readerFlags) add(fs *pflag.FlagSet, name, about string) {
	fs.StringArrayVar(&f.names, name, nil, about+", as releasable-to caveats name it; again for other names of the same")
	fs.StringVar(&f.tlp, "cleared", "", "highest TLP level this reader may see (default clear)")
	fs.StringVar(&f.un, "un", "", "highest UN level this reader may see (default unclassified)")
	fs.StringVar(&f.on, "on", "", "day of reading, YYYY-MM-DD, by which embargoes end (default: none has ended)")
}

// reader is whom the flags describe; without any of them it is the public.
func (f *readerFlags) reader() (marking.Reader, error) {
	r := marking.Reader{TLP: strings.ToLower(f.tlp), UN: strings.ToLower(f.un), On: f.on}
	if len(f.names) > 0 {
		r.Name, r.As = f.names[0], f.names[1:]
	}
	for _, part := range []struct {
		flag string
		of   marking.Reader
	}{{"cleared", marking.Reader{TLP: r.TLP}}, {"un", marking.Reader{UN: r.UN}}, {"on", marking.Reader{On: r.On}}} {
		if err := part.of.Validate(); err != nil {
			return r, usage(fmt.Errorf("--%s: %w", part.flag, err))
		}
	}
	return r, nil
}

// given reports whether the command line names a reader.
func (f *readerFlags) given() bool { return len(f.names) > 0 || f.tlp+f.un+f.on != "" }

// who is the reader that the command line names, else the custodian. A name alone is
// looked up among those who were given access.
func (f *readerFlags) who(c *cobra.Command) (marking.Reader, error) {
	if !f.given() {
		return marking.Custodian(), nil
	}
	r, err := f.reader()
	if err != nil || len(f.names) != 1 || f.tlp+f.un != "" {
		return r, err
	}
	err = onDesk(c, func(d *desk.Desk) error {
		known, err := d.Reader(r.Name)
		if err == nil {
			known.On = r.On
			r = known
		}
		if errors.Is(err, desk.ErrNoGrant) { // a stranger sees what the public sees
			return nil
		}
		return err
	})
	return r, err
}

// onView opens the desk and hands it on as the reader sees it: as its custodian does
// where the command line names none.
func (f *readerFlags) onView(c *cobra.Command, do func(*desk.View) error) error {
	r, err := f.who(c)
	if err != nil {
		return err
	}
	return onDesk(c, func(d *desk.Desk) error { return do(d.For(r)) })
}

// forReader adds to a verb that reads the desk the flags that say for whom.
func forReader(c *cobra.Command) *readerFlags {
	f := &readerFlags{}
	f.add(c.Flags(), "reader", "see the desk as this reader does")
	return f
}

// mark gives a derivation the marking of the records that it rests on.
func mark(v *desk.View, d derive.Derivation) (derive.Derivation, error) {
	var rs []record.Record
	for _, in := range d.Inputs {
		k := observation.Kind(in.Kind)
		if !k.Valid() {
			continue
		}
		marked, err := v.Marked(k)
		if err != nil {
			return d, err
		}
		rs = append(rs, marked...)
	}
	if m := prose.NewMarks(rs).Of(d); !m.IsZero() {
		d.Marking = m.String()
	}
	return d, nil
}
