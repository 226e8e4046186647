package rescue

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"regexp"
	"strings"
	"time"

	"vnettune/foreign"
	"vnettune/spawn"
	"vnettune/trouble"
)

// Libvirt is a domain of libvirt, by the program virsh: agent and machine at once.
type Libvirt struct {
	Domain string
	URI    string // "" leaves it to virsh
	Virsh  string // the program; "" means virsh on PATH
}

// maxArgument is less than Linux takes as one argument of a program (execve(2),
// MAX_ARG_STRLEN).
const maxArgument = 128<<10 - 1

// maxSaid is how much is kept of what virsh says on its standard error.
const maxSaid = 64 << 10

// run calls virsh and returns what it prints.
func (v Libvirt) run(ctx context.Context, args ...string) (string, error) {
	return v.runWith(ctx, "", args...)
}

// runWith calls virsh with a text on its standard input. Its texts are English: LC_ALL is C.
func (v Libvirt) runWith(ctx context.Context, input string, args ...string) (string, error) {
	program := v.Virsh
	if program == "" {
		program = "virsh"
	}
	all := []string{"--quiet"}
	if v.URI != "" {
		all = append(all, "--connect", v.URI)
	}
	cmd := spawn.Command(ctx, program, append(all, args...)...)
	cmd.Env = append(cmd.Environ(), "LC_ALL=C")
	if input != "" {
		cmd.Stdin = strings.NewReader(input)
	}
	cmd.WaitDelay = time.Second // a child of virsh may hold its output
	out, errs := &foreign.Buffer{Limit: maxLine}, &foreign.Buffer{Limit: maxSaid}
	cmd.Stdout, cmd.Stderr = out, errs
	err := cmd.Run()
	switch {
	case ctx.Err() != nil:
		return "", context.Cause(ctx)
	case err != nil:
		return "", fmt.Errorf("virsh %s %s: %s", args[0], v.Domain, cmp.Or(foreign.Words(string(errs.Bytes())), err.Error()))
	case out.Overflow():
		return "", fmt.Errorf("virsh %s %s: more than %d MiB of output", args[0], v.Domain, maxLine>>20)
	}
	return string(out.Bytes()), nil
}

// agentRefusal is virsh's word for an answer of the agent that is an error.
var agentRefusal = regexp.MustCompile(`unable to execute QEMU agent command '[^']*': (.*)`)

// refusalOf is the agent's own error in one of virsh; nil for none.
func refusalOf(command string, err error) error {
	if m := agentRefusal.FindStringSubmatch(err.Error()); m != nil {
		return &AgentError{Command: command, Desc: m[1]}
	}
	return nil
}

// Command implements Agent. libvirt keeps the connection in step by itself.
func (v Libvirt) Command(ctx context.Context, name string, arguments any) (json.RawMessage, error) {
	line, err := agentRequest(name, arguments)
	if err != nil {
		return nil, err
	}
	if len(line) > maxArgument {
		return nil, trouble.Hint(fmt.Errorf("guest agent: %s: %d characters are more than a command line takes", name, len(line)), "use guest.rescue.guest_agent")
	}
	out, err := v.run(ctx, "qemu-agent-command", "--domain", v.Domain, "--timeout", "10", "--cmd", string(line))
	if err != nil {
		if refused := refusalOf(name, err); refused != nil {
			return nil, refused
		}
		return nil, err
	}
	answer, err := parseAnswer(name, []byte(out))
	if err == nil && answer == nil {
		err = errors.New("guest agent: " + name + ": libvirt gave no answer")
	}
	return answer, err
}

// Close implements Agent.
func (v Libvirt) Close() {}

// Reset implements Machine.
func (v Libvirt) Reset(ctx context.Context) error {
	state, err := v.domainState(ctx)
	if err != nil {
		return err
	}
	switch state {
	case "shut off", "crashed":
		_, err = v.run(ctx, "start", "--domain", v.Domain)
		return err
	}
	if _, err := v.run(ctx, "reset", "--domain", v.Domain); err != nil {
		return err
	}
	if state == "paused" {
		_, err = v.run(ctx, "resume", "--domain", v.Domain)
	}
	return err
}

// Revert implements Machine.
func (v Libvirt) Revert(ctx context.Context, snapshot string) error {
	_, err := v.run(ctx, "snapshot-revert", "--domain", v.Domain, "--snapshotname", snapshot, "--running")
	return err
}

// State implements Machine.
func (v Libvirt) State(ctx context.Context) (string, error) {
	state, err := v.domainState(ctx)
	return "libvirt answers; the domain is " + state, err
}

func (v Libvirt) domainState(ctx context.Context) (string, error) {
	out, err := v.run(ctx, "domstate", "--domain", v.Domain)
	return foreign.Words(out), err
}

// Off says whether the domain is off.
func (v Libvirt) Off(ctx context.Context) (bool, error) {
	state, err := v.domainState(ctx)
	return state == "shut off" || state == "crashed", err
}

// ForceOff switches the domain off without a word to its guest.
func (v Libvirt) ForceOff(ctx context.Context) error {
	_, err := v.run(ctx, "destroy", "--domain", v.Domain)
	return err
}

// Start starts a domain that is off.
func (v Libvirt) Start(ctx context.Context) error {
	_, err := v.run(ctx, "start", "--domain", v.Domain)
	return err
}

// UUID implements Machine: a domain's UUID is that of its SMBIOS.
func (v Libvirt) UUID(ctx context.Context) (string, error) {
	out, err := v.run(ctx, "domuuid", "--domain", v.Domain)
	return strings.TrimSpace(out), err
}

// XML is the domain as it runs. libvirt leaves passwords out unless it is asked for them.
func (v Libvirt) XML(ctx context.Context) (string, error) {
	return v.run(ctx, "dumpxml", "--domain", v.Domain)
}

// Definition is the domain's XML as its next start has it; with secrets it has what libvirt shows only to who asks for it,
// such as the passwords of VNC and SPICE, and may write to libvirt.
func (v Libvirt) Definition(ctx context.Context, secrets bool) (string, error) {
	args := []string{"dumpxml", "--domain", v.Domain, "--inactive"}
	if secrets {
		args = append(args, "--security-info")
	}
	return v.run(ctx, args...)
}

// Define gives the domain another XML, by its next start.
func (v Libvirt) Define(ctx context.Context, text string) error {
	_, err := v.runWith(ctx, text, "define", "/dev/stdin") // no file of it lies about
	return err
}

// Persistent says whether the domain is still there when its guest is off.
func (v Libvirt) Persistent(ctx context.Context) (bool, error) {
	out, err := v.run(ctx, "dominfo", "--domain", v.Domain)
	if err != nil {
		return false, err
	}
	for line := range strings.Lines(out) {
		if name, value, ok := strings.Cut(line, ":"); ok && name == "Persistent" {
			return strings.TrimSpace(value) == "yes", nil
		}
	}
	return false, fmt.Errorf("virsh dominfo %s: it does not say whether the domain is persistent", v.Domain)
}

// Address is one that a domain's adapter has.
type Address struct {
	MAC  string // in lower case
	Addr netip.Addr
}

// Sources of a domain's addresses, by virsh domifaddr: what the agent in the guest says, what libvirt's own DHCP gave it,
// what is in this host's ARP table.
var Sources = []string{"agent", "lease", "arp"}

// Addresses are what a source says of a running domain.
func (v Libvirt) Addresses(ctx context.Context, source string) ([]Address, error) {
	out, err := v.run(ctx, "domifaddr", "--domain", v.Domain, "--full", "--source", source)
	if err != nil {
		return nil, err
	}
	return parseAddresses(out), nil
}

// parseAddresses reads the table of virsh domifaddr. The names of adapters, of which those of Windows have blanks, stand in
// front; a line that does not end with hardware address, protocol and address is none of an adapter with both.
func parseAddresses(table string) []Address {
	var all []Address
	for line := range strings.Lines(table) {
		words := strings.Fields(line)
		if len(words) < 4 {
			continue
		}
		words = words[len(words)-3:]
		mac, err := net.ParseMAC(words[0])
		prefix, err2 := netip.ParsePrefix(words[2])
		if err == nil && err2 == nil && (words[1] == "ipv4" || words[1] == "ipv6") {
			all = append(all, Address{mac.String(), prefix.Addr()})
		}
	}
	return all
}

// HasSnapshot implements Machine.
func (v Libvirt) HasSnapshot(ctx context.Context, snapshot string) (bool, error) {
	out, err := v.run(ctx, "snapshot-list", "--domain", v.Domain, "--name")
	return listed(out, snapshot), err
}

// listed says whether a list of names, one a line, has the snapshot.
func listed(names, snapshot string) bool {
	for name := range strings.Lines(names) {
		if strings.TrimSpace(name) == snapshot {
			return true
		}
	}
	return false
}
