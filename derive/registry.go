package derive

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Registry knows functions by name. It is a value: make one, pass it on.
type Registry struct {
	byID   map[string]Function
	latest map[string]Function
}

// NewRegistry makes a registry; two functions of one name and version are an
// error, as is one without name, version or Run.
func NewRegistry(functions ...Function) (*Registry, error) {
	r := &Registry{byID: map[string]Function{}, latest: map[string]Function{}}
	for _, f := range functions {
		if f.Name == "" || f.Version < 1 || f.Run == nil {
			return nil, fmt.Errorf("register function %q: needs a name, a version and a body", f.Name)
		}
		if _, twice := r.byID[f.ID()]; twice {
			return nil, fmt.Errorf("register function %s: registered twice", f.ID())
		}
		r.byID[f.ID()] = f
		if f.Version > r.latest[f.Name].Version {
			r.latest[f.Name] = f
		}
	}
	return r, nil
}

// Functions lists the latest version of every function, sorted by name.
func (r *Registry) Functions() []Function {
	out := make([]Function, 0, len(r.latest))
	for _, f := range r.latest {
		out = append(out, f)
	}
	slices.SortFunc(out, func(a, b Function) int { return cmp.Compare(a.Name, b.Name) })
	return out
}

// Lookup finds a function by name (latest version) or by name@version. The error
// wraps ErrUnknown and suggests names that resemble it.
func (r *Registry) Lookup(name string) (Function, error) {
	if f, ok := r.byID[name]; ok {
		return f, nil
	}
	if f, ok := r.latest[name]; ok {
		return f, nil
	}
	err := fmt.Errorf("figure %q: %w", name, ErrUnknown)
	if near := r.resembling(name); len(near) > 0 {
		err = fmt.Errorf("%w (perhaps %s)", err, strings.Join(near, ", "))
	}
	return Function{}, err
}

// resembling lists the functions that share the first part of the name or
// contain it.
func (r *Registry) resembling(name string) []string {
	family, _, _ := strings.Cut(name, ".")
	var out []string
	for _, f := range r.Functions() {
		if strings.Contains(f.Name, name) || strings.HasPrefix(f.Name, family+".") {
			out = append(out, f.Name)
		}
	}
	return out[:min(len(out), 5)]
}

// Complete fills in defaults and refuses unknown names and values that are not
// allowed. The error wraps ErrParam.
func (f Function) Complete(p Params) (Params, error) {
	out := Params{}
	for _, d := range f.Params {
		if d.Default != "" {
			out[d.Name] = d.Default
		}
	}
	for name, v := range p {
		i := slices.IndexFunc(f.Params, func(d Param) bool { return d.Name == name })
		if i < 0 {
			return nil, fmt.Errorf("figure %s: %w %q: it takes %s", f.Name, ErrParam, name, f.paramNames())
		}
		if allowed := f.Params[i].Allowed; len(allowed) > 0 && !slices.Contains(allowed, v) {
			return nil, fmt.Errorf("figure %s: %w %s=%q: want %s", f.Name, ErrParam, name, v, strings.Join(allowed, ", "))
		}
		out[name] = v
	}
	for _, d := range f.Params {
		if out[d.Name] == "" {
			delete(out, d.Name)
		}
	}
	return out, nil
}

func (f Function) paramNames() string {
	if len(f.Params) == 0 {
		return "no parameters"
	}
	names := make([]string, len(f.Params))
	for i, d := range f.Params {
		names[i] = d.Name
	}
	return strings.Join(names, ", ")
}

// Derive runs the latest version of the named function over the sets.
func (r *Registry) Derive(name string, p Params, from Sets) (Derivation, error) {
	f, err := r.Lookup(name)
	if err != nil {
		return Derivation{}, err
	}
	if p, err = f.Complete(p); err != nil {
		return Derivation{}, err
	}
	call, inputs, err := f.call(p, from)
	if err != nil {
		return Derivation{}, err
	}
	d := Derivation{Function: f.ID(), Params: p, Inputs: inputs}
	if d.ID, err = d.identify(); err != nil {
		return Derivation{}, err
	}
	if d.Result, err = f.Run(call); err != nil {
		return Derivation{}, fmt.Errorf("figure %s: %w", f.Name, err)
	}
	return d, nil
}

func (f Function) call(p Params, from Sets) (Call, []InputSet, error) {
	call := Call{Params: p, sets: map[string]*Set{}}
	inputs := make([]InputSet, 0, len(f.Reads))
	for _, kind := range f.Reads {
		s, err := from.Set(kind)
		if err != nil {
			return Call{}, nil, fmt.Errorf("figure %s: inputs of kind %s: %w", f.Name, kind, err)
		}
		call.sets[kind] = s
		inputs = append(inputs, s.name())
	}
	return call, inputs, nil
}

// Rerun runs the derivation again in the very version it names and returns the
// new result; comparing it is the caller's business. It returns ErrUnknown if
// this program does not have that version, ErrInputs if the inputs at hand are
// others than those named or the derivation's own id does not fit it, with the new
// result where there is one, and ErrWithheld, with what the inputs at hand give, if
// all fits but the derivation's result was withheld.
func (r *Registry) Rerun(d Derivation, from Sets) (Result, error) {
	f, ok := r.byID[d.Function]
	if !ok {
		return Result{}, fmt.Errorf("derivation %s: function %s: %w", d.ID, d.Function, ErrUnknown)
	}
	p, err := f.Complete(d.Params)
	if err != nil {
		return Result{}, fmt.Errorf("derivation %s: %w", d.ID, err)
	}
	if !maps.Equal(p, d.Params) { // a default of today is not what was derived with then
		return Result{}, fmt.Errorf("derivation %s: %w: it does not name all of %s", d.ID, ErrParam, p)
	}
	call, inputs, err := f.call(p, from)
	if err != nil {
		return Result{}, fmt.Errorf("derivation %s: %w", d.ID, err)
	}
	id, err := d.identify()
	fits := err == nil && id == d.ID && slices.Equal(inputs, d.Inputs)
	result, err := f.Run(call)
	switch {
	case err != nil:
		return Result{}, fmt.Errorf("derivation %s: %w", d.ID, err)
	case !fits:
		return result, fmt.Errorf("derivation %s: %w", d.ID, ErrInputs)
	case d.Withheld != "":
		return result, fmt.Errorf("derivation %s: %w", d.ID, ErrWithheld)
	}
	return result, nil
}
