package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/turtlebay/turtlebay/desk"
	"github.com/turtlebay/turtlebay/vault/witness"
	"golang.org/x/mod/sumdb/note"
)

func logCosignCommand() *cobra.Command {
	var out, answer string
	var vouchers desk.Vouchers
	var remember bool
	c := &cobra.Command{
		Use:   "cosign",
		Short: "have the log's checkpoint cosigned by witnesses and time-stamped",
		Long: strings.TrimSpace(`
Has others vouch for the log as it is: a witness checks that it continues what the
witness saw before and cosigns; a time-stamping authority (RFC 3161) dates it. Only
hashes leave the desk.

By network: --witness URL=KEY and --tsa URL, kept with --remember; what cannot be
stamped now waits and is stamped the next time. By file: --request FILE writes what a
witness needs, and --answer FILE takes in what it gave.`),
		Example: `  turtlebay log cosign --request to-witness.txt
  turtlebay log cosign --answer from-witness.txt --witness "KEY"
  turtlebay log cosign --witness http://127.0.0.1:7780=KEY --tsa http://127.0.0.1:7790 --remember
  turtlebay log cosign                  # those that were remembered`,
		Args: args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			return onDesk(c, func(d *desk.Desk) error {
				switch {
				case out != "":
					return writeRequest(c, d, out, vouchers)
				case answer != "":
					return takeAnswer(c, d, answer, vouchers)
				}
				return vouch(c, d, vouchers, remember)
			})
		},
	}
	c.Flags().StringVar(&out, "request", "", "write what a witness needs into this file")
	c.Flags().StringVar(&answer, "answer", "", "take in what a witness gave, from this file")
	c.Flags().StringArrayVar(&vouchers.Witnesses, "witness", nil, "a witness: URL=KEY, or KEY alone with --request and --answer")
	c.Flags().StringArrayVar(&vouchers.Authorities, "tsa", nil, "URL of a time-stamping authority")
	c.Flags().BoolVar(&remember, "remember", false, "ask them again at each export")
	deskFlag(c)
	jsonFlag(c)
	return c
}

func writeRequest(c *cobra.Command, d *desk.Desk, path string, vouchers desk.Vouchers) error {
	var by note.Verifier
	if len(vouchers.Witnesses) > 0 {
		known, err := keys("--witness", vouchers.Witnesses[:1], witness.NewVerifier)
		if err != nil {
			return err
		}
		by = known[0]
	}
	b, err := d.WitnessRequest(c.Context(), by)
	if err != nil {
		return unread(err)
	}
	if err := desk.WriteFile(path, b, 0o644); err != nil {
		return unread(err)
	}
	fmt.Fprintln(c.OutOrStdout(), path)
	return nil
}

func takeAnswer(c *cobra.Command, d *desk.Desk, path string, vouchers desk.Vouchers) error {
	if len(vouchers.Witnesses) != 1 {
		return usage(errors.New("--answer needs the witness's key: --witness KEY"))
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return unread(err)
	}
	known, err := keys("--witness", vouchers.Witnesses, witness.NewVerifier)
	if err != nil {
		return err
	}
	s, err := d.TakeCosignature(c.Context(), b, known[0])
	if err != nil {
		return unread(fmt.Errorf("%s: %w", path, err))
	}
	fmt.Fprintf(c.OutOrStdout(), "cosigned by %s on %s\n", s.Witness, s.At.UTC().Format(time.DateTime))
	return nil
}

func vouch(c *cobra.Command, d *desk.Desk, vouchers desk.Vouchers, remember bool) error {
	if remember {
		if err := d.Remember(c.Context(), vouchers); err != nil {
			return usage(err)
		}
	}
	got, err := d.Vouch(c.Context(), vouchers)
	if err != nil {
		return unread(err)
	}
	if wantsJSON(c) {
		err = printJSON(c.OutOrStdout(), got)
	} else {
		for _, s := range got.Said {
			fmt.Fprintln(c.OutOrStdout(), s)
		}
	}
	if err == nil && len(got.Failed) > 0 {
		err = &exitError{exitNo, errors.New(strings.Join(got.Failed, "; "))}
	}
	return err
}

func logWitnessCommand() *cobra.Command {
	var dir, name, listen, logs, introduce string
	var public bool
	c := &cobra.Command{
		Use:   "witness [REQUEST]",
		Short: "be the witness of other desks' logs: check and cosign",
		Long: strings.TrimSpace(`
Runs a witness, on another installation than the desk whose log it watches. It remembers
the last checkpoint of each log, cosigns one that continues it, and refuses one that
does not. It sees hashes only. It needs no desk.

With a file it answers one request, to be carried back; with --listen it serves the
protocol of c2sp.org/tlog-witness. Without either it prints its key and what it saw.`),
		Example: `  turtlebay log witness --dir witness --name witness.example/geneva
  turtlebay log witness to-witness.txt --dir witness --logs logs.txt > from-witness.txt
  turtlebay log witness --dir witness --logs logs.txt --listen 127.0.0.1:7780`,
		Args: args(cobra.MaximumNArgs(1)),
		RunE: func(c *cobra.Command, a []string) error {
			w, err := openWitness(dir, name, logs)
			if err != nil {
				return err
			}
			if introduce != "" {
				if _, err := w.Introduce(c.Context(), introduce); err != nil {
					return &exitError{exitNo, err}
				}
			}
			switch {
			case len(a) == 1:
				return answerRequest(c, w, a[0])
			case listen != "":
				return serveWitness(c, w, listen, public)
			}
			return printWitness(c.OutOrStdout(), w)
		},
	}
	c.Flags().StringVar(&dir, "dir", "witness", "the witness's folder, made where there is none")
	c.Flags().StringVar(&name, "name", "", "name of a new witness, an address without a scheme such as witness.example/geneva")
	c.Flags().StringVar(&logs, "logs", "", "file with the keys of the logs to cosign, one a line")
	c.Flags().StringVar(&listen, "listen", "", "serve on this address, such as 127.0.0.1:7780")
	c.Flags().BoolVar(&public, "public", false, "listen on other addresses than this machine's own")
	c.Flags().StringVar(&introduce, "introduce", "", "take this log's key on first use; no other key speaks for its name from then on")
	return c
}

func openWitness(dir, name, logs string) (*witness.Witness, error) {
	if name != "" {
		if _, err := witness.Create(dir, name, nil); err != nil && !errors.Is(err, witness.ErrExists) {
			return nil, unread(err)
		}
	}
	o := witness.Options{Now: time.Now}
	if logs != "" {
		b, err := os.ReadFile(logs)
		if err == nil {
			o.Logs, err = witness.ParseLogs(b)
		}
		if err != nil {
			return nil, unread(fmt.Errorf("%s: %w", logs, err))
		}
	}
	w, err := witness.Open(filepath.Clean(dir), o)
	if err != nil {
		return nil, unread(err)
	}
	return w, nil
}

func answerRequest(c *cobra.Command, w *witness.Witness, path string) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return unread(err)
	}
	r, err := witness.ParseRequest(b)
	if err != nil {
		return unread(fmt.Errorf("%s: %w", path, err))
	}
	s, err := w.Cosign(c.Context(), r)
	if err != nil {
		return &exitError{exitNo, err}
	}
	_, err = io.WriteString(c.OutOrStdout(), s.Line)
	return err
}

func serveWitness(c *cobra.Command, w *witness.Witness, address string, public bool) error {
	l, err := witness.Listen(address, public)
	if err != nil {
		return usage(err)
	}
	fmt.Fprintf(c.ErrOrStderr(), "witness %s on %s\n", w.Key(), l.Addr())
	h := witness.Handler(w, func(err error) { fmt.Fprintln(c.ErrOrStderr(), "witness:", err) })
	if err := witness.Serve(c.Context(), l, h); err != nil {
		return unread(err)
	}
	return nil
}

func printWitness(out io.Writer, w *witness.Witness) error {
	fmt.Fprintln(out, w.Key())
	seen, err := w.Seen()
	if err != nil {
		return unread(err)
	}
	for _, s := range seen {
		fmt.Fprintf(out, "%s  %d leaves  %s\n", s.Origin, s.Size, s.At.UTC().Format(time.DateTime))
	}
	return nil
}
