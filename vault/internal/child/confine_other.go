//go:build !linux

package child

import (
	"errors"
	"os/exec"
)

const memoryCanBeLimited = false

func confine(*exec.Cmd) {}

// closeNetwork fails: this system has no way for it that needs no administrator.
func closeNetwork(*exec.Cmd) error { return errors.New("this system has no network namespaces") }

// killGroup ends the process alone; the library knows whether it is still there.
func killGroup(cmd *exec.Cmd) { _ = cmd.Process.Kill() }

func (p *process) wait() error {
	err := p.cmd.Wait()
	p.mu.Lock()
	p.gone = true
	p.mu.Unlock()
	return err
}

func (p *process) killedBySystem() bool { return false }
