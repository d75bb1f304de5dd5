package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/turtlebay/turtlebay/backup"
	"github.com/turtlebay/turtlebay/desk"
	"github.com/turtlebay/turtlebay/desk/sqlite"
	"github.com/turtlebay/turtlebay/intake"
)

func backupCommand() *cobra.Command {
	var check bool
	c := &cobra.Command{
		Use:   "backup DIR",
		Short: "take a snapshot of the desk, also while it is in use",
		Long: strings.TrimSpace(`
Takes a snapshot of the desk into DIR: consistent, also while somebody adds to the desk;
only what changed since the last snapshot is written. The key of destroyed evidence is
forgotten in older snapshots too. A backup holds the desk's keys: guard it like the desk.

With --check it reads every byte of the backup again instead.`),
		Example: `  turtlebay backup /media/stick/desk-backup
  turtlebay backup /media/stick/desk-backup --check`,
		Args: args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, a []string) error {
			if check {
				return checkBackup(c, a[0])
			}
			return onDesk(c, func(d *desk.Desk) error { return takeBackup(c, d, a[0]) })
		},
	}
	c.Flags().BoolVar(&check, "check", false, "read every byte of the backup again")
	deskFlag(c)
	jsonFlag(c)
	return c
}

func takeBackup(c *cobra.Command, d *desk.Desk, dir string) error {
	s, err := backup.Open(dir)
	if errors.Is(err, backup.ErrNotBackup) {
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
	fmt.Fprintf(c.OutOrStdout(), "snapshot %d: %d files, %s, of which %s are new\n", snap.Number, stats.Files, bytesOf(stats.Bytes), bytesOf(stats.Written))
	return nil
}

func checkBackup(c *cobra.Command, dir string) error {
	s, err := backup.Open(dir)
	if err != nil {
		return unread(err)
	}
	faults, err := s.Check(c.Context(), nil)
	if err != nil {
		return unread(err)
	}
	if wantsJSON(c) {
		err = printJSON(c.OutOrStdout(), struct {
			OK     bool           `json:"ok"`
			Faults []backup.Fault `json:"faults"`
		}{len(faults) == 0, append([]backup.Fault{}, faults...)})
	} else {
		for _, f := range faults {
			fmt.Fprintf(c.OutOrStdout(), "%s: %s\n", f.File, f.Why)
		}
		fmt.Fprintf(c.OutOrStdout(), "%d places are not as they were written\n", len(faults))
	}
	if err == nil && len(faults) > 0 {
		err = errNo
	}
	return err
}

func restoreCommand() *cobra.Command {
	var number int
	c := &cobra.Command{
		Use:   "restore BACKUP DIR",
		Short: "bring a desk back from a backup, and have it prove itself",
		Long: strings.TrimSpace(`
Lays a snapshot down in DIR, which must not exist or be empty. Every byte is compared with
its digest, the desk is checked, and its custody log is held against the checkpoint that
was noted when the snapshot was taken.`),
		Example: `  turtlebay restore /media/stick/desk-backup desk
  turtlebay restore /media/stick/desk-backup desk-of-march --snapshot 3`,
		Args: args(cobra.ExactArgs(2)),
		RunE: func(c *cobra.Command, a []string) error {
			s, err := backup.Open(a[0])
			if err != nil {
				return unread(err)
			}
			snap, err := desk.Restore(c.Context(), s, number, a[1], sqlite.Open)
			switch {
			case errors.Is(err, backup.ErrNotEmpty), errors.Is(err, backup.ErrNoSnapshot):
				return usage(err)
			case err != nil:
				return unread(err)
			}
			fmt.Fprintf(c.OutOrStdout(), "snapshot %d of %s is back in %s, and its log continues the checkpoint of that day\n",
				snap.Number, snap.At.UTC().Format(time.DateTime), intake.Printable(a[1]))
			return nil
		},
	}
	c.Flags().IntVar(&number, "snapshot", backup.Latest, "number of the snapshot (default the newest)")
	return c
}
