package rows

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/turtlebay/turtlebay/intake"
	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/record/observation"
)

type members = map[string]json.RawMessage

// fromObject reads a JSON row: a whole record, or a bare observation with the
// record's own fields (id, as_of, …) written among it.
func (r *Reader) fromObject(row intake.Row) (record.Record, error) {
	var whole members
	if err := json.Unmarshal(row.Object, &whole); err != nil {
		return record.Record{}, row.Refuse("", "not a JSON object", "")
	}
	observed := members{}
	if text, ok := whole["observation"]; !ok {
		whole, observed = r.split(whole)
	} else if json.Unmarshal(text, &observed) != nil || observed == nil {
		return record.Record{}, row.Refuse("observation", "not a JSON object", "")
	}
	if err := r.typed(observed); err != nil {
		return record.Record{}, row.Refuse("type", err.Error(), "")
	}
	b, err := join(whole, observed)
	if err != nil {
		return record.Record{}, row.Refuse("", "cannot be read as a record", err.Error())
	}
	var rec record.Record
	if err := rec.UnmarshalJSON(b); err != nil {
		return rec, refuse(row, err)
	}
	return rec, nil
}

// split parts a bare observation from the record's own fields. A name that both
// have is the observation's, as it is for a CSV column.
func (r *Reader) split(flat members) (whole, observed members) {
	whole, observed = members{}, members{}
	for name, v := range flat {
		if r.ofRecord[name] {
			whole[name] = v
		} else {
			observed[name] = v
		}
	}
	return whole, observed
}

// typed fills in the type of the observation and refuses another kind's.
func (r *Reader) typed(observed members) error {
	text, ok := observed["type"]
	if !ok {
		observed["type"] = json.RawMessage(`"` + string(r.kind) + `"`)
		return nil
	}
	var kind observation.Kind
	if err := json.Unmarshal(text, &kind); err != nil {
		return errors.New("want the name of a kind as text")
	}
	if kind == r.kind {
		return nil
	}
	if _, err := observation.ParseKind(string(kind)); err != nil {
		return err
	}
	return fmt.Errorf("is %s, and the file is read as %s", kind, r.kind)
}

// recordNames are the names of a record's own fields that the kind leaves free.
func recordNames(o observation.Observation) map[string]bool {
	out := map[string]bool{}
	for f := range reflect.TypeFor[record.Record]().Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if _, taken := byJSONName(reflect.TypeOf(o).Elem(), name); !taken {
			out[name] = true
		}
	}
	return out
}

func join(whole, observed members) ([]byte, error) {
	o, err := json.Marshal(observed)
	if err != nil {
		return nil, err
	}
	whole["observation"] = o
	return json.Marshal(whole)
}
