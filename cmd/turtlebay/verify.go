package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/turtlebay/turtlebay/analyses"
	"github.com/turtlebay/turtlebay/bundle"
)

func verifyCommand() *cobra.Command {
	var bring trustFlags
	c := &cobra.Command{
		Use:   "verify FILE",
		Short: "check a bundle and derive every figure in it again",
		Long: strings.TrimSpace(`
Checks a bundle without a desk and without a network: that its bytes are those
the manifest names, who signed it, that the custody log knew every record and item
in it, and that every derivation comes out again from the records that travelled
with it. A changed byte is named by its member; a changed record by the figures that
differ and the paragraphs that fall.

Without --signer the answer is “internally consistent, signer unknown”: whoever
makes a bundle can also sign it. Bring the signer's key by another way. What else
you bring is held against the bundle as well: the keys of witnesses, the roots of
time-stamping authorities, a checkpoint of the custody log that you kept.`),
		Example: `  turtlebay verify report.tbz
  turtlebay verify report.tbz --signer "turtlebay-desk+0a1b2c3d+AbCd…"
  turtlebay verify report.tbz --witness witness.pub --checkpoint march.checkpoint
  turtlebay verify report.tbz --json`,
		Args: args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, a []string) error {
			trust, err := bring.read()
			if err != nil {
				return err
			}
			v, err := verifyFile(a[0], trust)
			if err != nil {
				return err
			}
			if wantsJSON(c) {
				if err := printJSON(c.OutOrStdout(), v); err != nil {
					return err
				}
			} else {
				printVerification(c.OutOrStdout(), v, len(trust.Signers) > 0)
			}
			if !v.OK {
				return errNo
			}
			return nil
		},
	}
	bring.add(c.Flags())
	jsonFlag(c)
	return c
}

func verifyFile(path string, trust bundle.Trust) (bundle.Verification, error) {
	f, err := os.Open(path)
	if err != nil {
		return bundle.Verification{}, unread(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return bundle.Verification{}, unread(err)
	}
	reg, err := analyses.Registry()
	if err != nil {
		return bundle.Verification{}, err
	}
	v, err := bundle.Verify(f, info.Size(), reg, trust)
	switch {
	case errors.Is(err, bundle.ErrHostile), errors.Is(err, bundle.ErrNotBundle), errors.Is(err, bundle.ErrNewer):
		return v, unread(fmt.Errorf("%s: %w", path, err))
	case err != nil:
		return v, fmt.Errorf("%s: %w", path, err)
	}
	return v, nil
}

func printVerification(w io.Writer, v bundle.Verification, brought bool) {
	fmt.Fprintf(w, "%s, %s\n", v.About.Title, v.About.Date)
	fmt.Fprintf(w, "bytes        %s\n", bytesText(v))
	fmt.Fprintf(w, "signature    %s\n", signatureText(v.Signature, brought))
	printLog(w, v.Log)
	d := v.Derivations
	fmt.Fprintf(w, "derivations  %d of %d derived again", d.Reproduced, d.Total)
	if d.Withheld > 0 {
		fmt.Fprintf(w, ", %d rest on withheld records", d.Withheld)
	}
	fmt.Fprintln(w)
	if v.About.Marking != "" {
		fmt.Fprintf(w, "marking      %s\n", v.About.Marking)
	}
	for _, label := range slices.Sorted(maps.Keys(v.Withheld)) {
		fmt.Fprintf(w, "withheld     %d records marked %s\n", v.Withheld[label], label)
	}
	fmt.Fprintf(w, "printed      %d figures compared with what they derive, %d differ\n", v.Printed.Checked, len(v.Printed.Differ))
	for _, f := range v.Bytes.Bad {
		fmt.Fprintf(w, "  %s: %s\n", f.Member, f.Why)
	}
	for _, x := range d.Differ {
		fmt.Fprintf(w, "  %s: %s", x.Figure, x.Why)
		if x.Recorded != x.Derived {
			fmt.Fprintf(w, ": %s recorded, %s derived", x.Recorded, x.Derived)
		}
		fmt.Fprintln(w)
	}
	if n := len(d.Unproven); n > 0 {
		fmt.Fprintf(w, "  %d more come out the same, from records that are not those they name\n", n)
	}
	for _, s := range v.Printed.Differ {
		fmt.Fprintf(w, "  %s\n", s)
	}
	if len(v.Affected) > 0 || len(v.AlsoFall) > 0 {
		fmt.Fprintf(w, "what falls   %s\n", strings.Join(falls(v), ", "))
	}
	switch {
	case v.OK && v.Signature.Trusted:
		fmt.Fprintln(w, "verified")
	case v.OK:
		fmt.Fprintln(w, "verified, signer unknown")
	default:
		fmt.Fprintln(w, "NOT verified")
	}
}

// falls lists the paragraphs and exhibits that print what did not come out again.
func falls(v bundle.Verification) []string {
	var out []string
	for _, n := range v.Affected {
		out = append(out, fmt.Sprintf("paragraph %d", n))
	}
	return append(out, v.AlsoFall...)
}

func bytesText(v bundle.Verification) string {
	if len(v.Bytes.Bad) == 0 {
		return fmt.Sprintf("intact, %d members", v.Bytes.Checked)
	}
	return fmt.Sprintf("%d of %d members are not as the manifest names them", len(v.Bytes.Bad), v.Bytes.Checked)
}

// signatureText says who signed; brought tells whether the reader brought keys.
func signatureText(s bundle.Signature, brought bool) string {
	switch {
	case s.Trusted:
		return "by a key you trust: " + s.Key
	case s.Valid && brought:
		return "by none of the keys you brought: " + s.Key
	case s.Valid:
		return "internally consistent, signer unknown: " + s.Key
	}
	return "does not hold"
}
