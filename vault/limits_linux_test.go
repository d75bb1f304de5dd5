//go:build linux

package vault_test

import (
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/turtlebay/turtlebay/vault"
)

// mostMemory is the most memory that a process held, in bytes.
func mostMemory(p *os.ProcessState) int64 {
	if u, ok := p.SysUsage().(*syscall.Rusage); ok {
		return u.Maxrss << 10
	}
	return math.MaxInt64
}

// asNobody runs a command without the rights of root, whom no mode of a file stops.
func asNobody(cmd *exec.Cmd) {
	if os.Geteuid() == 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
		cmd.Dir = "/"
	}
}

func init() {
	jobs["limited"] = limited
}

// limited does a deed while no file may grow beyond a limit, as on a disk that is
// full, and goes on when there is room. It says whether the deed was done.
func limited(s *site) error {
	limit, err := strconv.ParseUint(os.Getenv("VAULT_TEST_LIMIT"), 10, 64)
	if err != nil {
		return err
	}
	o, err := s.makeOptions()
	if err != nil {
		return err
	}
	v, _, err := vault.Open(ctx, s.dir, o)
	if err != nil {
		return err
	}
	signal.Ignore(syscall.SIGXFSZ)
	var was syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &was); err != nil {
		return err
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: limit, Max: was.Max}); err != nil {
		return err
	}
	deed := deeds[os.Getenv("VAULT_TEST_DEED")](v)
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &was); err != nil {
		return err
	}
	if deed != nil && !errors.Is(deed, syscall.EFBIG) {
		return fmt.Errorf("limit %d: error %w", limit, deed)
	}
	fmt.Println(deed == nil)
	_, _, err = v.Add(ctx, strings.NewReader("and on"), vault.New{Source: "S", Plain: true})
	return err
}

// Wherever there is no room: the act fails, the vault is as before, and it goes on
// when there is room, in the same process and in the next.
func TestDiskFull(t *testing.T) {
	base := prepared(t)
	v := base.open(t)
	for range 5 { // so that the log is the largest file
		if err := deeds["view"](v); err != nil {
			t.Fatal(err)
		}
	}
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	goOn := func(v *vault.Vault) error {
		_, _, err := v.Add(ctx, strings.NewReader("and on"), vault.New{Source: "S", Plain: true})
		return err
	}
	for _, name := range []string{"add many", "mark", "export"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			states := map[bool]string{}
			for _, done := range []bool{false, true} {
				v := base.clone(t).open(t)
				if done {
					if err := deeds[name](v); err != nil {
						t.Fatal(err)
					}
				}
				if err := goOn(v); err != nil {
					t.Fatal(err)
				}
				states[done] = facts(t, v)
			}
			said := map[bool]int{}
			for _, limit := range []int{0, 50, 200, 350, 420, 600, 1000, 2000, 2800, 3300, 4000, 6000, 100_000} {
				s := base.clone(t)
				cmd := s.spawn(t, "limited")
				cmd.Env = append(cmd.Env, fmt.Sprint("VAULT_TEST_LIMIT=", limit), "VAULT_TEST_DEED="+name)
				out, err := cmd.Output()
				if err != nil {
					t.Fatalf("limit %d: %v", limit, err)
				}
				done := strings.TrimSpace(string(out)) == "true"
				said[done]++
				v := s.open(t)
				if got := facts(t, v); got != states[done] {
					t.Errorf("limit %d, done %v:\n%s", limit, done, cmp.Diff(states[done], got))
				}
				wantSound(t, v)
			}
			if said[false] < 5 || said[true] < 2 {
				t.Errorf("done and not done: %v", said)
			}
		})
	}
}

// do has a child do a job and returns the most memory that it held, in bytes.
func (s *site) do(t *testing.T, job string) int64 {
	t.Helper()
	cmd := s.spawn(t, job)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v", job, err)
	}
	if len(out) > 0 {
		t.Logf("%s: %s", job, strings.TrimSpace(string(out)))
	}
	return mostMemory(cmd.ProcessState)
}

// Adding, copying, exporting and checking 64 MB takes no more memory than 64 kB.
func TestMemoryIsBounded(t *testing.T) {
	s := newSite(t)
	idle := s.do(t, "idle")
	for _, job := range []string{"large", "view"} {
		most := s.do(t, job)
		t.Logf("%s: %d MB, %d MB with a small item", job, most>>20, idle>>20)
		if most > idle+24<<20 {
			t.Errorf("%s: %d MB", job, most>>20)
		}
	}
}

func TestReadOnlyFolder(t *testing.T) {
	s := prepared(t)
	cmd := s.spawn(t, "read only folder")
	self := mustRead(t, cmd.Path)
	open, err := os.MkdirTemp("", "turtlebay-vault-*") // where others may run it
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(open) })
	cmd.Path = filepath.Join(open, "vault.test")
	if err := errors.Join(os.Chmod(open, 0o755), os.WriteFile(cmd.Path, self, 0o755)); err != nil {
		t.Fatal(err)
	}
	base := filepath.Dir(s.dir)
	err = filepath.WalkDir(base, func(at string, e os.DirEntry, err error) error {
		if err == nil && e.IsDir() {
			err = os.Chmod(at, 0o555)
		} else if err == nil {
			err = os.Chmod(at, 0o444)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = filepath.WalkDir(base, func(at string, e os.DirEntry, err error) error {
			if err == nil && e.IsDir() {
				err = os.Chmod(at, 0o755)
			}
			return err
		})
	})
	asNobody(cmd)
	if err := cmd.Run(); err != nil {
		t.Error(err)
	}
}
