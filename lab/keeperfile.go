package lab

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"os"

	"vnettune/lab/fast"
	"vnettune/lab/vm"
	"vnettune/lab/vm/image"
)

// The addresses of a lab, of the range that RFC 5737 keeps for examples: they exist
// in the lab's own namespace only, so that every lab may have the same.
var (
	hostAddress  = netip.MustParsePrefix("192.0.2.1/24")
	guestAddress = netip.MustParsePrefix("192.0.2.2/24")
)

const (
	hostLink = "vnt0"              // the host's end of the cable
	guestMAC = "52:54:00:76:6e:74" // QEMU's own range
	userName = "Administrator"
)

// keeperSpec is what Up hands to the keeper, in a file of the lab's folder.
type keeperSpec struct {
	Info Info       `json:"info"` // as far as it is known before the start
	VM   *vm.Spec   `json:"vm,omitempty"`
	Fast *fast.Spec `json:"fast,omitempty"`

	Image *image.Image `json:"image,omitempty"` // of a virtual machine, which may be started as another one
}

// program is the path of this program, as which the machine's guest runs.
func (s keeperSpec) program() string {
	if s.Fast != nil {
		return s.Fast.Executable
	}
	return s.Image.Init
}

func writeJSON(path string, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("lab state: %w", err)
	}
	if err := os.WriteFile(path, b, 0o600); err != nil {
		return fmt.Errorf("lab state: %w", err)
	}
	return nil
}

func readSpec(path string) (keeperSpec, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return keeperSpec{}, fmt.Errorf("keeper: %w", err)
	}
	var s keeperSpec
	if err := json.Unmarshal(b, &s); err != nil {
		return keeperSpec{}, fmt.Errorf("keeper: %s: %w", path, err)
	}
	if (s.VM == nil) == (s.Fast == nil) {
		return keeperSpec{}, fmt.Errorf("keeper: %s: want one machine", path)
	}
	return s, nil
}

// writeKeeper stores who keeps a lab; readKeeper reads it.
func writeKeeper(path string, p process) error {
	if err := os.WriteFile(path, fmt.Appendf(nil, "%d %d\n", p.pid, p.start), 0o600); err != nil {
		return fmt.Errorf("lab state: %w", err)
	}
	return nil
}

func readKeeper(path string) (process, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return process{}, fmt.Errorf("lab state: %w", err)
	}
	var p process
	if _, err := fmt.Sscanf(string(b), "%d %d", &p.pid, &p.start); err != nil || p.pid <= 1 {
		return process{}, fmt.Errorf("lab state %s: unreadable", path)
	}
	return p, nil
}
