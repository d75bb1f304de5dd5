package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/turtlebay/turtlebay/intake"
	"github.com/turtlebay/turtlebay/vault/witness"
)

// witnessFlags say which witness this is, and for whom.
type witnessFlags struct {
	dir, name, logs, introduce, listen string
	public                             bool
}

func logWitnessCommand() *cobra.Command {
	var f witnessFlags
	c := &cobra.Command{
		Use:   "witness [REQUEST]",
		Short: "be the witness of other desks' logs: check and cosign",
		Long: strings.TrimSpace(`
Runs a witness, on another installation than the desk whose log it watches. It remembers
the last checkpoint of each log, cosigns one that continues it, and refuses one that
does not: status 1, and what it saw is kept as evidence. It sees hashes only. It needs
no desk.

With a file it answers one request, to be carried back; with --listen it serves the
protocol of c2sp.org/tlog-witness. Without either it prints its key, the last of each
log that it cosigned, and any log that showed it two histories.`),
		Example: `  turtlebay log witness --dir witness --name witness.example/geneva
  turtlebay log witness --dir witness --introduce turtlebay-demo/keys/log.pub
  turtlebay log witness to-witness.txt --dir witness > from-witness.txt
  turtlebay log witness --dir witness --listen 127.0.0.1:7780`,
		Args: args(cobra.MaximumNArgs(1)),
		RunE: func(c *cobra.Command, a []string) error {
			if len(a) == 1 && f.listen != "" {
				return usage(errors.New("either a request in a file or --listen"))
			}
			w, err := f.open(c)
			if err != nil {
				return err
			}
			switch {
			case len(a) == 1:
				return answerRequest(c, w, a[0])
			case f.listen != "":
				return f.serve(c, w)
			}
			return printWitness(c, w)
		},
	}
	c.Flags().StringVar(&f.dir, "dir", "witness", "the witness's folder")
	c.Flags().StringVar(&f.name, "name", "", "make a new witness of this name, an address without a scheme such as witness.example/geneva")
	c.Flags().StringVar(&f.logs, "logs", "", "file with the keys of the logs to cosign, one a line")
	c.Flags().StringVar(&f.introduce, "introduce", "", "key of a log to cosign from now on, or a file that holds it; no other key speaks for its name then")
	c.Flags().StringVar(&f.listen, "listen", "", "serve on this address, such as 127.0.0.1:7780")
	c.Flags().BoolVar(&f.public, "public", false, "listen on other addresses than this machine's own")
	jsonFlag(c)
	return c
}

// open opens the witness, or makes it where a name is given and there is none.
func (f witnessFlags) open(c *cobra.Command) (*witness.Witness, error) {
	dir := filepath.Clean(f.dir)
	o := witness.Options{Now: time.Now}
	if f.logs != "" {
		b, err := readSmall(f.logs)
		if err != nil {
			return nil, err
		}
		if o.Logs, err = witness.ParseLogs(b); err != nil {
			return nil, unread(aboutFile(f.logs, err))
		}
	}
	if f.name != "" {
		_, err := witness.Create(dir, f.name, rand.Reader)
		if errors.Is(err, witness.ErrName) {
			return nil, usage(fmt.Errorf("--name: %w", err))
		} else if err != nil && !errors.Is(err, witness.ErrExists) {
			return nil, unread(err)
		}
	}
	w, err := witness.Open(dir, o)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, usage(fmt.Errorf("no witness in %s: make one with --name, or name its folder with --dir", intake.Printable(dir)))
	case err != nil:
		return nil, unread(err)
	}
	if own, _, _ := strings.Cut(w.Key(), "+"); f.name != "" && own != f.name {
		return nil, usage(fmt.Errorf("the witness in %s is called %s already", intake.Printable(dir), own))
	}
	return w, f.take(c, w)
}

// take introduces a log.
func (f witnessFlags) take(c *cobra.Command, w *witness.Witness) error {
	if f.introduce == "" {
		return nil
	}
	_, err := w.Introduce(c.Context(), keyOrFile(f.introduce))
	switch {
	case errors.Is(err, witness.ErrOtherKey):
		return &exitError{exitNo, err}
	case errors.Is(err, witness.ErrState):
		return unread(err)
	case err != nil:
		return usage(fmt.Errorf("--introduce: %w", err))
	}
	return nil
}

func answerRequest(c *cobra.Command, w *witness.Witness, path string) error {
	b, err := readSmall(path)
	if err != nil {
		return err
	}
	r, err := witness.ParseRequest(b)
	if err != nil {
		return unread(aboutFile(path, err))
	}
	s, err := w.Cosign(c.Context(), r)
	switch {
	case errors.Is(err, witness.ErrState), errors.Is(err, witness.ErrClock):
		return unread(err)
	case errors.Is(err, witness.ErrUnknownLog):
		return &exitError{exitNo, fmt.Errorf("not cosigned: %w: introduce it with --introduce KEY, or list it with --logs FILE", err)}
	case err != nil:
		return &exitError{exitNo, fmt.Errorf("not cosigned: %w%s", err, advice(err))}
	}
	if wantsJSON(c) {
		return printLine(c.OutOrStdout(), cosigned{s.Witness, s.At, s.Line})
	}
	_, err = io.WriteString(c.OutOrStdout(), s.Line)
	return err
}

// advice says what a refusal may mean, and what to do next.
func advice(err error) string {
	var known *witness.ConflictError
	switch {
	case errors.Is(err, witness.ErrFork):
		return "\n  The desk signed two histories. Both checkpoints are kept here as evidence: log witness shows them"
	case errors.As(err, &known):
		return fmt.Sprintf("\n  An answer got lost, or the log was rewritten. The desk makes the request anew: log cosign --request FILE --from %d", known.Known)
	case errors.Is(err, witness.ErrInconsistent):
		return "\n  The log does not continue what was cosigned: it was rewritten, or the request is damaged"
	}
	return ""
}

// cosigned is a cosignature for programs.
type cosigned struct {
	By   string    `json:"by"`
	At   time.Time `json:"at"`
	Line string    `json:"line"` // as it stands under a checkpoint
}

func (f witnessFlags) serve(c *cobra.Command, w *witness.Witness) error {
	l, err := witness.Listen(f.listen, f.public)
	if err != nil {
		return usage(err)
	}
	fmt.Fprintf(c.ErrOrStderr(), "witness %s\nlistens on http://%s\n", w.Key(), l.Addr())
	h := witness.Handler(w, func(err error) { fmt.Fprintln(c.ErrOrStderr(), "witness:", printable(err.Error())) })
	if err := witness.Serve(c.Context(), l, h); err != nil {
		return unread(err)
	}
	return nil
}

// seenLog is what a witness last cosigned of a log, for programs.
type seenLog struct {
	Log    string    `json:"log"`
	Leaves int64     `json:"leaves"`
	At     time.Time `json:"at"`
}

func printWitness(c *cobra.Command, w *witness.Witness) error {
	seen, err := w.Seen()
	if err != nil {
		return unread(err)
	}
	forks, err := w.Forks()
	if err != nil {
		return unread(err)
	}
	if wantsJSON(c) {
		out := struct {
			Key   string    `json:"key"`
			Seen  []seenLog `json:"seen"`
			Forks []string  `json:"forks"` // signed checkpoints that contradict each other
		}{w.Key(), []seenLog{}, []string{}}
		for _, s := range seen {
			out.Seen = append(out.Seen, seenLog{s.Origin, s.Size, s.At})
		}
		for _, note := range forks {
			out.Forks = append(out.Forks, string(note))
		}
		return printJSON(c.OutOrStdout(), out)
	}
	fmt.Fprintln(c.OutOrStdout(), w.Key())
	err = table(c.OutOrStdout(), func(out io.Writer) {
		for _, s := range seen {
			fmt.Fprintf(out, "%s\t%s\tcosigned %s\n", intake.Printable(s.Origin), count(s.Size, "leaf", "leaves"), when(s.At))
		}
	})
	if err != nil || len(forks) == 0 {
		return err
	}
	fmt.Fprintln(c.OutOrStdout(), "\nTWO HISTORIES: these signed checkpoints contradict each other.")
	for _, note := range forks {
		fmt.Fprintf(c.OutOrStdout(), "\n%s", printable(string(note)))
	}
	return nil
}
