package claim

import "encoding/json"

// Reasons for a preference that nobody chose.
const (
	OnlyGiven  = "the only one given"
	FirstGiven = "the first given"
)

// List is a list of claims, whatever they are about, for programs that lay two
// tellings of one thing side by side. It changes the slice that [ListOf] was
// given.
type List interface {
	// Said is one text for each claim, in order. Two are the same just where the
	// claims are, but for which of them is preferred without a reason of its own.
	Said() []string
	// Take appends the i-th claim of a list of the same type. It is preferred only
	// if no claim of the list is.
	Take(from List, i int)
	// Clear empties the list.
	Clear()
}

// ListOf is the list in a field of an observation.
func ListOf[T any](claims *[]Claim[T]) List { return list[T]{claims} }

type list[T any] struct{ claims *[]Claim[T] }

func (l list[T]) Clear() { *l.claims = nil }

func (l list[T]) Said() []string {
	out := make([]string, len(*l.claims))
	for i, c := range *l.claims {
		c.Preferred, c.Reason = false, chosen(c.Reason)
		b, err := json.Marshal(c)
		if err != nil {
			panic(err) // claims are made of text, numbers and dates
		}
		out[i] = string(b)
	}
	return out
}

func (l list[T]) Take(from List, i int) {
	c := (*from.(list[T]).claims)[i]
	held := *l.claims
	for j := range held {
		if held[j].Preferred {
			c.Preferred, c.Reason = false, chosen(c.Reason)
			if held[j].Reason == OnlyGiven {
				held[j].Reason = FirstGiven
			}
		}
	}
	*l.claims = append(held, c)
}

// chosen is the reason, unless it is one that nobody chose.
func chosen(reason string) string {
	if reason == OnlyGiven || reason == FirstGiven {
		return ""
	}
	return reason
}
