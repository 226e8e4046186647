package rescue_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"vnettune/apply/rescue"
)

// A real libvirt gives a domain back as it was defined, takes the text on its standard input, and leaves passwords out
// unless asked. The domain is this test's own, is never started, and is taken away again.
func TestARealLibvirtDefines(t *testing.T) {
	uri := os.Getenv("VNETTUNE_LIBVIRT")
	if uri == "" {
		t.Skip("NOT TESTED: virsh define by a real libvirt: VNETTUNE_LIBVIRT does not name one, such as qemu:///system")
	}
	const name = "vnettune-test-define"
	v := rescue.Libvirt{Domain: name, URI: uri}
	text := `<domain type="qemu"><name>` + name + `</name><memory unit="MiB">64</memory><os><type arch="x86_64" machine="q35">hvm</type></os>` +
		`<devices><graphics type="vnc" port="-1" passwd="hunter2"/></devices></domain>`
	if err := v.Define(t.Context(), text); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if out, err := exec.Command("virsh", "--connect", uri, "undefine", "--domain", name).CombinedOutput(); err != nil {
			t.Errorf("undefine: %v: %s", err, out)
		}
	}()
	shown, err := v.Definition(t.Context(), false)
	if err != nil {
		t.Fatal(err)
	}
	whole, err := v.Definition(t.Context(), true)
	if err != nil || strings.Contains(shown, "hunter2") || !strings.Contains(whole, "hunter2") {
		t.Errorf("what is secret is shown: %v, to who asks: %v; %v", strings.Contains(shown, "hunter2"), strings.Contains(whole, "hunter2"), err)
	}
	if err := v.Define(t.Context(), shown); err != nil {
		t.Fatal(err)
	}
	again, err := v.Definition(t.Context(), true)
	if err != nil || again != shown {
		t.Errorf("a define of what is shown loses the password, and nothing else: %v\n%s", err, again)
	}
	if persistent, err := v.Persistent(t.Context()); !persistent || err != nil {
		t.Errorf("persistent: %v, %v", persistent, err)
	}
	if off, err := v.Off(t.Context()); !off || err != nil {
		t.Errorf("off: %v, %v", off, err)
	}
}
