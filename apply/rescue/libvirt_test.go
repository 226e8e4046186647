package rescue_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"vnettune/apply"
	"vnettune/apply/rescue"
	"vnettune/trouble"
)

// node is a libvirt of the test driver: one domain runs, one is off. It begins anew
// with every call of virsh.
const node = `<node>
  <domain type='test'>
    <name>guest</name><memory>8192</memory><os><type>hvm</type></os>
  </domain>
  <domain type='test' xmlns:test='http://libvirt.org/schemas/domain/test/1.0'>
    <name>off</name><memory>8192</memory><os><type>hvm</type></os>
    <test:runstate>5</test:runstate>
  </domain>
</node>`

func TestTheRealVirsh(t *testing.T) {
	if _, err := exec.LookPath("virsh"); err != nil {
		t.Skipf("NOT TESTED: libvirt with the real virsh: %v (package libvirt-clients)", err)
	}
	file := filepath.Join(t.TempDir(), "node.xml")
	if err := os.WriteFile(file, []byte(node), 0o600); err != nil {
		t.Fatal(err)
	}
	uri := "test://" + file
	if out, err := exec.Command("virsh", "-c", uri, "list").CombinedOutput(); err != nil {
		t.Skipf("NOT TESTED: libvirt with the real virsh: it has no test driver: %v: %s", err, out)
	}
	for domain, want := range map[string]string{"guest": "running", "off": "shut off"} {
		v := rescue.Libvirt{Domain: domain, URI: uri}
		if s, err := v.State(t.Context()); err != nil || !strings.HasSuffix(s, " is "+want) {
			t.Errorf("%s: %q, %v; want it to be %s", domain, s, err, want)
		}
		if err := v.Reset(t.Context()); err != nil {
			t.Errorf("reset of a domain that is %s: %v", want, err)
		}
		if there, err := v.HasSnapshot(t.Context(), "clean"); there || err != nil {
			t.Errorf("a snapshot of a domain that has none: %v, %v", there, err)
		}
		if err := v.Revert(t.Context(), "clean"); err == nil || !strings.Contains(trouble.Line(err), "clean") {
			t.Errorf("revert to a snapshot that is not there: %v", err)
		}
		var refused *rescue.AgentError
		if _, err := v.Command(t.Context(), "guest-ping", nil); err == nil || errors.As(err, &refused) {
			t.Errorf("the test driver has no agent: %v", err)
		}
	}
	if _, err := (rescue.Libvirt{Domain: "none", URI: uri}).State(t.Context()); err == nil || !strings.Contains(trouble.Line(err), "none") {
		t.Errorf("a domain that is not there: %v", err)
	}
}

// virsh makes a program that answers as virsh does and keeps what it was asked.
func virsh(t *testing.T, script string) (v rescue.Libvirt, asked func() []string) {
	dir := t.TempDir()
	log := filepath.Join(dir, "log")
	program := filepath.Join(dir, "virsh")
	text := "#!/bin/sh\n[ \"$LC_ALL\" = C ] || exit 9\nprintf '%s\\n' \"$*\" >>'" + log + "'\n" + script
	if err := os.WriteFile(program, []byte(text), 0o700); err != nil {
		t.Fatal(err)
	}
	return rescue.Libvirt{Domain: "win", URI: "qemu:///system", Virsh: program}, func() []string {
		said, err := os.ReadFile(log)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Split(strings.TrimSpace(string(said)), "\n")
	}
}

func TestTheAgentThroughLibvirt(t *testing.T) {
	v, asked := virsh(t, `case "$*" in
*guest-exec-status*) echo '{"return":{"exitcode":5,"out-data":"b25l","exited":true}}';;
*guest-exec*) echo '{"return":{"pid":12}}';;
esac
`)
	r := rescue.NewRunner(v, hurry{})
	got, err := r.Run(t.Context(), "powershell.exe -X", []byte("in"))
	if err != nil || got.Exit != 5 || string(got.Stdout) != "one" {
		t.Fatalf("%+v, %v", got, err)
	}
	want := []string{
		`--quiet --connect qemu:///system qemu-agent-command --domain win --timeout 10 --cmd {"execute":"guest-exec","arguments":{"arg":["-X"],"capture-output":true,"input-data":"aW4=","path":"powershell.exe"}}`,
		`--quiet --connect qemu:///system qemu-agent-command --domain win --timeout 10 --cmd {"execute":"guest-exec-status","arguments":{"pid":12}}`,
	}
	if !slices.Equal(asked(), want) {
		t.Errorf("asked %q, want %q", asked(), want)
	}
}

func TestWhatLibvirtRefuses(t *testing.T) {
	for _, c := range []struct {
		name, script string
		lost         bool
		want         string
	}{
		{"no agent", "echo 'error: Guest agent is not responding: QEMU guest agent is not connected' >&2; exit 1", true, "is not connected"},
		{"the agent refuses", "echo \"error: internal error: unable to execute QEMU agent command 'guest-ping': Command guest-ping has been disabled\" >&2; exit 1", false, "has been disabled"},
		{"no answer", "exit 0", true, "unreadable answer"},
		{"no words", "exit 3", true, "exit status 3"},
	} {
		t.Run(c.name, func(t *testing.T) {
			v, _ := virsh(t, c.script+"\n")
			err := rescue.NewRunner(v, hurry{}).Ping(t.Context())
			if err == nil || !strings.Contains(trouble.Line(err), c.want) || apply.Lost(err) != c.lost {
				t.Errorf("error %v, lost: %v; want %q, lost: %v", err, apply.Lost(err), c.want, c.lost)
			}
		})
	}
	v, _ := virsh(t, "exit 0\n")
	big := strings.Repeat("x", 128<<10)
	if _, err := rescue.NewRunner(v, hurry{}).Run(t.Context(), "x", []byte(big)); err == nil || !strings.Contains(trouble.Line(err), "guest.rescue.guest_agent") {
		t.Errorf("more than a command line takes: %v", err)
	}
}

func TestTheMachineThroughLibvirt(t *testing.T) {
	for state, want := range map[string][]string{"running": {"reset"}, "paused": {"reset", "resume"}, "shut off": {"start"}, "crashed": {"start"}} {
		v, asked := virsh(t, `case "$*" in *domstate*) echo '`+state+`'; echo;; esac`+"\n")
		if err := v.Reset(t.Context()); err != nil {
			t.Fatal(err)
		}
		var did []string
		for _, line := range asked()[1:] {
			did = append(did, strings.Fields(line)[3])
		}
		if !slices.Equal(did, want) {
			t.Errorf("a domain that is %s: %q, want %q", state, did, want)
		}
	}
	v, asked := virsh(t, `case "$*" in *snapshot-list*) printf 'first\nclean\n\n';; *'domuuid --domain win') printf '0a1b2c3d-0000-4000-8000-0123456789ab\n\n';; esac`+"\n")
	if id, err := v.UUID(t.Context()); err != nil || id != "0a1b2c3d-0000-4000-8000-0123456789ab" {
		t.Errorf("UUID %q, %v", id, err)
	}
	for name, want := range map[string]bool{"clean": true, "clea": false} {
		if there, err := v.HasSnapshot(t.Context(), name); err != nil || there != want {
			t.Errorf("snapshot %s is there: %v, %v", name, there, err)
		}
	}
	if err := v.Revert(t.Context(), "clean"); err != nil {
		t.Fatal(err)
	}
	if last := asked()[3]; !strings.HasSuffix(last, "snapshot-revert --domain win --snapshotname clean --running") {
		t.Errorf("asked %q", last)
	}
}

func TestVirshObeysTheContext(t *testing.T) {
	v, _ := virsh(t, "exec sleep 60\n")
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := v.Reset(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v, want the deadline", err)
	}
}
