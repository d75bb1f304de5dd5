package main

import (
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/turtlebay/turtlebay/backup"
	"github.com/turtlebay/turtlebay/desk"
	"github.com/turtlebay/turtlebay/desk/sqlite"
	"github.com/turtlebay/turtlebay/intake"
)

func backupCommand() *cobra.Command {
	var check, list bool
	c := &cobra.Command{
		Use:   "backup DIR",
		Short: "take a snapshot of the desk, also while it is in use",
		Long: strings.TrimSpace(`
Takes a snapshot of the desk into DIR: consistent, also while somebody adds to the desk;
only what changed since the last snapshot is written. What was destroyed on the desk is
forgotten in older snapshots too. A backup holds the desk's keys: guard it like the desk.

With --check it reads every byte of the backup again instead, with --list it lists the
snapshots; neither needs the desk.`),
		Example: `  turtlebay backup desk-backup
  turtlebay backup desk-backup --check
  turtlebay backup desk-backup --list`,
		Args: args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, a []string) error {
			switch {
			case check && list:
				return usage(errors.New("either --check or --list"))
			case check:
				return checkBackup(c, a[0])
			case list:
				return listBackup(c, a[0])
			}
			return onDesk(c, func(d *desk.Desk) error { return takeBackup(c, d, a[0]) })
		},
	}
	c.Flags().BoolVar(&check, "check", false, "read every byte of the backup again")
	c.Flags().BoolVar(&list, "list", false, "list the snapshots")
	deskFlag(c)
	jsonFlag(c)
	return c
}

func takeBackup(c *cobra.Command, d *desk.Desk, dir string) error {
	err := d.Outside(dir) // before a folder is made there
	var s *backup.Store
	if err == nil {
		s, err = backup.Open(dir)
	}
	if errors.Is(err, desk.ErrInside) || errors.Is(err, backup.ErrNotBackup) {
		return usage(err)
	} else if err != nil {
		return unread(err)
	}
	snap, stats, err := d.Backup(c.Context(), s, time.Now().UTC().Truncate(time.Second))
	if err != nil {
		return unread(err)
	}
	if wantsJSON(c) {
		return printJSON(c.OutOrStdout(), struct {
			Snapshot int `json:"snapshot"`
			backup.Stats
		}{snap.Number, stats})
	}
	_, err = fmt.Fprintf(c.OutOrStdout(), "snapshot %d: %s, %s, of which %s new\n", snap.Number,
		count(stats.Files, "file", "files"), bytesOf(stats.Bytes), bytesOf(stats.Written))
	return err
}

// findBackup opens a backup that is there.
func findBackup(dir string) (*backup.Store, error) {
	s, err := backup.Find(dir)
	if errors.Is(err, backup.ErrNotBackup) {
		return nil, usage(fmt.Errorf("no backup in %s", intake.Printable(dir)))
	} else if err != nil {
		return nil, unread(err)
	}
	return s, nil
}

func checkBackup(c *cobra.Command, dir string) error {
	s, err := findBackup(dir)
	if err != nil {
		return err
	}
	faults, err := s.Check(c.Context(), nil)
	if err != nil {
		return unread(err)
	}
	snaps, err := s.Snapshots()
	if err != nil && len(faults) == 0 {
		return unread(err)
	}
	if wantsJSON(c) {
		err = printJSON(c.OutOrStdout(), struct {
			OK        bool           `json:"ok"`
			Snapshots int            `json:"snapshots"`
			Faults    []backup.Fault `json:"faults"`
		}{len(faults) == 0, len(snaps), append([]backup.Fault{}, faults...)})
	} else {
		err = printBackupFaults(c.OutOrStdout(), len(snaps), faults)
	}
	if err == nil && len(faults) > 0 {
		err = errNo
	}
	return err
}

func printBackupFaults(w io.Writer, snapshots int, faults []backup.Fault) error {
	for _, f := range faults {
		fmt.Fprintf(w, "%s: %s\n", intake.Printable(f.File), intake.Printable(f.Why))
	}
	if len(faults) > 0 {
		_, err := fmt.Fprintf(w, "%s not as written\n", count(len(faults), "place is", "places are"))
		return err
	}
	_, err := fmt.Fprintf(w, "all as written: %s\n", count(snapshots, "snapshot", "snapshots"))
	return err
}

// snapshotLine is a snapshot for programs.
type snapshotLine struct {
	Number    int       `json:"snapshot"`
	At        time.Time `json:"at"`
	Files     int       `json:"files"`
	Bytes     int64     `json:"bytes"`
	Forgotten []string  `json:"forgotten,omitempty"` // files whose evidence was destroyed since
}

func lineOf(snap backup.Snapshot) snapshotLine {
	out := snapshotLine{Number: snap.Number, At: snap.At.UTC()}
	for _, f := range snap.Files {
		if f.Forgotten {
			out.Forgotten = append(out.Forgotten, f.Path)
			continue
		}
		out.Files++
		out.Bytes += f.Size
	}
	return out
}

// destroyedSince are the items whose keys a snapshot has forgotten.
func (s snapshotLine) destroyedSince() []string {
	var out []string
	for _, file := range s.Forgotten {
		if dir, name := path.Split(file); dir == "vault/keys/" {
			out = append(out, strings.TrimSuffix(name, ".age"))
		}
	}
	return out
}

// forgot says in words what a snapshot has forgotten.
func (s snapshotLine) forgot() string {
	switch gone := s.destroyedSince(); {
	case len(gone) > 0:
		return "without " + strings.Join(gone, ", ") + ", destroyed since"
	case len(s.Forgotten) > 0:
		return fmt.Sprintf("without %s of evidence destroyed since", count(len(s.Forgotten), "file", "files"))
	}
	return ""
}

func listBackup(c *cobra.Command, dir string) error {
	s, err := findBackup(dir)
	if err != nil {
		return err
	}
	snaps, err := s.Snapshots()
	if err != nil {
		return unread(err)
	}
	return table(c.OutOrStdout(), func(w io.Writer) {
		for _, snap := range snaps {
			line := lineOf(snap)
			if wantsJSON(c) {
				_ = printLine(w, line) // w is memory
				continue
			}
			fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\n", line.Number, when(line.At), count(line.Files, "file", "files"), bytesOf(line.Bytes), line.forgot())
		}
	})
}

func restoreCommand() *cobra.Command {
	var number int
	c := &cobra.Command{
		Use:   "restore BACKUP DIR",
		Short: "bring a desk back from a backup, and have it prove itself",
		Long: strings.TrimSpace(`
Lays a snapshot down in DIR, which must not exist or be empty. Every byte is compared with
its digest, the desk is checked, and its custody log is held against the checkpoint that
was noted when the snapshot was taken. Evidence that was destroyed since does not come
back. Hold the desk against a checkpoint that somebody else kept as well: turtlebay log
verify --checkpoint.`),
		Example: `  turtlebay restore desk-backup desk-again
  turtlebay restore desk-backup desk-of-march --snapshot 1`,
		Args: args(cobra.ExactArgs(2)),
		RunE: func(c *cobra.Command, a []string) error {
			s, err := findBackup(a[0])
			if err != nil {
				return err
			}
			snap, err := desk.Restore(c.Context(), s, number, a[1], sqlite.Open)
			switch {
			case errors.Is(err, backup.ErrNotEmpty), errors.Is(err, backup.ErrNoSnapshot):
				return usage(err)
			case errors.Is(err, desk.ErrRewritten), errors.Is(err, desk.ErrDamaged), errors.Is(err, backup.ErrDamaged):
				return &exitError{exitNo, err}
			case err != nil:
				return unread(err)
			}
			line := lineOf(snap)
			if wantsJSON(c) {
				return printJSON(c.OutOrStdout(), line)
			}
			fmt.Fprintf(c.OutOrStdout(), "snapshot %d of %s UTC is in %s: checked, and its log continues the checkpoint of that moment\n",
				line.Number, when(line.At), intake.Printable(a[1]))
			if gone := line.forgot(); gone != "" {
				fmt.Fprintln(c.OutOrStdout(), gone)
			}
			return nil
		},
	}
	c.Flags().IntVar(&number, "snapshot", backup.Latest, "number of the snapshot (default the newest)")
	jsonFlag(c)
	return c
}
