package main

import (
	"crypto/x509"
	"fmt"
	"io"
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
		fmt.Fprintln(w, "custody      no log travels with this bundle")
		return
	}
	if len(found.Bad) == 0 {
		fmt.Fprintf(w, "custody      %d items and %d records were in the log %s when it had %d leaves\n",
			found.Items, found.Records, found.Checkpoint.Origin, found.Checkpoint.Size)
	} else {
		fmt.Fprintf(w, "custody      the log does not vouch for what is here\n")
	}
	if found.Altered > 0 {
		fmt.Fprintf(w, "  %d records were altered for this reader: NOT proven to be what was held; only the leaf of the handover vouches for them\n", found.Altered)
	}
	for _, b := range found.Bad {
		fmt.Fprintf(w, "  %s: %s\n", b.What, b.Why)
	}
	fmt.Fprintf(w, "witnessed    %s\n", witnessText(*found))
	fmt.Fprintf(w, "timestamped  %s\n", stampText(found.Stamped))
}

func witnessText(found dossier.Found) string {
	var parts []string
	for _, x := range found.Witnessed {
		parts = append(parts, fmt.Sprintf("%d leaves by %s on %s", x.Size, x.By, when(x.At)))
	}
	if found.Unknown > 0 {
		parts = append(parts, fmt.Sprintf("%d cosignatures by keys you did not bring", found.Unknown))
	}
	if parts == nil {
		return "by nobody"
	}
	return strings.Join(parts, "; ")
}

func stampText(stamps []dossier.Stamped) string {
	var parts []string
	for _, x := range stamps {
		known := "an authority you did not bring: "
		if x.Known {
			known = ""
		}
		parts = append(parts, fmt.Sprintf("%d leaves on %s by %s%s", x.Size, when(x.At), known, x.By))
	}
	if parts == nil {
		return "by nobody"
	}
	return strings.Join(parts, "; ")
}
