package lab

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"time"

	"vnettune/lab/windows/machine"
)

// Info describes a lab that is up. It is stored as info.json in the lab's folder.
type Info struct {
	Name       string         `json:"name"`
	Kind       string         `json:"kind"`       // KindVM or KindFast
	Generation string         `json:"generation"` // of Windows
	Language   string         `json:"language"`
	Build      string         `json:"build,omitempty"`  // of Windows; empty: the one that is played where none is chosen
	Driver     string         `json:"driver,omitempty"` // of the adapter; empty: none was chosen
	DelayMS    float64        `json:"delayMs"`          // round trip's delay in milliseconds
	Rate       int            `json:"rate,omitempty"`   // of the link in both directions, in Mbit/s; 0: as fast as it goes
	Faults     []string       `json:"faults"`
	WinRM      []string       `json:"winrm"`            // switches of its service
	IPerf      string         `json:"iperf,omitempty"`  // path of the guest's iperf3 on this host; empty: the one on PATH
	Engine     string         `json:"engine,omitempty"` // folder of what executes the commands; empty: they are played
	Untold     machine.Untold `json:"untold,omitzero"`  // what is true of it although no reading says so

	GuestAddress string `json:"guestAddress"` // inside the lab's namespace
	HostAddress  string `json:"hostAddress"`
	HTTPPort     int    `json:"httpPort"`
	HTTPSPort    int    `json:"httpsPort"`
	User         string `json:"user"`
	PasswordFile string `json:"passwordFile"`
	Fingerprint  string `json:"fingerprint"` // SHA-256 of the HTTPS certificate, lower-case hex

	Certificate string `json:"certificate"`       // path of the HTTPS certificate, in PEM: a CA file
	ClientCert  string `json:"clientCertificate"` // path of a certificate that is mapped to User, in PEM
	ClientKey   string `json:"clientKey"`         // path of its private key

	KeeperPID     int    `json:"keeperPid"`
	KeeperStart   uint64 `json:"keeperStart"`   // its start time in clock ticks since the host's boot
	UserNamespace bool   `json:"userNamespace"` // the keeper has a user namespace of its own

	Disk        string  `json:"disk"`                  // id of the boot disk: another lab has another, also under the same name
	Accelerator string  `json:"accelerator,omitempty"` // kvm or tcg; empty for KindFast
	Kernel      string  `json:"kernel,omitempty"`      // release of the guest's kernel; empty for KindFast: the host's
	QMPSocket   string  `json:"qmpSocket,omitempty"`   // monitor of the virtual machine
	AgentSocket string  `json:"agentSocket,omitempty"` // of the QEMU guest agent; empty: the guest has none
	Console     string  `json:"console"`               // path of the guest's log
	KeeperLog   string  `json:"keeperLog"`
	FirstAnswer float64 `json:"firstAnswerSeconds"` // from the machine's start to WinRM's first answer
}

// Delay is the round trip's delay.
func (i Info) Delay() time.Duration {
	return (time.Duration(i.DelayMS*1000+0.5) * time.Microsecond)
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// writeInfo replaces the file at once, so that no reader sees half of it.
func writeInfo(path string, i Info) error {
	b, err := json.MarshalIndent(i, "", "  ")
	if err != nil {
		return fmt.Errorf("lab state: %w", err)
	}
	beside := path + ".new"
	if err := os.WriteFile(beside, append(b, '\n'), 0o600); err != nil {
		return fmt.Errorf("lab state: %w", err)
	}
	if err := os.Rename(beside, path); err != nil {
		return fmt.Errorf("lab state: %w", err)
	}
	return nil
}

func readInfo(path string) (Info, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return Info{}, fmt.Errorf("lab state: %w", err)
	}
	var i Info
	if err := json.Unmarshal(b, &i); err != nil {
		return Info{}, fmt.Errorf("lab state %s: %w", path, err)
	}
	return i, nil
}

// WriteText describes the lab for people.
func (i Info) WriteText(w io.Writer) error {
	machine := "network namespace"
	if i.Kind == KindVM {
		machine = fmt.Sprintf("virtual machine, %s, kernel %s, round trip delay %v", i.Accelerator, i.Kernel, i.Delay())
	}
	text := fmt.Sprintf("lab %s: stand-in guest, not Windows: plays %s (%s) at %s, user %s, password in %s\n"+
		"  %s; first answer after %.1f s; keeper %d\n",
		i.Name, i.Generation, i.Language, i.GuestAddress, i.User, i.PasswordFile, machine, i.FirstAnswer, i.KeeperPID)
	if off, err := i.Off(); err == nil && off {
		text += "  SWITCHED OFF; vnettune lab start " + i.Name + " starts it\n"
	}
	if i.Build != "" {
		text += "  build: " + i.Build + "\n"
	}
	if i.Driver != "" {
		text += "  driver of the adapter, as its INF declares it: " + i.Driver + "\n"
	}
	for _, s := range i.WinRM {
		text += "  winrm: " + s + "\n"
	}
	if i.IPerf != "" {
		text += "  iperf3 of the guest: " + i.IPerf + "\n"
	}
	if i.Engine != "" {
		text += "  commands are executed by " + i.Engine + "\n"
	}
	if i.Rate > 0 {
		text += fmt.Sprintf("  rate of the link: %d Mbit/s in both directions\n", i.Rate)
	}
	for _, line := range i.Untold.Lines() {
		text += "  " + line + "\n"
	}
	for _, f := range i.Faults {
		text += "  fault: " + f + "\n"
	}
	_, err := io.WriteString(w, text)
	return err
}

// KeptBy says whether the process that keeps or kept a lab is still there: one with that id
// that began so many clock ticks after the host's boot.
func KeptBy(pid int, start uint64) bool { return process{pid, start}.alive() }
