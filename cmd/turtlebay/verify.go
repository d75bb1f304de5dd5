package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/turtlebay/turtlebay/analyses"
	"github.com/turtlebay/turtlebay/bundle"
	"github.com/turtlebay/turtlebay/desk/flow"
	"github.com/turtlebay/turtlebay/intake"
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
		Example: `  turtlebay verify turtlebay-demo/out/report.tbz
  turtlebay verify turtlebay-demo/out/report.tbz --signer turtlebay-demo/keys/signing.pub --json
  turtlebay verify report.tbz --witness witness.pub --tsa-root tsa.pem --checkpoint march.checkpoint`,
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
				printVerification(c.OutOrStdout(), v, trust)
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
	f, size, err := flow.OpenFile(path)
	if err != nil {
		return bundle.Verification{}, unread(aboutFile(path, err))
	}
	defer f.Close()
	reg, err := analyses.Registry()
	if err != nil {
		return bundle.Verification{}, err
	}
	v, err := bundle.Verify(f, size, reg, trust)
	switch {
	case errors.Is(err, bundle.ErrHostile), errors.Is(err, bundle.ErrNotBundle), errors.Is(err, bundle.ErrNewer):
		return v, unread(aboutFile(path, err))
	case err != nil:
		return v, aboutFile(path, err)
	}
	return v, nil
}

// say prints one line of a verification: what it is about came from somebody else, and
// cannot break the line or hide in it.
func say(w io.Writer, format string, args ...any) {
	fmt.Fprintln(w, intake.Printable(fmt.Sprintf(format, args...)))
}

func printVerification(w io.Writer, v bundle.Verification, brought bundle.Trust) {
	say(w, "%s, %s", v.About.Title, v.About.Date)
	say(w, "bytes        %s", bytesText(v))
	say(w, "signature    %s", signatureText(v.Signature, len(brought.Signers) > 0))
	printLog(w, v.Log)
	if n := len(brought.Checkpoints); n > 0 && v.Log != nil && v.Log.OK {
		say(w, "kept         the log continues %s that you brought", count(n, "checkpoint", "checkpoints"))
	}
	d := v.Derivations
	withheld := ""
	if d.Withheld > 0 {
		withheld = fmt.Sprintf(", %d rest on withheld records", d.Withheld)
	}
	say(w, "derivations  %d of %d derived again%s", d.Reproduced, d.Total, withheld)
	if v.About.Marking != "" {
		say(w, "marking      %s", v.About.Marking)
	}
	for _, label := range slices.Sorted(maps.Keys(v.Withheld)) {
		say(w, "withheld     %s marked %s", count(v.Withheld[label], "record", "records"), label)
	}
	say(w, "printed      %d figures compared with what they derive, %d differ", v.Printed.Checked, len(v.Printed.Differ))
	printDifferences(w, v)
	switch {
	case v.OK && v.Signature.Trusted:
		say(w, "verified")
	case v.OK:
		say(w, "verified, signer unknown")
	default:
		say(w, "NOT verified")
	}
}

// printDifferences prints what does not hold, and what falls with it.
func printDifferences(w io.Writer, v bundle.Verification) {
	for _, f := range v.Bytes.Bad {
		say(w, "  %s: %s", f.Member, f.Why)
	}
	for _, x := range v.Derivations.Differ {
		values := ""
		if x.Recorded != x.Derived {
			values = fmt.Sprintf(": %s recorded, %s derived", x.Recorded, x.Derived)
		}
		say(w, "  %s: %s%s", x.Figure, x.Why, values)
	}
	if n := len(v.Derivations.Unproven); n > 0 {
		say(w, "  %d more come out the same, from records that are not those they name", n)
	}
	for _, s := range v.Printed.Differ {
		say(w, "  %s", s)
	}
	if len(v.Affected) > 0 || len(v.AlsoFall) > 0 {
		say(w, "what falls   %s", strings.Join(falls(v), ", "))
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
