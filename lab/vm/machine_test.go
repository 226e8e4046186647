package vm

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestArguments(t *testing.T) {
	spec := Spec{
		Kernel: "/k", Initramfs: "/i", Console: "/labs/a,b/console", Accelerator: TCG, Disk: "/labs/a,b/disk", Tap: "tap0",
		MAC: "52:54:00:00:00:01", Socket: "/labs/a,b/qmp",
	}
	line := strings.Join(arguments(spec), " ")
	for _, want := range []string{
		"-nodefaults", "-no-user-config", "-sandbox on", "-no-reboot", "-machine q35", "-accel tcg", "-cpu max,erms=off", "tsc=reliable",
		"append=on,path=/labs/a,,b/console", "file=/labs/a,,b/disk", "path=/labs/a,,b/qmp", "ifname=tap0", "mac=52:54:00:00:00:01",
	} {
		if !strings.Contains(line, want) {
			t.Errorf("%q is missing in %s", want, line)
		}
	}
	spec.Accelerator = KVM
	if line := strings.Join(arguments(spec), " "); !strings.Contains(line, "-cpu host") || strings.Contains(line, "tsc=reliable") {
		t.Errorf("with KVM: %s", line)
	}
	bare := strings.Join(arguments(Spec{Kernel: "/k", Initramfs: "/i", Console: "/c", Accelerator: KVM}), " ")
	for _, not := range []string{"virtio-net", "virtio-blk", "id=monitor"} {
		if strings.Contains(bare, not) {
			t.Errorf("%q in a machine for a trial: %s", not, bare)
		}
	}
}

func TestAgentOnTheCommandLine(t *testing.T) {
	spec := Spec{Kernel: "/k", Initramfs: "/i", Console: "/c", Accelerator: KVM}
	if line := strings.Join(arguments(spec), " "); strings.Contains(line, "virtio-serial") {
		t.Errorf("a machine without an agent has a port for one: %s", line)
	}
	spec.Agent = "/labs/a,b/agent"
	line := strings.Join(arguments(spec), " ")
	for _, want := range []string{"path=/labs/a,,b/agent", "virtserialport,chardev=agent,name=org.qemu.guest_agent.0"} {
		if !strings.Contains(line, want) {
			t.Errorf("%s has no %s", line, want)
		}
	}
}

func TestMachineWithoutFilesFails(t *testing.T) {
	if _, err := exec.LookPath(qemuProgram); err != nil {
		t.Skip("QEMU IS NOT TESTED: run: apt-get install qemu-system-x86")
	}
	dir := t.TempDir()
	ended := make(chan error, 1)
	go func() {
		m, err := Start(t.Context(), Spec{
			Kernel: filepath.Join(dir, "no-kernel"), Initramfs: filepath.Join(dir, "none"), Console: filepath.Join(dir, "console"), Accelerator: TCG,
		})
		if err == nil {
			_, err = m.Wait()
		}
		ended <- err
	}()
	select {
	case err := <-ended:
		if err == nil || !strings.Contains(err.Error(), "no-kernel") {
			t.Errorf("got %v, want QEMU's own words", err)
		}
	case <-time.After(time.Minute):
		t.Fatal("QEMU neither started nor failed")
	}
}

var update = flag.Bool("update", false, "record the command line anew")

// The harness reads command lines of QEMU: this one is recorded for its test.
func TestTheRecordedCommandLineIsTheLabs(t *testing.T) {
	file := filepath.Join("..", "..", "bench", "hypervisor", "config", "testdata", "lab-vm.txt")
	args := arguments(Spec{Kernel: "/labs/a/kernel", Initramfs: "/labs/a/initramfs", Console: "/labs/a/console", Accelerator: TCG,
		Disk: "/labs/a/disk", Tap: "vnt0", MAC: "52:54:00:76:6e:74", Socket: "/labs/a/qmp", Agent: "/labs/a/agent"})
	text := strings.Join(append([]string{qemuProgram}, args...), "\n") + "\n"
	if *update {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if recorded, err := os.ReadFile(file); err != nil || string(recorded) != text {
		t.Errorf("%s is not what the lab starts (%v); go test ./lab/vm -run TestTheRecordedCommandLineIsTheLabs -update records it", file, err)
	}
}
