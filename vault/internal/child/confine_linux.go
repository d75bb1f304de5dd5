package child

import (
	"os"
	"os/exec"
	"syscall"

	"golang.org/x/sys/unix"
)

const memoryCanBeLimited = true

// nobody owns no file that matters.
const nobody = 65534

// confine puts the command into a process group of its own, which ends with us. An
// administrator's child runs as nobody.
func confine(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if os.Geteuid() == 0 {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: nobody, Gid: nobody}
	}
}

// closeNetwork confines the command to namespaces without network, other processes
// or shared memory. Who is no administrator gets them inside a user namespace.
func closeNetwork(cmd *exec.Cmd) error {
	confine(cmd)
	attr := cmd.SysProcAttr
	attr.Cloneflags = syscall.CLONE_NEWNET | syscall.CLONE_NEWIPC | syscall.CLONE_NEWPID
	if os.Geteuid() != 0 {
		attr.Cloneflags |= syscall.CLONE_NEWUSER
		attr.UidMappings = []syscall.SysProcIDMap{{ContainerID: nobody, HostID: os.Geteuid(), Size: 1}}
		attr.GidMappings = []syscall.SysProcIDMap{{ContainerID: nobody, HostID: os.Getegid(), Size: 1}}
	}
	return nil
}

func killGroup(cmd *exec.Cmd) { _ = unix.Kill(-cmd.Process.Pid, unix.SIGKILL) }

// wait waits for the process and ends whatever it left behind in its group. It looks
// at the ended process before it collects it: until then the number cannot be
// another's, whose group would be ended.
func (p *process) wait() error {
	for unix.Waitid(unix.P_PID, p.cmd.Process.Pid, nil, unix.WEXITED|unix.WNOWAIT, nil) == unix.EINTR {
	}
	p.mu.Lock()
	killGroup(p.cmd)
	p.gone = true
	p.mu.Unlock()
	return p.cmd.Wait()
}

// killedBySystem reports whether a signal ended the process that the kernel sends
// at a limit.
func (p *process) killedBySystem() bool {
	status, ok := p.cmd.ProcessState.Sys().(syscall.WaitStatus)
	return ok && status.Signaled() && (status.Signal() == syscall.SIGXCPU || status.Signal() == syscall.SIGKILL)
}
