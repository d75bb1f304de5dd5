package main

import (
	"cmp"
	"crypto/x509"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/pflag"
	"github.com/turtlebay/turtlebay/bundle"
	"github.com/turtlebay/turtlebay/vault/dossier"
	"github.com/turtlebay/turtlebay/vault/witness"
	"golang.org/x/mod/sumdb/note"
)

// trustFlags are what the reader of a bundle or of a log brings.
type trustFlags struct{ signers, witnesses, roots, checkpoints []string }

func (f *trustFlags) add(fs *pflag.FlagSet) {
	fs.StringArrayVar(&f.signers, "signer", nil, "verifier key of a signer you trust, or a file that holds it")
	fs.StringArrayVar(&f.witnesses, "witness", nil, "key of a witness of the custody log, or a file that holds it")
	fs.StringArrayVar(&f.roots, "tsa-root", nil, "PEM file with root certificates of time-stamping authorities")
	fs.StringArrayVar(&f.checkpoints, "checkpoint", nil, "file with a checkpoint of the custody log that you kept")
}

func (f *trustFlags) read() (bundle.Trust, error) {
	var out bundle.Trust
	var err error
	if out.Signers, err = keys("--signer", f.signers, note.NewVerifier); err != nil {
		return out, err
	}
	if out.Witnesses, err = keys("--witness", f.witnesses, witness.NewVerifier); err != nil {
		return out, err
	}
	for _, path := range f.roots {
		b, err := readSmall(path)
		if err != nil {
			return out, err
		}
		if out.Roots == nil {
			out.Roots = x509.NewCertPool()
		}
		if !out.Roots.AppendCertsFromPEM(b) {
			return out, usage(fmt.Errorf("--tsa-root %q: holds no certificate in PEM", path))
		}
	}
	for _, path := range f.checkpoints {
		b, err := readSmall(path)
		if err != nil {
			return out, err
		}
		out.Checkpoints = append(out.Checkpoints, b)
	}
	return out, nil
}

// keys reads keys, each itself or the name of a file that holds it.
func keys(flag string, given []string, read func(string) (note.Verifier, error)) ([]note.Verifier, error) {
	var out []note.Verifier
	for _, s := range given {
		v, err := read(keyOrFile(s))
		if err != nil {
			return nil, usage(fmt.Errorf("%s %q: neither a file with a key nor a key: %w", flag, s, err))
		}
		out = append(out, v)
	}
	return out, nil
}

// keyOrFile is a key, given itself or by the name of a file that holds it.
func keyOrFile(s string) string {
	if b, err := readSmall(s); err == nil {
		return strings.TrimSpace(string(b))
	}
	return s
}

// printLog says what the custody log knows of a bundle.
func printLog(w io.Writer, found *dossier.Found) {
	if found == nil {
		say(w, "custody      no log travels with this bundle")
		return
	}
	if len(found.Bad) == 0 {
		say(w, "custody      %s and %s were in the log %s when it had %s", count(found.Items, "item", "items"),
			count(found.Records, "record", "records"), found.Checkpoint.Origin, count(found.Checkpoint.Size, "leaf", "leaves"))
	} else {
		say(w, "custody      the log does not vouch for what is here")
	}
	if found.Altered > 0 {
		say(w, "  %d records were altered for this reader: NOT proven to be what was held; only the leaf of the handover vouches for them", found.Altered)
	}
	for _, b := range found.Bad {
		say(w, "  %s: %s", b.What, b.Why)
	}
	say(w, "witnessed    %s", witnessText(*found))
	say(w, "timestamped  %s", stampText(found.Stamped))
}

// vouchers lists who vouches, each with the largest tree and how many smaller ones.
type vouchers struct {
	names []string
	last  map[string]string
	more  map[string]int
}

// add takes what somebody says of one tree; the largest comes first.
func (v *vouchers) add(by, says string) {
	if v.last == nil {
		v.last, v.more = map[string]string{}, map[string]int{}
	}
	if _, known := v.last[by]; known {
		v.more[by]++
		return
	}
	v.names = append(v.names, by)
	v.last[by] = says
}

// text is "53 leaves by W on 2026-11-22 12:00:00 UTC, and 3 earlier; …".
func (v *vouchers) text(more ...string) string {
	var parts []string
	for _, by := range v.names {
		part := v.last[by]
		if n := v.more[by]; n > 0 {
			part += fmt.Sprintf(", and %d earlier", n)
		}
		parts = append(parts, part)
	}
	parts = append(parts, filled(more...)...)
	if parts == nil {
		return "by nobody"
	}
	return strings.Join(parts, "; ")
}

func witnessText(found dossier.Found) string {
	seen := slices.Clone(found.Witnessed)
	slices.SortStableFunc(seen, func(a, b dossier.Witnessed) int { return cmp.Compare(b.Size, a.Size) })
	var v vouchers
	for _, x := range seen {
		v.add(x.By, fmt.Sprintf("%s by %s on %s UTC", count(x.Size, "leaf", "leaves"), x.By, when(x.At)))
	}
	unknown := ""
	if found.Unknown > 0 {
		unknown = count(found.Unknown, "cosignature", "cosignatures") + " by keys you did not bring"
	}
	return v.text(unknown)
}

func stampText(stamps []dossier.Stamped) string {
	stamps = slices.Clone(stamps)
	slices.SortStableFunc(stamps, func(a, b dossier.Stamped) int { return cmp.Compare(b.Size, a.Size) })
	var v vouchers
	for _, x := range stamps {
		by := x.By
		if !x.Known {
			by = "an authority you did not bring, which calls itself " + strconv.Quote(x.By)
		}
		v.add(by, fmt.Sprintf("%s on %s UTC by %s", count(x.Size, "leaf", "leaves"), when(x.At), by))
	}
	return v.text()
}
