package record

import (
	"encoding/json"
	"fmt"
	"reflect"

	"github.com/google/jsonschema-go/jsonschema"
	"github.com/turtlebay/turtlebay/record/observation"
	"github.com/turtlebay/turtlebay/record/value"
)

// plainDecimal is the pattern of an exact number in JSON.
const plainDecimal = `^-?[0-9]+(\.[0-9]+)?$`

// plainDate is the pattern of a date of known precision.
const plainDate = `^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$`

// Schema returns the JSON Schema (draft 2020-12) of a record of the kind,
// indented.
func Schema(k observation.Kind) ([]byte, error) {
	o, err := observation.New(k)
	if err != nil {
		return nil, err
	}
	opts := &jsonschema.ForOptions{TypeSchemas: map[reflect.Type]*jsonschema.Schema{
		reflect.TypeFor[value.Date](): {Type: "string", Pattern: plainDate, Description: "YYYY, YYYY-MM or YYYY-MM-DD: as precise as known"},
		reflect.TypeFor[value.Decimal](): {
			Types: []string{"string", "number"}, Pattern: plainDecimal,
			Description: "exact decimal, written as a string",
		},
		reflect.TypeFor[observation.Observation](): {Type: "object"},
	}}
	whole, err := jsonschema.ForType(reflect.TypeFor[envelope](), opts)
	if err != nil {
		return nil, fmt.Errorf("schema of a record: %w", err)
	}
	part, err := jsonschema.ForType(reflect.TypeOf(o).Elem(), opts)
	if err != nil {
		return nil, fmt.Errorf("schema of %s: %w", k, err)
	}
	var kind any = string(k)
	part.Properties["type"] = &jsonschema.Schema{Const: &kind}
	part.Description = k.About()
	whole.Schema = "https://json-schema.org/draft/2020-12/schema"
	whole.Title = string(k)
	whole.Properties["observation"] = part
	b, err := json.MarshalIndent(whole, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("encode schema of %s: %w", k, err)
	}
	return b, nil
}
