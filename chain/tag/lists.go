package tag

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// ofacSource is the source of a row of OFAC's list that names none.
const ofacSource = "OFAC SDN List"

// featureType is what OFAC calls the symbol of an address's asset.
const featureType = "Digital Currency Address - "

// ofacRow is a row of OFAC's list.
func ofacRow(address, asset, entity, program, uid string) row {
	asset = strings.TrimPrefix(asset, featureType)
	t := Tag{Label: entity, Categories: Sanctioned, CategoryAs: program, Confidence: Authority, Source: ofacSource}
	if uid != "" {
		t.Actor = "OFAC SDN " + uid
	}
	return row{address: address, currency: asset, tag: t}
}

// jsonFile is a JSON object being read, member by member.
type jsonFile struct {
	*reading
	dec  *json.Decoder
	at   int64 // offset up to which lines were counted
	line int
}

// here is the line that the last token stands on.
func (j *jsonFile) here() int {
	to := j.dec.InputOffset()
	j.line += bytes.Count(j.text[j.at:to], []byte("\n"))
	j.at = to
	return j.line
}

// readJSON reads OFAC's list by address or an explorer's labels by address. Where the
// JSON breaks off, what stands before is kept.
func (in *reading) readJSON() error {
	if !utf8.Valid(in.text) {
		return fmt.Errorf("%w: JSON that is not UTF-8", ErrFormat)
	}
	j := &jsonFile{reading: in, dec: json.NewDecoder(bytes.NewReader(in.text)), line: 1}
	err := j.members(func(name string) error {
		switch name {
		case "metadata":
			return j.metadata()
		case "addresses":
			if r := &in.file.Receipt; r.Read == 0 {
				r.Format = "ofac json"
			}
			return j.members(j.ofacAddress)
		}
		return j.explorerAddress(name)
	})
	if err == nil {
		if _, more := j.dec.Token(); more != io.EOF {
			err = errors.New("something stands behind the end")
		}
	}
	r := &in.file.Receipt
	switch {
	case errors.Is(err, ErrChain), errors.Is(err, ErrTooLarge):
		return err
	case err != nil && r.Read == 0:
		return fmt.Errorf("%w: %w", ErrFormat, err)
	case err != nil:
		r.Stopped = fmt.Sprintf("line %d: %s", j.here(), printable(err.Error()))
	case r.Format == "":
		return fmt.Errorf("%w: JSON without addresses", ErrFormat)
	}
	day := cmp.Or(r.Date, in.opts.Date)
	for i := range in.file.Tags {
		in.file.Tags[i].Date = cmp.Or(in.file.Tags[i].Date, day)
	}
	return nil
}

// members goes through the members of the object that comes next. Of anything else it
// makes a refusal.
func (j *jsonFile) members(each func(name string) error) error {
	if err := j.want('{'); err != nil {
		return err
	}
	for j.dec.More() {
		name, err := j.dec.Token()
		if err != nil {
			return err
		}
		if err := each(name.(string)); err != nil {
			return err
		}
		if err := j.full(j.file.Receipt.Read); err != nil {
			return err
		}
	}
	return j.want('}')
}

func (j *jsonFile) want(d json.Delim) error {
	got, err := j.dec.Token()
	if err == nil && got != d {
		err = fmt.Errorf("%v where %v should be", got, d)
	}
	return err
}

// value reads the value that comes next. One of another shape is refused with its
// address, and reading goes on.
func (j *jsonFile) value(line int, address string, into any) (ok bool, err error) {
	err = j.dec.Decode(into)
	var shape *json.UnmarshalTypeError
	if errors.As(err, &shape) {
		j.refuse(line, fault{strings.ToLower(shape.Field), "not of the expected shape", address})
		return false, nil
	}
	return err == nil, err
}

// metadata is what OFAC's list says of itself.
func (j *jsonFile) metadata() error {
	var m struct {
		Day string `json:"sdnListDate"` // month/day/year
	}
	err := j.dec.Decode(&m)
	var shape *json.UnmarshalTypeError
	if err != nil && !errors.As(err, &shape) {
		return err
	}
	day, err := time.Parse("01/02/2006", m.Day)
	if err == nil {
		j.file.Receipt.Date = day.Format(time.DateOnly)
	}
	return nil
}

// ofacAddress reads an address of OFAC's list: one row for each of its entries.
func (j *jsonFile) ofacAddress(address string) error {
	line := j.here()
	var listed struct {
		Entries []struct {
			Entity, Program, Type, UID string
		}
	}
	ok, err := j.value(line, address, &listed)
	if !ok {
		return err
	}
	if len(listed.Entries) == 0 {
		j.refuse(line, fault{"entries", "is missing", address})
	}
	for _, e := range listed.Entries {
		j.keep(line, ofacRow(address, e.Type, e.Entity, e.Program, e.UID))
	}
	return nil
}

// explorerAddress reads an address of an explorer's labels.
func (j *jsonFile) explorerAddress(address string) error {
	r := &j.file.Receipt
	if r.Format == "" {
		if err := j.explorerChain(); err != nil {
			return err
		}
		r.Format = "explorer labels json"
	}
	line := j.here()
	var said struct {
		Name   string
		Labels []string
	}
	if ok, err := j.value(line, address, &said); !ok {
		return err
	}
	if r.Chain == "" {
		j.refuse(line, fault{address, "not a member of OFAC's list", ""})
		return nil
	}
	j.keep(line, j.explorerRow(address, said.Name, said.Labels))
	return nil
}

// explorerRow is what an explorer says of an address. The source is the file: the
// explorer's page is not in it.
func (in *reading) explorerRow(address, name string, labels []string) row {
	as := strings.Join(labels, ", ")
	return row{address: address, currency: string(in.file.Receipt.Chain), tag: Tag{
		Label: cmp.Or(strings.TrimSpace(name), as), Categories: Categorise(labels...), CategoryAs: as,
		Source: filepath.Base(in.file.Receipt.File), Date: in.opts.Date,
	}}
}

// readCSV reads OFAC's list of assets and addresses or an explorer's page of accounts.
func (in *reading) readCSV() error {
	c := csv.NewReader(bytes.NewReader(in.text))
	c.FieldsPerRecord, c.ReuseRecord = -1, true
	head, err := c.Read()
	if err != nil {
		return fmt.Errorf("%w: %w", ErrFormat, err)
	}
	at := map[string]int{}
	for i, name := range head {
		name = strings.ToLower(strings.TrimSpace(name))
		if _, twice := at[name]; twice {
			return fmt.Errorf("%w: the column %s stands twice", ErrFormat, printable(name))
		}
		at[name] = i
	}
	width := len(head)
	build, err := in.csvRow(at)
	if err != nil {
		return err
	}
	for {
		fields, err := c.Read()
		if err == io.EOF {
			return nil
		}
		in.readRecord(c, fields, width, err, build)
		if err := in.full(in.file.Receipt.Read); err != nil {
			return err
		}
	}
}

func (in *reading) readRecord(c *csv.Reader, fields []string, width int, err error, build func(get func(i int) string) row) {
	var broken *csv.ParseError
	if errors.As(err, &broken) {
		in.refuse(broken.StartLine, fault{"", "not CSV", broken.Err.Error()})
		return
	}
	line, _ := c.FieldPos(0)
	switch {
	case len(fields) != width:
		in.refuse(line, fault{"", "wrong number of fields", fmt.Sprintf("%d, the header has %d", len(fields), width)})
	case slices.ContainsFunc(fields, func(v string) bool { return !utf8.ValidString(v) }):
		in.refuse(line, fault{"", "not valid UTF-8", ""})
	default:
		in.keep(line, build(func(i int) string { return strings.Clone(strings.TrimSpace(fields[i])) }))
	}
}

// csvRow is how a row of the columns is read.
func (in *reading) csvRow(at map[string]int) (func(get func(i int) string) row, error) {
	has := func(names ...string) bool {
		return !slices.ContainsFunc(names, func(n string) bool { _, ok := at[n]; return !ok })
	}
	r := &in.file.Receipt
	dated := func(build func(get func(i int) string) row) func(get func(i int) string) row {
		return func(get func(i int) string) row {
			row := build(get)
			row.tag.Date = in.opts.Date
			return row
		}
	}
	switch {
	case has("asset", "address"):
		r.Format = "ofac csv"
		return dated(func(get func(i int) string) row { return ofacRow(get(at["address"]), get(at["asset"]), "", "", "") }), nil
	case has("address_lowercased", "feature_type", "entity", "program", "sdn_uid"):
		r.Format = "ofac csv"
		return dated(func(get func(i int) string) row {
			return ofacRow(get(at["address_lowercased"]), get(at["feature_type"]), get(at["entity"]), get(at["program"]), get(at["sdn_uid"]))
		}), nil
	case has("address", "name tag"):
		r.Format = "explorer accounts csv"
		label, _, _ := strings.Cut(filepath.Base(r.File), ".")
		return func(get func(i int) string) row {
			return in.explorerRow(get(at["address"]), get(at["name tag"]), []string{label})
		}, in.explorerChain()
	}
	return nil, fmt.Errorf("%w: no columns asset and address, or address and name tag", ErrFormat)
}
