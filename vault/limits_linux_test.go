//go:build linux

package vault_test

import (
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"os/signal"
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
			for _, limit := range []int{0, 1, 50, 200, 350, 400, 450, 600, 800, 1000, 2000, 2800, 3000, 3300, 3600, 4000, 5000, 6000, 100_000} {
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
