package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/turtlebay/turtlebay/desk"
	"github.com/turtlebay/turtlebay/intake"
	"github.com/turtlebay/turtlebay/vault/witness"
	"golang.org/x/mod/sumdb/note"
)

// cosignFlags say who is to vouch for the log, and how they are reached.
type cosignFlags struct {
	request, answer string
	vouchers        desk.Vouchers
	remember        bool
	from            int64 // leaves that the witness cosigned last, -1: as the desk knows
}

func logCosignCommand() *cobra.Command {
	var f cosignFlags
	c := &cobra.Command{
		Use:   "cosign",
		Short: "have the log's checkpoint cosigned by witnesses and time-stamped",
		Long: strings.TrimSpace(`
Has others vouch for the log as it is: a witness checks that it continues what the
witness saw before and cosigns; a time-stamping authority (RFC 3161) dates it. Only
hashes leave the desk.

By network: --witness URL=KEY and --tsa URL, kept with --remember, who are then asked
at each report as well; what cannot be stamped now waits and is stamped the next time.
By file: --request FILE writes what a witness needs, and --answer FILE takes in what it
gave. KEY is the witness's key, or a file that holds it. If an answer got lost, the
witness says how many leaves it cosigned last: --from.`),
		Example: `  turtlebay log cosign --request to-witness.txt --witness witness/witness.pub
  turtlebay log cosign --answer from-witness.txt --witness witness/witness.pub
  turtlebay log cosign --witness http://127.0.0.1:7780=witness/witness.pub --tsa http://127.0.0.1:7790 --remember
  turtlebay log cosign   # those that were remembered`,
		Args: args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			if err := f.check(); err != nil {
				return err
			}
			return onDesk(c, func(d *desk.Desk) error {
				switch {
				case f.request != "":
					return f.write(c, d)
				case f.answer != "":
					return f.take(c, d)
				}
				return f.ask(c, d)
			})
		},
	}
	c.Flags().StringVar(&f.request, "request", "", "write what a witness needs into this file")
	c.Flags().StringVar(&f.answer, "answer", "", "take in what a witness gave, from this file")
	c.Flags().Int64Var(&f.from, "from", -1, "with --request: how many leaves the witness says it cosigned last (default: as this desk knows)")
	c.Flags().StringArrayVar(&f.vouchers.Witnesses, "witness", nil, "a witness: URL=KEY, or KEY alone with --request and --answer")
	c.Flags().StringArrayVar(&f.vouchers.Authorities, "tsa", nil, "URL of a time-stamping authority")
	c.Flags().BoolVar(&f.remember, "remember", false, "ask them again, here and at each report")
	deskFlag(c)
	jsonFlag(c)
	return c
}

// check refuses what does not go together, and puts keys in the place of files.
func (f *cosignFlags) check() error {
	byFile := f.request != "" || f.answer != ""
	switch {
	case f.request != "" && f.answer != "":
		return usage(errors.New("--request or --answer: one at a time, the witness comes in between"))
	case byFile && (f.remember || len(f.vouchers.Authorities) > 0):
		return usage(errors.New("--remember and --tsa are for asking by network"))
	case f.from >= 0 && f.request == "":
		return usage(errors.New("--from goes with --request"))
	case f.answer != "" && len(f.vouchers.Witnesses) != 1:
		return usage(errors.New("--answer needs the witness's key: --witness KEY"))
	case f.request != "" && len(f.vouchers.Witnesses) > 1:
		return usage(errors.New("--request is for one witness"))
	case f.remember && len(f.vouchers.Witnesses)+len(f.vouchers.Authorities) == 0:
		return usage(errors.New("--remember: name whom, with --witness or --tsa"))
	case byFile:
		return nil
	}
	for i, given := range f.vouchers.Witnesses {
		url, key, ok := strings.Cut(given, "=")
		if ok {
			_, err := witness.NewVerifier(keyOrFile(key))
			ok = err == nil && (strings.HasPrefix(url, "http://") || strings.HasPrefix(url, "https://"))
		}
		if !ok {
			return usage(fmt.Errorf("--witness %s: want URL=KEY, as in http://127.0.0.1:7780=witness.example/geneva+…", intake.Quote(given)))
		}
		f.vouchers.Witnesses[i] = url + "=" + keyOrFile(key)
	}
	for _, url := range f.vouchers.Authorities {
		if !strings.HasPrefix(url, "http://") && !strings.HasPrefix(url, "https://") {
			return usage(fmt.Errorf("--tsa %s: want a URL", intake.Quote(url)))
		}
	}
	return nil
}

// write writes a request that is carried to a witness. With the witness's key it has
// the proof from what that witness cosigned last.
func (f *cosignFlags) write(c *cobra.Command, d *desk.Desk) error {
	var by note.Verifier
	if len(f.vouchers.Witnesses) > 0 {
		known, err := keys("--witness", f.vouchers.Witnesses, witness.NewVerifier)
		if err != nil {
			return err
		}
		by = known[0]
	}
	b, err := d.WitnessRequest(c.Context(), by, f.from)
	if errors.Is(err, desk.ErrRewritten) {
		return &exitError{exitNo, err}
	} else if err != nil {
		return unread(err)
	}
	if err := desk.WriteFile(f.request, b, 0o644); err != nil {
		return unread(aboutFile(f.request, err))
	}
	return written(c, f.request, nil)
}

func (f *cosignFlags) take(c *cobra.Command, d *desk.Desk) error {
	b, err := readSmall(f.answer)
	if err != nil {
		return err
	}
	known, err := keys("--witness", f.vouchers.Witnesses, witness.NewVerifier)
	if err != nil {
		return err
	}
	s, err := d.TakeCosignature(c.Context(), b, known[0])
	switch {
	case errors.Is(err, witness.ErrAnswer), errors.Is(err, witness.ErrSignature):
		return &exitError{exitNo, aboutFile(f.answer, err)}
	case err != nil:
		return unread(aboutFile(f.answer, err))
	case wantsJSON(c):
		return printLine(c.OutOrStdout(), cosigned{s.Witness, s.At, s.Line})
	}
	_, err = fmt.Fprintf(c.OutOrStdout(), "cosigned by %s on %s\n", intake.Printable(s.Witness), when(s.At))
	return err
}

// ask has the log vouched for over the network.
func (f *cosignFlags) ask(c *cobra.Command, d *desk.Desk) error {
	if f.remember {
		if err := d.Remember(c.Context(), f.vouchers); err != nil {
			return unread(err)
		}
	}
	got, err := d.Vouch(c.Context(), f.vouchers)
	if err != nil {
		return unread(err)
	}
	if len(got.Said)+len(got.Failed) == 0 {
		return usage(errors.New("nobody to ask: name a witness with --witness URL=KEY, an authority with --tsa URL, or use --request FILE"))
	}
	if wantsJSON(c) {
		err = printJSON(c.OutOrStdout(), got)
	} else {
		for _, s := range got.Said {
			fmt.Fprintln(c.OutOrStdout(), printable(s))
		}
	}
	if err == nil && len(got.Failed) > 0 {
		err = &exitError{exitNo, errors.New(strings.Join(got.Failed, "\nturtlebay: "))}
	}
	return err
}
