// Package strictjson checks that a text is one sound JSON object without
// building it. It is stricter than encoding/json, which takes the last of two
// equal keys and replaces half surrogate pairs without a word.
//
//	if f := strictjson.Check([]byte(`{"a":{"b":1,"b":2}}`), 64, 1024); f != nil {
//		fmt.Println(f.Field, f.Reason) // a.b key given twice
//	}
package strictjson

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
)

// Reasons of a fault.
const (
	NotObject = "not a JSON object"
	Malformed = "malformed JSON"
	Cut       = "JSON ends early"
	After     = "text after the JSON object"
	Twice     = "key given twice"
	Deep      = "nested too deeply"
	Keys      = "too many keys"
	NUL       = "NUL byte"
	Surrogate = "half a surrogate pair"
)

// Fault is what is wrong with a text: the first thing found.
type Fault struct {
	Field  string // the member concerned, as in "claims[2].amount"; may be empty
	Reason string // one of the constants
	Detail string // where and what, for people
}

// Check checks that text is one JSON object as RFC 8259 has it, with no
// key given twice in an object, no NUL and no half of a surrogate pair in a
// string, and within the limits. The text must be valid UTF-8.
func Check(text []byte, maxDepth, maxKeys int) *Fault {
	c := &checker{text: text, maxDepth: maxDepth, maxKeys: maxKeys}
	c.space()
	if c.peek() != '{' {
		return &Fault{Reason: NotObject}
	}
	if f := c.value(1); f != nil {
		return f
	}
	if c.space(); c.pos < len(c.text) {
		return &Fault{Reason: After, Detail: "at byte " + strconv.Itoa(c.pos+1)}
	}
	return nil
}

// checker walks a JSON value without building it.
type checker struct {
	text     []byte
	pos      int
	maxDepth int
	maxKeys  int
	keys     [][]byte // keys of the objects that are open, innermost last
}

// peek returns the next byte, or 0 at the end.
func (c *checker) peek() byte {
	if c.pos < len(c.text) {
		return c.text[c.pos]
	}
	return 0
}

func (c *checker) space() {
	for c.pos < len(c.text) {
		switch c.text[c.pos] {
		case ' ', '\t', '\r', '\n':
			c.pos++
		default:
			return
		}
	}
}

// syntax is the fault of finding something else than was expected.
func (c *checker) syntax(want string) *Fault {
	if c.pos >= len(c.text) {
		return &Fault{Reason: Cut, Detail: want + " expected"}
	}
	return &Fault{Reason: Malformed, Detail: want + " expected at byte " + strconv.Itoa(c.pos+1)}
}

func (c *checker) value(depth int) *Fault {
	switch b := c.peek(); {
	case (b == '{' || b == '[') && depth > c.maxDepth:
		return &Fault{Reason: Deep, Detail: fmt.Sprintf("over %d levels", c.maxDepth)}
	case b == '{':
		return c.object(depth)
	case b == '[':
		return c.array(depth)
	case b == '"':
		_, f := c.str()
		return f
	case b == '-' || '0' <= b && b <= '9':
		return c.number()
	}
	for _, word := range []string{"true", "false", "null"} {
		if bytes.HasPrefix(c.text[c.pos:], []byte(word)) {
			c.pos += len(word)
			return nil
		}
	}
	return c.syntax("a value")
}

func (c *checker) array(depth int) *Fault {
	c.pos++
	if c.space(); c.peek() == ']' {
		c.pos++
		return nil
	}
	for i := 0; ; i++ {
		c.space()
		if f := c.value(depth + 1); f != nil {
			return f.within("[" + strconv.Itoa(i) + "]")
		}
		switch c.space(); c.peek() {
		case ',':
			c.pos++
		case ']':
			c.pos++
			return nil
		default:
			return c.syntax("comma or ]").within("[" + strconv.Itoa(i) + "]")
		}
	}
}

func (c *checker) object(depth int) *Fault {
	c.pos++
	if c.space(); c.peek() == '}' {
		c.pos++
		return nil
	}
	seen := keySet{c: c, from: len(c.keys)}
	defer func() { c.keys = c.keys[:seen.from] }()
	for {
		if c.space(); c.peek() != '"' {
			return c.syntax("a key")
		}
		key, f := c.key()
		if f != nil {
			return f
		}
		if f := seen.add(key); f != nil {
			return f
		}
		if c.space(); c.peek() != ':' {
			return c.syntax("colon").within(string(key))
		}
		c.pos++
		c.space()
		if f := c.value(depth + 1); f != nil {
			return f.within(string(key))
		}
		switch c.space(); c.peek() {
		case ',':
			c.pos++
		case '}':
			c.pos++
			return nil
		default:
			return c.syntax("comma or }").within(string(key))
		}
	}
}

// within puts a member or index in front of the Fault's place.
func (f *Fault) within(part string) *Fault {
	switch {
	case f.Field == "":
		f.Field = part
	case f.Field[0] == '[':
		f.Field = part + f.Field
	default:
		f.Field = part + "." + f.Field
	}
	return f
}

// keySet holds the keys of one object: few of them in a list, many in a map.
type keySet struct {
	c    *checker
	from int
	many map[string]bool
}

func (k *keySet) add(key []byte) *Fault {
	keys := k.c.keys[k.from:]
	twice := k.many[string(key)]
	if k.many == nil {
		for _, old := range keys {
			twice = twice || bytes.Equal(old, key)
		}
	}
	switch {
	case twice:
		return &Fault{Field: string(key), Reason: Twice}
	case len(keys) == k.c.maxKeys:
		return &Fault{Reason: Keys, Detail: fmt.Sprintf("over %d", k.c.maxKeys)}
	}
	k.c.keys = append(k.c.keys, key)
	if k.many == nil && len(keys) == 32 {
		k.many = make(map[string]bool)
		for _, old := range keys {
			k.many[string(old)] = true
		}
	}
	if k.many != nil {
		k.many[string(key)] = true
	}
	return nil
}

// key reads a key and resolves its escapes.
func (c *checker) key() ([]byte, *Fault) {
	start := c.pos
	escaped, f := c.str()
	if f != nil {
		return nil, f
	}
	if !escaped {
		return c.text[start+1 : c.pos-1], nil
	}
	var s string
	if err := json.Unmarshal(c.text[start:c.pos], &s); err != nil {
		return nil, &Fault{Reason: Malformed, Detail: err.Error()}
	}
	return []byte(s), nil
}

// str passes over a string and reports whether it has escapes.
func (c *checker) str() (escaped bool, f *Fault) {
	c.pos++
	for c.pos < len(c.text) {
		switch b := c.text[c.pos]; {
		case b == '"':
			c.pos++
			return escaped, nil
		case b == '\\':
			escaped = true
			if f := c.escape(); f != nil {
				return true, f
			}
		case b < 0x20:
			return escaped, c.syntax("no control character")
		default:
			c.pos++
		}
	}
	return escaped, c.syntax("closing quote")
}

// escape passes over an escape; the position is on its backslash.
func (c *checker) escape() *Fault {
	c.pos++
	switch c.peek() {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		c.pos++
		return nil
	case 'u':
	default:
		return c.syntax("an escape")
	}
	c.pos++
	unit, f := c.hex4()
	switch {
	case f != nil:
		return f
	case unit == 0:
		return &Fault{Reason: NUL, Detail: "escaped, before byte " + strconv.Itoa(c.pos+1)}
	case !utf16.IsSurrogate(unit):
		return nil
	}
	if bytes.HasPrefix(c.text[c.pos:], []byte(`\u`)) {
		c.pos += 2
		low, f := c.hex4()
		if f != nil {
			return f
		}
		if utf16.DecodeRune(unit, low) != unicode.ReplacementChar {
			return nil
		}
	}
	return &Fault{Reason: Surrogate, Detail: "before byte " + strconv.Itoa(c.pos+1)}
}

func (c *checker) hex4() (rune, *Fault) {
	var r rune
	for range 4 {
		digit := strings.IndexByte("0123456789abcdefABCDEF", c.peek())
		if digit < 0 {
			return 0, c.syntax("four hex digits")
		}
		if digit > 15 {
			digit -= 6
		}
		r = r<<4 | rune(digit)
		c.pos++
	}
	return r, nil
}

func (c *checker) number() *Fault {
	if c.peek() == '-' {
		c.pos++
	}
	if c.peek() == '0' {
		c.pos++
	} else if !c.digits() {
		return c.syntax("a digit")
	}
	if c.peek() == '.' {
		c.pos++
		if !c.digits() {
			return c.syntax("a digit")
		}
	}
	if c.peek()|0x20 == 'e' {
		c.pos++
		if c.peek() == '+' || c.peek() == '-' {
			c.pos++
		}
		if !c.digits() {
			return c.syntax("a digit")
		}
	}
	return nil
}

// digits passes over digits and reports whether there was one.
func (c *checker) digits() bool {
	start := c.pos
	for '0' <= c.peek() && c.peek() <= '9' {
		c.pos++
	}
	return c.pos > start
}
