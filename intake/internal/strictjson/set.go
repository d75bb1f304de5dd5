package strictjson

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"
)

// maxPath bounds how deep a member is sought.
const maxPath = 64

// Set puts a value into a JSON object at a path as in "amounts[0].value". A
// value that is JSON is taken as it is, any other as text; where text stands,
// only a value in quotation marks is taken for JSON. An object on the way that is
// missing is made, a list is not.
func Set(object []byte, path, value string) ([]byte, error) {
	steps, err := parseMember(path)
	if err != nil {
		return nil, err
	}
	return put(object, steps, value)
}

// step is a member's name, or the position of a list's element.
type step struct {
	name  string
	index int
}

func parseMember(path string) ([]step, error) {
	var out []step
	for part := range strings.SplitSeq(path, ".") {
		name, rest, _ := strings.Cut(part, "[")
		if name == "" {
			return nil, errors.New("want a path, as in amounts[0].value")
		}
		out = append(out, step{name: name})
		for listed := strings.Contains(part, "["); listed; {
			number, more, closed := strings.Cut(rest, "]")
			n, err := strconv.Atoi(number)
			if !closed || err != nil || n < 0 || more != "" && more[0] != '[' {
				return nil, errors.New("want a path, as in amounts[0].value")
			}
			out = append(out, step{index: n})
			if listed = more != ""; listed {
				rest = more[1:]
			}
		}
	}
	if len(out) > maxPath {
		return nil, errors.New("the path is too long")
	}
	return out, nil
}

func put(at json.RawMessage, steps []step, value string) (json.RawMessage, error) {
	if len(steps) == 0 {
		return newValue(at, value)
	}
	s := steps[0]
	if s.name != "" {
		members := map[string]json.RawMessage{}
		if at != nil && (json.Unmarshal(at, &members) != nil || members == nil) {
			return nil, errors.New("what holds it is no object")
		}
		v, err := put(members[s.name], steps[1:], value)
		if err != nil {
			return nil, err
		}
		members[s.name] = v
		return json.Marshal(members)
	}
	var list []json.RawMessage
	if at == nil || json.Unmarshal(at, &list) != nil || s.index >= len(list) {
		return nil, errors.New("there is no such element of a list")
	}
	v, err := put(list[s.index], steps[1:], value)
	if err != nil {
		return nil, err
	}
	list[s.index] = v
	return json.Marshal(list)
}

func newValue(old json.RawMessage, value string) (json.RawMessage, error) {
	isText := len(old) > 0 && old[0] == '"'
	if json.Valid([]byte(value)) && (!isText || strings.HasPrefix(strings.TrimSpace(value), `"`)) {
		return json.RawMessage(value), nil
	}
	return json.Marshal(value)
}
